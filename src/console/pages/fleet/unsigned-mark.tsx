/** That what runs is not what the organisation signed; said wherever the server is shown. */

import type { FleetServerView } from '#protocol/console/fleet-calls.ts';
import { useWords } from '../../app/language.tsx';
import { StateMark } from '../../parts/state/state-mark.tsx';

export function UnsignedMark({ row }: { readonly row: Pick<FleetServerView, 'unsigned'> }) {
  const words = useWords();
  const code = row.unsigned ?? null;
  return code === null ? null : (
    <span title={code}>
      <StateMark tone="bad">{words.text('server.unsigned')}</StateMark>
    </span>
  );
}

/** How a server's session stands (D9): none, or encrypted with the old or the wanted version. */

import type { SessionState } from '#domain/fleet/listed-server.ts';
import type { FleetServerView } from '#protocol/console/fleet-calls.ts';
import { useWords } from '../../app/language.tsx';
import { StateMark } from '../../parts/state/state-mark.tsx';
import { toneOfSession } from './tones.ts';

type Props = {
  readonly session: FleetServerView['session'];
  /** Where no heading says what the mark is of. */
  readonly isNamed?: boolean;
};

export function SessionMark({ session: { state, encrypted }, isNamed = false }: Props) {
  const words = useWords();
  const text = words.text(keyOf(state, encrypted === true));
  const isWarned = state !== 'none' && encrypted === false;
  return (
    <StateMark tone={isWarned ? 'warning' : toneOfSession(state)}>
      {isNamed ? `${words.text('fleet.column.session')}: ${text}` : text}
    </StateMark>
  );
}

/** What earlier versions did not say is not called encrypted. */
function keyOf(state: SessionState, isEncrypted: boolean) {
  if (state === 'none') return 'fleet.session.none';
  return isEncrypted
    ? (`fleet.sessionEncrypted.${state}` as const)
    : (`fleet.sessionOpen.${state}` as const);
}

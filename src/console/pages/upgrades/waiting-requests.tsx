/** What somebody asked for here and another must stand behind: who asked, and how many are missing. */

import type { UpgradeId } from '#domain/names.ts';
import { useWords } from '../../app/language.tsx';
import { usePeopleCall } from '../../data/use-call.ts';
import { CliLine, cliLine } from '../../parts/action/cli-line.tsx';

export function WaitingRequests({ upgrade }: { readonly upgrade: UpgradeId }) {
  const words = useWords();
  const waiting = usePeopleCall('approval.list', {});
  const here = (waiting.data?.requests ?? []).filter(
    ({ call, params }) => call === 'upgrade.approve' && textOf(params, 'upgrade') === upgrade,
  );
  return here.map(({ request, by, missing, params }) => (
    <div className="upgrade-because" role="status" key={request}>
      <p>
        {words.text('upgrades.waitsFor', { by, missing, group: textOf(params, 'group') ?? '–' })}
      </p>
      <CliLine line={cliLine('approve', request)} />
    </div>
  ));
}

function textOf(params: unknown, name: string): string | null {
  const value = typeof params === 'object' && params !== null ? Reflect.get(params, name) : null;
  return typeof value === 'string' ? value : null;
}

/** Why a server is where it is in its upgrade, by the domain's own word. */

import type { ServerId } from '#domain/names.ts';
import { becauseOf } from '../../data/query-client.ts';
import { useSiteCall } from '../../data/use-call.ts';
import { useWords } from '../../app/language.tsx';
import { CliLine, cliLine } from '../../parts/action/cli-line.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import { Remedy } from '../../parts/state/remedy.tsx';

export function ServerWhy({ server }: { readonly server: ServerId }) {
  const words = useWords();
  const why = useSiteCall('upgrade.why', { server });
  const cli = <CliLine line={cliLine('upgrade', 'why', server)} />;
  // No upgrade is no trouble: it is said as plainly as any other state.
  const none = becauseOf(why.error);
  if (none !== null && none.code === 'NO_UPGRADE_YET') {
    return <p className="quiet">{words.text('server.noUpgrade')}</p>;
  }
  return (
    <Loaded query={why}>
      {({ because }) => {
        const { sentence, remedy } = words.problem(because);
        return (
          <div className="server-why">
            <p>{sentence}</p>
            <Remedy text={remedy} />
            {cli}
          </div>
        );
      }}
    </Loaded>
  );
}

/** One upgrade, as it runs or as it ended: where every group stands, why, and what can be said. */

import { getRouteApi, Link } from '@tanstack/react-router';
import { brand, type UpgradeId } from '#domain/names.ts';
import { useWords } from '../../app/language.tsx';
import { useSiteCall } from '../../data/use-call.ts';
import { CliLine, cliLine } from '../../parts/action/cli-line.tsx';
import { Page } from '../../parts/page/page.tsx';
import { Section } from '../../parts/page/section.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import { Remedy } from '../../parts/state/remedy.tsx';
import { StateMark } from '../../parts/state/state-mark.tsx';
import { toneOfState } from './tones.ts';
import { UpgradeActions } from './upgrade-actions.tsx';
import type { UpgradeProps } from './upgrade-data.ts';
import { UpgradeFigures } from './upgrade-figures.tsx';
import { UpgradeLanes } from './upgrade-lanes.tsx';
import { WaitingRequests } from './waiting-requests.tsx';

const route = getRouteApi('/upgrades/$upgrade');

export function UpgradePage() {
  const words = useWords();
  const upgrade = brand<UpgradeId>(route.useParams().upgrade);
  const status = useSiteCall('upgrade.status', { upgrade });
  const shown = useSiteCall('upgrade.show', { upgrade });
  const view = status.data;
  return (
    <Page
      title={upgrade}
      above={<Link to="/upgrades">{words.text('upgrades.title')}</Link>}
      beside={
        view === undefined ? null : (
          <>
            <StateMark tone={toneOfState(view.state)}>{words.term('state', view.state)}</StateMark>
            <span className="quiet">
              {view.component} {view.version}
            </span>
          </>
        )
      }
      actions={
        view === undefined || shown.data === undefined ? undefined : (
          <UpgradeActions view={view} shown={shown.data} />
        )
      }
    >
      <Loaded query={status}>
        {(now) => (
          <Loaded query={shown}>
            {(plan) => (
              <>
                <Because view={now} shown={plan} />
                <WaitingRequests upgrade={upgrade} />
                <UpgradeFigures view={now} shown={plan} />
                <Section
                  title={words.text('upgrades.groups')}
                  beside={
                    <Link to="/upgrades/$upgrade/report" params={{ upgrade }}>
                      {words.text('upgrades.report')}
                    </Link>
                  }
                >
                  <UpgradeLanes view={now} shown={plan} />
                  <CliLine line={cliLine('upgrade', 'status', '--upgrade', upgrade)} />
                </Section>
              </>
            )}
          </Loaded>
        )}
      </Loaded>
    </Page>
  );
}

/** Why it is where it is, where that is for a reason: its own, or that of the group whose turn it is. */
function Because({ view, shown }: UpgradeProps) {
  const words = useWords();
  const turn = view.groups.find(({ name }) => name === shown.turn);
  const because = view.because ?? turn?.because ?? null;
  if (because === null) return null;
  const { sentence, remedy } = words.problem(because);
  return (
    <div className="upgrade-because" role="status">
      <p>{sentence}</p>
      <Remedy text={remedy} />
    </div>
  );
}

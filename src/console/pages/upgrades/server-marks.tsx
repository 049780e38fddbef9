/**
 * Each server of a group as a mark that changes as it moves: by its shape, its colour and, where they
 * are few, its name. Those in trouble are named in any case, with the reason.
 */

import { Link } from '@tanstack/react-router';
import type { GroupName, UpgradeId } from '#domain/names.ts';
import type { InformationServerTable, ResultOf } from '#protocol/console/contract.ts';
import { useWords } from '../../app/language.tsx';
import { useSiteCall } from '../../data/use-call.ts';
import { Loaded } from '../../parts/state/loaded.tsx';
import { StateMark, type Tone } from '../../parts/state/state-mark.tsx';
import { toneOfServer } from '../fleet/tones.ts';

type Server = ResultOf<InformationServerTable, 'upgrade.servers'>['servers'][number];

type Props = {
  readonly upgrade: UpgradeId;
  readonly group: GroupName;
  /** In the plan. */
  readonly all: number;
};

const namedMax = 40;
const troubledShownMax = 20;
const order: readonly Tone[] = ['good', 'busy', 'quiet', 'warning', 'bad'];

export function ServerMarks({ upgrade, group, all }: Props) {
  const words = useWords();
  const shown = useSiteCall('upgrade.servers', { upgrade, group });
  return (
    <Loaded query={shown}>
      {({ servers }) => (
        <div className="marks">
          {servers.length <= namedMax ? <Named servers={servers} /> : <Small servers={servers} />}
          <Troubled servers={servers} />
          <p className="quiet">
            {servers.length < all
              ? `${words.text('upgrades.marksOf', { shown: servers.length, all })} `
              : ''}
            <Link to="/fleet" search={{ groups: [group] }}>
              {words.text('upgrades.inFleet')}
            </Link>
          </p>
        </div>
      )}
    </Loaded>
  );
}

function Named({ servers }: { readonly servers: readonly Server[] }) {
  const words = useWords();
  return (
    <ul className="marks-named">
      {servers.map(({ server, state }) => (
        <li key={server} data-server={server} data-state={state}>
          <Link to="/fleet/$server" params={{ server }}>
            {server}
          </Link>
          <StateMark tone={toneOfServer(state)}>{words.term('state', state)}</StateMark>
        </li>
      ))}
    </ul>
  );
}

/** One stop for those who listen: how many there are of each; the names stand in the fleet. */
function Small({ servers }: { readonly servers: readonly Server[] }) {
  const words = useWords();
  const counts = new Map<string, number>();
  for (const { state } of servers) counts.set(state, (counts.get(state) ?? 0) + 1);
  const sorted = [...counts].toSorted(
    ([left], [right]) => order.indexOf(toneOfServer(left)) - order.indexOf(toneOfServer(right)),
  );
  return (
    <>
      <div className="marks-small" aria-hidden="true">
        {servers.map(({ server, state }) => (
          <span
            key={server}
            data-tone={toneOfServer(state)}
            title={`${server}: ${words.term('state', state)}`}
          />
        ))}
      </div>
      <ul className="marks-counts">
        {sorted.map(([state, count]) => (
          <li key={state}>
            <StateMark tone={toneOfServer(state)}>
              {`${words.term('state', state)} ${count}`}
            </StateMark>
          </li>
        ))}
      </ul>
    </>
  );
}

function Troubled({ servers }: { readonly servers: readonly Server[] }) {
  const words = useWords();
  const troubled = servers.filter(({ state }) => ['returned', 'vanished', 'held'].includes(state));
  if (troubled.length === 0) return null;
  return (
    <ul className="marks-troubled">
      {troubled.slice(0, troubledShownMax).map(({ server, state, because, cause }) => (
        <li key={server}>
          <Link to="/fleet/$server" params={{ server }}>
            {server}
          </Link>{' '}
          {words.term('state', state)}
          {cause === null ? '' : ` (${words.term('cause', cause)})`}
          {because === null ? '' : `: ${words.problem(because).sentence}`}
        </li>
      ))}
    </ul>
  );
}

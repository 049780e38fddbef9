/** What runs on a server, beside what is wanted there and who wants it. */

import type { InformationServerTable, ResultOf } from '#protocol/console/contract.ts';
import type { FleetServerView } from '#protocol/console/fleet-calls.ts';
import { useWords } from '../../app/language.tsx';
import { StateMark } from '../../parts/state/state-mark.tsx';

type Wanted = ResultOf<InformationServerTable, 'fleet.server'>['wanted'];

type Props = { readonly row: FleetServerView; readonly wanted: Wanted };

export function ServerVersions({ row, wanted }: Props) {
  const words = useWords();
  const running = new Map<string, string>([
    ...[...row.programs, ...row.contents].map(
      ({ component, version }) => [component, version] as const,
    ),
    ...(row.program === null ? [] : [['program', row.program] as const]),
  ]);
  const notAtomic = row.programs.filter((one) => one.notAtomic).map(({ component }) => component);
  const names = [...new Set([...running.keys(), ...wanted.map(({ component }) => component)])];
  return (
    <table className="plain-table">
      <thead>
        <tr>
          <th scope="col">{words.text('server.component')}</th>
          <th scope="col">{words.text('server.runs')}</th>
          <th scope="col">{words.text('server.wanted')}</th>
          <th scope="col">{words.text('server.level')}</th>
        </tr>
      </thead>
      <tbody>
        {names.map((name) => {
          const runs = running.get(name) ?? null;
          const wish = wanted.find(({ component }) => component === name) ?? null;
          return (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>
                {notAtomic.some((one) => one === name)
                  ? words.text('server.notAtomic', { version: runs ?? '–' })
                  : (runs ?? '–')}
              </td>
              <td>{wish?.version ?? '–'}</td>
              <td>{wish === null ? '–' : <Level isLevel={wish.version === runs} />}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function Level({ isLevel }: { readonly isLevel: boolean }) {
  const words = useWords();
  return (
    <StateMark tone={isLevel ? 'good' : 'busy'}>
      {words.text(isLevel ? 'server.isLevel' : 'server.isBehind')}
    </StateMark>
  );
}

/** What runs on a server, beside what is wanted there and who wants it. */

import type { InformationServerTable, ResultOf } from '#protocol/console/contract.ts';
import type { FleetServerView } from '#protocol/console/fleet-calls.ts';
import { useWords } from '../../app/language.tsx';
import { StateMark } from '../../parts/state/state-mark.tsx';
import { textColumn } from '../../parts/table/columns.tsx';
import { ListTable } from '../../parts/table/list-table.tsx';

type Wanted = ResultOf<InformationServerTable, 'fleet.server'>['wanted'];

type Props = { readonly row: FleetServerView; readonly wanted: Wanted };

type Line = {
  readonly component: string;
  readonly runs: string | null;
  /** Its switch can be cut short: the vendor's own installer does it. */
  readonly isNotAtomic: boolean;
  readonly wanted: string | null;
};

export function ServerVersions({ row, wanted }: Props) {
  const words = useWords();
  const size = { width: 120 };
  return (
    <ListTable<Line>
      name={`versions-${row.server}`}
      label={words.text('server.versions')}
      columns={[
        {
          id: 'component',
          title: words.text('server.component'),
          width: 160,
          cell: ({ component }) => <strong>{component}</strong>,
          text: ({ component }) => component,
        },
        {
          id: 'runs',
          title: words.text('server.runs'),
          width: 120,
          cell: ({ runs, isNotAtomic }) =>
            isNotAtomic ? words.text('server.notAtomic', { version: runs ?? '–' }) : (runs ?? '–'),
          text: ({ runs }) => runs,
        },
        textColumn<Line>('wanted', words.text('server.wanted'), size, (line) => line.wanted),
        {
          id: 'level',
          title: words.text('server.level'),
          width: 120,
          cell: (line) =>
            line.wanted === null ? '–' : <Level isLevel={line.wanted === line.runs} />,
          text: (line) => (line.wanted === null ? null : String(line.wanted === line.runs)),
        },
      ]}
      rows={linesOf(row, wanted)}
      keyOf={({ component }) => component}
      empty={words.text('deployPage.none')}
    />
  );
}

function linesOf(row: FleetServerView, wanted: Wanted): readonly Line[] {
  const running = new Map<string, string>([
    ...[...row.programs, ...row.contents].map(
      ({ component, version }) => [component, version] as const,
    ),
    ...(row.program === null ? [] : [['program', row.program] as const]),
  ]);
  const names = [...new Set([...running.keys(), ...wanted.map(({ component }) => component)])];
  return names.map((component) => ({
    component,
    runs: running.get(component) ?? null,
    isNotAtomic: row.programs.some((one) => one.component === component && one.notAtomic === true),
    wanted: wanted.find((one) => one.component === component)?.version ?? null,
  }));
}

function Level({ isLevel }: { readonly isLevel: boolean }) {
  const words = useWords();
  return (
    <StateMark tone={isLevel ? 'good' : 'busy'}>
      {words.text(isLevel ? 'server.isLevel' : 'server.isBehind')}
    </StateMark>
  );
}

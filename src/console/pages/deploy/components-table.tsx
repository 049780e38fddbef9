/** The components: what the catalogue offers (D6, D7), what else is here, and what servers run. */

import type { InformationServerTable, ResultOf } from '#protocol/console/contract.ts';
import { useWords } from '../../app/language.tsx';
import { Choice } from '../../parts/field/choice.tsx';
import { Empty } from '../../parts/state/empty.tsx';
import { StateMark } from '../../parts/state/state-mark.tsx';
import type { Column } from '../../parts/table/column.ts';
import { textColumn } from '../../parts/table/columns.tsx';
import { ListTable } from '../../parts/table/list-table.tsx';
import type { Wish } from './wish.ts';

type Component = ResultOf<InformationServerTable, 'components.list'>['components'][number];
type Overview = ResultOf<InformationServerTable, 'fleet.overview'>;

type Props = {
  readonly components: readonly Component[];
  /** null: not known yet. */
  readonly overview: Overview | null;
  readonly wishes: readonly Wish[];
  onWish(wishes: readonly Wish[]): void;
};

export function ComponentsTable(props: Props) {
  const words = useWords();
  const columns = useComponentColumns(props);
  return (
    <ListTable
      name="components"
      label={words.text('deployPage.components')}
      columns={columns}
      rows={props.components}
      keyOf={({ component }) => component}
      empty={<Empty title={words.text('deployPage.none')} />}
    />
  );
}

function useComponentColumns({ overview, wishes, onWish }: Props): readonly Column<Component>[] {
  const words = useWords();
  const size = { width: 120 };
  const wishOf = (component: string): Wish | undefined =>
    wishes.find((one) => one.component === component);
  const others = (component: string): readonly Wish[] =>
    wishes.filter((one) => one.component !== component);
  return [
    {
      id: 'wish',
      title: words.text('deployPage.wish'),
      width: 60,
      cell: (row) => (
        <input
          type="checkbox"
          aria-label={`${words.text('deployPage.wish')} ${row.component}`}
          checked={wishOf(row.component) !== undefined}
          disabled={row.versions.length === 0}
          onChange={({ target }) =>
            onWish(
              target.checked
                ? [...wishes, { component: row.component, version: usualVersion(row) }]
                : others(row.component),
            )
          }
        />
      ),
    },
    {
      id: 'component',
      title: words.text('server.component'),
      width: 160,
      cell: ({ component }) => <strong>{component}</strong>,
      text: ({ component }) => component,
    },
    textColumn('lane', words.text('deployPage.lane'), size, ({ lane }) =>
      words.text(`deployPage.lanes.${lane}`),
    ),
    textColumn('inCatalogue', words.text('deployPage.inCatalogue'), size, ({ inCatalogue }) =>
      inCatalogue === '-' ? null : inCatalogue,
    ),
    {
      id: 'versions',
      title: words.text('deployPage.versions'),
      width: 160,
      cell: (row) => {
        const wish = wishOf(row.component);
        if (wish === undefined || row.versions.length < 2) return row.versions.join(', ');
        return (
          <Choice
            look="plain"
            label={`${words.text('deployPage.versions')} ${row.component}`}
            value={wish.version}
            options={row.versions.map((value) => ({ value, text: value }))}
            onChange={(version) => onWish([...others(row.component), { ...wish, version }])}
          />
        );
      },
      text: ({ versions }) => versions.join(' '),
    },
    textColumn('onServers', words.text('deployPage.onServers'), size, ({ component }) =>
      runningOf(overview, component)
        .map(({ value, servers }) => `${value || '–'} (${servers.toLocaleString()})`)
        .join(', '),
    ),
    {
      id: 'withdrawn',
      title: words.text('deployPage.withdrawn'),
      width: 160,
      cell: ({ withdrawn = [] }) =>
        withdrawn.length === 0 ? (
          '–'
        ) : (
          <StateMark tone="bad">
            {withdrawn.map(({ version, reason }) => `${version}: ${reason}`).join('; ')}
          </StateMark>
        ),
      text: ({ withdrawn = [] }) =>
        withdrawn.map(({ version, reason }) => `${version}: ${reason}`).join('; '),
    },
  ];
}

function usualVersion({ inCatalogue, versions }: Component): string {
  return inCatalogue === '-' ? (versions.at(-1) ?? '') : inCatalogue;
}

function runningOf(overview: Overview | null, component: string) {
  if (component === 'program') return overview?.programs ?? [];
  return overview?.contents.find((one) => one.component === component)?.versions ?? [];
}

/** The bill: bytes over each link, by lane, by upgrade and its groups, and by server. */

import type { BillView } from '#protocol/console/budget-calls.ts';
import { formatBytes } from '#words/format.ts';
import { useWords } from '../../app/language.tsx';
import { CliLine, cliLine } from '../../parts/action/cli-line.tsx';
import { Section } from '../../parts/page/section.tsx';
import { Empty } from '../../parts/state/empty.tsx';
import type { Column } from '../../parts/table/column.ts';
import { textColumn } from '../../parts/table/columns.tsx';
import { ListTable } from '../../parts/table/list-table.tsx';
import { BytesText } from '../../parts/text/bytes-text.tsx';

type Named = BillView['total'] & { readonly name: string };
type Group = BillView['upgrades'][number]['groups'][number] & { readonly upgrade: string };

const forms = ['whole', 'delta', 'other', 'received'] as const;

export function BillTables({ bill }: { readonly bill: BillView }) {
  const words = useWords();
  const ownLink = words.text('bill.ownLink');
  const links = [
    ...bill.links.map(({ link, ...sums }) => ({ name: link ?? ownLink, ...sums })),
    { name: words.text('bill.total'), ...bill.total },
  ];
  const lanes = bill.lanes.map(({ lane, ...sums }) => ({
    name: words.text(lane === null ? 'bill.besides' : `hold.lane.${lane}`),
    ...sums,
  }));
  const servers = bill.servers.map(({ server, ...sums }) => ({ name: server, ...sums }));
  const groups = bill.upgrades.flatMap(({ upgrade, groups: all }) =>
    all.map((one) => ({ upgrade, ...one })),
  );
  return (
    <>
      <Section title={words.text('bill.links')}>
        <SumsTable name="bill-links" first={words.text('bill.link')} rows={links} />
        <CliLine line={cliLine('bill', 'show')} />
      </Section>
      <Section title={words.text('bill.upgrades')}>
        <GroupsTable rows={groups} />
      </Section>
      <Section title={words.text('bill.lanes')}>
        <SumsTable name="bill-lanes" first={words.text('bill.lane')} rows={lanes} />
      </Section>
      <Section title={words.text('bill.servers', { shown: servers.length, all: bill.serverCount })}>
        <SumsTable name="bill-servers" first={words.text('bill.server')} rows={servers} />
        <CliLine line={cliLine('bill', 'export')} />
      </Section>
    </>
  );
}

type SumsProps = {
  readonly name: string;
  readonly first: string;
  readonly rows: readonly Named[];
};

function SumsTable({ name, first, rows }: SumsProps) {
  const words = useWords();
  const columns: readonly Column<Named>[] = [
    textColumn('name', first, { width: 180 }, (row) => row.name),
    ...forms.map((form) =>
      bytesColumn<Named>(form, words.text(`bill.form.${form}`), (row) => row[form]),
    ),
  ];
  return (
    <ListTable
      name={name}
      label={first}
      columns={columns}
      rows={rows}
      keyOf={(row) => row.name}
      empty={<Empty title={words.text('bill.none')}>{words.text('bill.noneHint')}</Empty>}
    />
  );
}

function GroupsTable({ rows }: { readonly rows: readonly Group[] }) {
  const words = useWords();
  const columns: readonly Column<Group>[] = [
    textColumn('upgrade', words.text('bill.upgrade'), { width: 180 }, (row) => row.upgrade),
    textColumn('group', words.text('bill.group'), { width: 90 }, (row) => row.group),
    bytesColumn<Group>('planned', words.text('bill.planned'), (row) => row.planned),
    bytesColumn<Group>('whole', words.text('bill.form.whole'), (row) => row.whole),
    bytesColumn<Group>('delta', words.text('bill.form.delta'), (row) => row.delta),
    textColumn('actual', words.text('bill.actual'), { width: 100 }, ({ planned, whole, delta }) =>
      planned === 0 ? null : `${((100 * (whole + delta)) / planned).toFixed(1)} %`,
    ),
  ];
  return (
    <ListTable
      name="bill-upgrades"
      label={words.text('bill.upgrades')}
      columns={columns}
      rows={rows}
      keyOf={({ upgrade, group }) => `${upgrade} ${group}`}
      empty={<Empty title={words.text('bill.none')}>{words.text('bill.noneHint')}</Empty>}
    />
  );
}

function bytesColumn<Row>(id: string, title: string, of: (row: Row) => number): Column<Row> {
  return {
    id,
    title,
    width: 110,
    cell: (row) => <BytesText bytes={of(row)} />,
    text: (row) => formatBytes(of(row)),
  };
}

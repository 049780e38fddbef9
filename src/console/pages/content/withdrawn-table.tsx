/** What nobody takes any more, why, and who said so. */

import type { InformationServerTable, ResultOf } from '#protocol/console/contract.ts';
import { useWords } from '../../app/language.tsx';
import { Empty } from '../../parts/state/empty.tsx';
import type { Column } from '../../parts/table/column.ts';
import { textColumn, timeColumn } from '../../parts/table/columns.tsx';
import { ListTable } from '../../parts/table/list-table.tsx';

type Withdrawn = ResultOf<InformationServerTable, 'content.rings'>['withdrawn'][number];

export function WithdrawnTable({ withdrawn }: { readonly withdrawn: readonly Withdrawn[] }) {
  const words = useWords();
  const size = { width: 120 };
  const columns: readonly Column<Withdrawn>[] = [
    timeColumn('at', words.text('record.at'), size, ({ at }) => at),
    textColumn('component', words.text('server.component'), size, ({ component }) => component),
    textColumn('version', words.text('site.version'), { width: 90 }, ({ version }) => version),
    textColumn('reason', words.text('hold.reason'), { width: 220 }, ({ reason }) => reason),
    textColumn('who', words.text('record.who'), size, ({ who }) => who),
  ];
  return (
    <ListTable
      name="withdrawn"
      label={words.text('content.withdrawn')}
      columns={columns}
      rows={withdrawn}
      keyOf={({ component, version, at }) => `${component} ${version} ${at}`}
      empty={<Empty title={words.text('content.noneWithdrawn')} />}
    />
  );
}

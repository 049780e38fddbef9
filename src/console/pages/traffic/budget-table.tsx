/** Every limit: what is set for this hour, what counts, and until when a person's change does. */

import type { BudgetView } from '#protocol/console/budget-calls.ts';
import { formatSpeed } from '#words/format.ts';
import { useWords } from '../../app/language.tsx';
import { Empty } from '../../parts/state/empty.tsx';
import { StateMark } from '../../parts/state/state-mark.tsx';
import type { Column } from '../../parts/table/column.ts';
import { textColumn, timeColumn } from '../../parts/table/columns.tsx';
import { ListTable } from '../../parts/table/list-table.tsx';
import { ChangeButton } from './budget-dialog.tsx';
import { useLimitName, type LimitView } from './limit-name.ts';

export function BudgetTable({ budget }: { readonly budget: BudgetView }) {
  const words = useWords();
  const columns = useColumns();
  return (
    <ListTable
      name="budget"
      label={words.text('traffic.budget')}
      columns={columns}
      rows={budget.limits}
      keyOf={({ of }) => JSON.stringify(of)}
      empty={<Empty title={words.text('traffic.none')}>{words.text('traffic.noneHint')}</Empty>}
    />
  );
}

function useColumns(): readonly Column<LimitView>[] {
  const words = useWords();
  const nameOf = useLimitName();
  const speed = (bits: number | null): string =>
    bits === null ? words.text('traffic.unlimited') : formatSpeed(bits);
  return [
    textColumn('limit', words.text('traffic.limit'), { width: 180 }, nameOf),
    textColumn('set', words.text('traffic.set'), { width: 110 }, ({ set }) => speed(set)),
    {
      id: 'now',
      title: words.text('traffic.now'),
      width: 130,
      cell: ({ now, change }) => (
        <StateMark tone={change === null ? 'quiet' : 'warning'}>{speed(now)}</StateMark>
      ),
      text: ({ now }) => speed(now),
    },
    timeColumn('until', words.text('traffic.until'), { width: 130 }, ({ change }) =>
      change === null ? null : change.until,
    ),
    textColumn('reason', words.text('hold.reason'), { width: 150 }, ({ change }) =>
      change === null ? null : `${change.reason} (${change.who})`,
    ),
    { id: 'change', title: '', width: 110, cell: (limit) => <ChangeButton limit={limit} /> },
  ];
}

/** Holds one under another, each with what it covers, what it keeps back, and its release. */

import type { HoldView } from '#protocol/console/hold-calls.ts';
import { useWords } from '../../app/language.tsx';
import { Empty } from '../../parts/state/empty.tsx';
import { StateMark } from '../../parts/state/state-mark.tsx';
import type { Column } from '../../parts/table/column.ts';
import { textColumn, timeColumn } from '../../parts/table/columns.tsx';
import { ListTable } from '../../parts/table/list-table.tsx';
import { ReleaseButton } from './release-dialog.tsx';
import { coverOf, keepsBackOf } from './hold-words.ts';

/** Stand under its reason, where there is room. */
const besideReason = new Set(['owner', 'hold']);

function stateOf({ active, planned }: HoldView): 'active' | 'planned' | 'over' {
  if (planned) return 'planned';
  return active ? 'active' : 'over';
}

export function HoldsTable({ holds }: { readonly holds: readonly HoldView[] }) {
  const words = useWords();
  const columns = useHoldColumns();
  return (
    <ListTable
      name="holds"
      label={words.text('holds.list')}
      columns={columns.filter(({ id }) => !besideReason.has(id))}
      exported={columns}
      rows={holds}
      keyOf={({ id }) => id}
      empty={<Empty title={words.text('holds.none')}>{words.text('holds.noneHint')}</Empty>}
    />
  );
}

function useHoldColumns(): readonly Column<HoldView>[] {
  const words = useWords();
  const size = { width: 120 };
  return [
    {
      id: 'active',
      title: words.text('holds.state'),
      width: 90,
      cell: (hold) => (
        <StateMark tone={hold.active ? 'warning' : 'quiet'}>
          {words.text(`holds.${hold.warning ?? stateOf(hold)}`)}
        </StateMark>
      ),
      text: stateOf,
    },
    {
      id: 'reason',
      title: words.text('hold.reason'),
      width: 180,
      cell: ({ reason, owner, id }) => (
        <>
          {reason}
          <div className="quiet">
            {owner} · {id}
          </div>
        </>
      ),
      text: ({ reason }) => reason,
    },
    textColumn('covers', words.text('holds.covers'), { width: 150 }, (hold) =>
      coverOf(words, hold),
    ),
    textColumn('keepsBack', words.text('holds.keepsBack'), { width: 90 }, keepsBackOf),
    timeColumn('from', words.text('holds.from'), size, ({ from }) => from),
    timeColumn('until', words.text('holds.until'), size, ({ until }) => until),
    textColumn('owner', words.text('holds.owner'), { width: 90 }, ({ owner }) => owner),
    textColumn('hold', words.text('holds.id'), { width: 90 }, ({ id }) => id),
    {
      id: 'release',
      title: '',
      width: 90,
      cell: (hold) => <ReleaseButton hold={hold} />,
    },
  ];
}

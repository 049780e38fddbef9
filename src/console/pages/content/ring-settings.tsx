/** The rings as the settings have them: who stands in which, and what each gate asks for. */

import type { SetRingView } from '#protocol/console/ring-calls.ts';
import { useWords } from '../../app/language.tsx';
import { useSession } from '../../app/session.tsx';
import { sayLength } from '../../app/lengths.ts';
import { Empty } from '../../parts/state/empty.tsx';
import type { Column } from '../../parts/table/column.ts';
import { textColumn } from '../../parts/table/columns.tsx';
import { ListTable } from '../../parts/table/list-table.tsx';
import { ringNeeds } from './ring-needs.ts';
import { useMembers } from './use-members.ts';

export function RingSettings({ rings }: { readonly rings: readonly SetRingView[] }) {
  const words = useWords();
  const { place } = useSession();
  const key = place.tier === 'control-manager' ? 'rings' : 'contentRings';
  return (
    <ListTable
      name="rings"
      label={words.text('content.settings')}
      columns={useRingColumns(place.tier === 'control-manager')}
      rows={rings}
      keyOf={({ plan, ring }) => `${plan} ${ring}`}
      empty={
        <Empty title={words.text('content.noRings')}>
          {words.text('content.noRingsHint', { key })}
        </Empty>
      }
    />
  );
}

function useRingColumns(hasPlans: boolean): readonly Column<SetRingView>[] {
  const words = useWords();
  const members = useMembers();
  const plan = textColumn<SetRingView>('plan', words.text('sites.plan'), { width: 120 }, (ring) => {
    return ring.plan;
  });
  return [
    ...(hasPlans ? [plan] : []),
    textColumn('ring', words.text('content.ringName'), { width: 90 }, ({ ring }) => ring),
    textColumn('members', words.text('content.members'), { width: 160 }, members),
    {
      id: 'gate',
      title: words.text('content.gate'),
      width: 260,
      cell: ({ gate }) => ringNeeds(words, gate),
      text: ({ gate }) => JSON.stringify(gate),
    },
    textColumn('decide', words.text('content.decide'), { width: 90 }, ({ gate }) =>
      sayLength(words, gate.decideSeconds),
    ),
  ];
}

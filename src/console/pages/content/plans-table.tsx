/** Deployment plans of a control manager: which folder gets a download when, and through which rings. */

import type { ControlManagerTable, ResultOf } from '#protocol/console/contract.ts';
import type { SetRingView } from '#protocol/console/ring-calls.ts';
import { useWords } from '../../app/language.tsx';
import { CliLine, cliLine } from '../../parts/action/cli-line.tsx';
import { StateMark } from '../../parts/state/state-mark.tsx';
import type { Column } from '../../parts/table/column.ts';
import { textColumn } from '../../parts/table/columns.tsx';
import { ListTable } from '../../parts/table/list-table.tsx';
import { Facts } from '../../parts/text/facts.tsx';

type Manager = ResultOf<ControlManagerTable, 'control-manager.show'>;
type Plan = Manager['plans'][number];
type Props = { readonly manager: Manager; readonly rings: readonly SetRingView[] };

export function PlansTable({ manager, rings }: Props) {
  const words = useWords();
  const { afterDownload, activePlan, components, plans } = manager;
  return (
    <>
      <Facts
        facts={[
          {
            name: words.text('sites.afterDownload'),
            value: words.text(`sites.after.${afterDownload}`),
          },
          { name: words.text('sites.components'), value: components.join(', ') || '–' },
        ]}
      />
      <ListTable
        name="plans"
        label={words.text('content.plans')}
        columns={usePlanColumns(activePlan, rings)}
        rows={plans}
        keyOf={({ plan }) => plan}
        empty={null}
      />
      <CliLine line={cliLine('sites')} />
    </>
  );
}

function usePlanColumns(active: string, rings: readonly SetRingView[]): readonly Column<Plan>[] {
  const words = useWords();
  const when = ({ folder, delayMinutes, timeOfDay }: Plan['schedules'][number]): string => {
    const time = timeOfDay ?? words.text('sites.delay', { minutes: delayMinutes ?? 0 });
    return `${folder === '*' ? words.text('content.everyFolder') : folder}: ${time}`;
  };
  return [
    {
      id: 'plan',
      title: words.text('sites.plan'),
      width: 180,
      cell: ({ plan, builtIn }) => (
        <>
          <strong>{plan}</strong>
          {builtIn ? <span className="quiet"> {words.text('content.builtIn')}</span> : null}
        </>
      ),
      text: ({ plan }) => plan,
    },
    {
      id: 'active',
      title: words.text('holds.state'),
      width: 90,
      cell: ({ plan }) =>
        plan === active ? <StateMark tone="good">{words.text('content.isActive')}</StateMark> : '–',
      text: ({ plan }) => (plan === active ? 'active' : ''),
    },
    textColumn('schedules', words.text('content.schedules'), { width: 220 }, ({ schedules }) =>
      schedules.map(when).join('; '),
    ),
    textColumn('rings', words.text('content.rings'), { width: 160 }, ({ plan }) => {
      const own = rings.filter((one) => one.plan === plan).map(({ ring }) => ring);
      return own.length === 0 ? null : own.join(' → ');
    }),
  ];
}

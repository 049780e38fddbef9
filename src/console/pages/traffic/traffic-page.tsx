/** What may be spent of the site's links, changed here for now; and the bill of what was. */

import { useWords } from '../../app/language.tsx';
import { useSiteCall } from '../../data/use-call.ts';
import { CliLine, cliLine } from '../../parts/action/cli-line.tsx';
import { Page } from '../../parts/page/page.tsx';
import { Section } from '../../parts/page/section.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import { BillTables } from './bill-tables.tsx';
import { BudgetTable } from './budget-table.tsx';

export function TrafficPage() {
  const words = useWords();
  const budget = useSiteCall('budget.show', {});
  const bill = useSiteCall('bill.show', { serversMax: 100 });
  return (
    <Page title={words.text('traffic.title')}>
      <Loaded query={budget}>
        {(value) => (
          <Section title={words.text('traffic.budget')}>
            <BudgetTable budget={value} />
            <CliLine line={cliLine('budget', 'show')} />
          </Section>
        )}
      </Loaded>
      <Loaded query={bill}>{(value) => <BillTables bill={value} />}</Loaded>
    </Page>
  );
}

/** What this information server is and how it stands: its program, its agent, its holds. */

import { useWords } from '../../app/language.tsx';
import { useSiteCall } from '../../data/use-call.ts';
import { HoldsTable } from '../holds/holds-table.tsx';
import { CliLine, cliLine } from '../../parts/action/cli-line.tsx';
import { Page } from '../../parts/page/page.tsx';
import { Section } from '../../parts/page/section.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import { Facts } from '../../parts/text/facts.tsx';
import { AgentSection } from './agent-section.tsx';

export function SitePage() {
  const words = useWords();
  const site = useSiteCall('site.show', {});
  return (
    <Page title={words.text('site.title')}>
      <Loaded query={site}>
        {({ program, agent, serversAddress, catalogueRevision, record, holds }) => (
          <>
            <Section title={words.text('site.program')}>
              <Facts
                facts={[
                  { name: words.text('site.version'), value: program.version },
                  { name: words.text('site.digest'), value: <code>{program.digest}</code> },
                  { name: words.text('site.serversAddress'), value: serversAddress },
                  { name: words.text('site.revision'), value: catalogueRevision ?? '–' },
                  { name: words.text('site.recordHead'), value: <code>{record.hash}</code> },
                ]}
              />
              <CliLine line={cliLine('site', 'show')} />
            </Section>
            <AgentSection agent={agent} />
            <Section title={words.text('holds.title')}>
              <HoldsTable holds={holds} />
            </Section>
          </>
        )}
      </Loaded>
    </Page>
  );
}

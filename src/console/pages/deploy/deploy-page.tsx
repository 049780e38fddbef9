/** Update and deploy (D6, D7, D9, D12): the components and their versions, and to whom they go. */

import { useState } from 'react';
import { useWords } from '../../app/language.tsx';
import { useSiteCall } from '../../data/use-call.ts';
import { CliLine, cliLine } from '../../parts/action/cli-line.tsx';
import { Page } from '../../parts/page/page.tsx';
import { Section } from '../../parts/page/section.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import { ComponentsTable } from './components-table.tsx';
import type { Wish } from './wish.ts';
import { DeployServers } from './deploy-servers.tsx';
import { UpdateButton } from './update-dialog.tsx';

export function DeployPage() {
  const words = useWords();
  const components = useSiteCall('components.list', {});
  const overview = useSiteCall('fleet.overview', {});
  const [wishes, setWishes] = useState<readonly Wish[]>([]);
  return (
    <Page title={words.text('deployPage.title')} actions={<UpdateButton />}>
      <Section title={words.text('deployPage.components')}>
        <Loaded query={components}>
          {(value) => (
            <ComponentsTable
              components={value.components}
              overview={overview.data ?? null}
              wishes={wishes}
              onWish={setWishes}
            />
          )}
        </Loaded>
        <CliLine line={cliLine('components')} />
      </Section>
      <Section title={words.text('deployPage.servers')}>
        <DeployServers wishes={wishes} />
      </Section>
    </Page>
  );
}

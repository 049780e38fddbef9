/** Campaigns that this control manager carries: their waves, and where each site's part stands. */

import type { CampaignView } from '#protocol/console/campaign-calls.ts';
import { problem } from '#domain/problem.ts';
import { useManagerCall } from '../../data/use-call.ts';
import { useWords } from '../../app/language.tsx';
import { CliLine, cliLine } from '../../parts/action/cli-line.tsx';
import { Page } from '../../parts/page/page.tsx';
import { Section } from '../../parts/page/section.tsx';
import { Empty } from '../../parts/state/empty.tsx';
import { Loaded } from '../../parts/state/loaded.tsx';
import { Facts } from '../../parts/text/facts.tsx';
import { TimeText } from '../../parts/text/time-text.tsx';
import { PassWave, StopCampaign } from './campaign-actions.tsx';
import { WavesTable } from './waves-table.tsx';

export function CampaignsPage() {
  const words = useWords();
  const listed = useManagerCall('campaign.list', {});
  return (
    <Page title={words.text('campaigns.title')}>
      <Loaded query={listed}>
        {({ campaigns }) =>
          campaigns.length === 0 ? (
            <Empty title={words.text('campaigns.none')}>{words.text('campaigns.noneHint')}</Empty>
          ) : (
            <>
              {campaigns.map((campaign) => (
                <Campaign key={campaign.campaign} campaign={campaign} />
              ))}
              <CliLine line={cliLine('campaign', 'show')} />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

function Campaign({ campaign }: { readonly campaign: CampaignView }) {
  const words = useWords();
  const { campaign: name, component, version, reason, who, until } = campaign;
  const waiting = campaign.waves.filter(({ state }) => state === 'inconclusive');
  return (
    <Section
      title={name}
      beside={
        <>
          {waiting.map(({ wave }) => (
            <PassWave key={wave} campaign={name} wave={wave} />
          ))}
          <StopCampaign campaign={campaign} />
        </>
      }
    >
      <Facts
        facts={[
          { name: words.text('campaigns.release'), value: `${component} ${version}` },
          { name: words.text('campaigns.reason'), value: reason },
          { name: words.text('campaigns.sentBy'), value: who },
          { name: words.text('campaigns.until'), value: <TimeText at={until} /> },
          ...endOf(campaign).map((because) => ({
            name: words.text('campaigns.ended'),
            value: words.problem(because).sentence,
          })),
        ]}
      />
      <WavesTable campaign={campaign} />
    </Section>
  );
}

function endOf({ campaign, withdrawn, stopped }: CampaignView) {
  if (withdrawn !== null) return [problem('CAMPAIGN_WITHDRAWN', { campaign, reason: withdrawn })];
  return stopped === null ? [] : [problem('CAMPAIGN_STOPPED', { campaign, reason: stopped })];
}

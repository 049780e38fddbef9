/** Campaigns at the control manager that carries them: sent, shown, stopped, a wave let pass. */

import type { CampaignView } from '#protocol/console/campaign-calls.ts';
import { campaignName } from '#protocol/shared/campaign.ts';
import { ringName } from '#protocol/shared/primitives.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse } from '#domain/result.ts';
import { formatTime } from '#words/format.ts';
import { answered, refused, unconfirmed, type Command, type Context } from '../../command.ts';
import { argument, parsed, text } from '../../given.ts';
import { nothingThere, stateText, timeOrNothing } from '../../terminal/show.ts';

export const sendCampaign: Command = async (context, given) => {
  const { controlManager, output, words } = context;
  const read = await context.readText(argument(given, 0));
  if (!read.ok) return refused(context, read.because);
  const answer = await controlManager.call('campaign.send', { text: read.value });
  return answered(context, answer, ({ campaign, number, sites }) => {
    const line = { campaign, number, sites: sites.join(', ') };
    output.data(words.text('cli.campaign.sent', line));
  });
};

const columns = ['wave', 'site', 'state', 'upgraded', 'lastSeen', 'because'] as const;

/** All of them, or the one that was named. */
export const showCampaigns: Command = async (context, given) => {
  const { controlManager, output, words } = context;
  const named = argument(given, 0);
  const listed = await controlManager.call('campaign.list', {});
  if (!listed.ok) return refused(context, listed.because);
  const { campaigns: all } = listed.value;
  const campaigns = named === '' ? all : all.filter(({ campaign }) => campaign === named);
  const isUnknown = named !== '' && campaigns.length === 0;
  const answer = isUnknown
    ? refuse(problem('CAMPAIGN_UNKNOWN', { campaign: named }))
    : ok({ campaigns });
  return answered(context, answer, () => {
    if (campaigns.length === 0) output.data(words.text('cli.campaign.none'));
    for (const campaign of campaigns) showCampaign(context, campaign);
  });
};

function showCampaign(context: Context, campaign: CampaignView): void {
  const { output, words } = context;
  const { campaign: name, withdrawn, stopped } = campaign;
  output.data(
    words.text('cli.campaign.shown', {
      campaign: name,
      number: campaign.number,
      component: campaign.component,
      version: campaign.version,
      until: formatTime(campaign.until),
      who: campaign.who,
      reason: campaign.reason,
    }),
  );
  const ended = withdrawn ?? stopped;
  if (ended !== null) {
    const code = withdrawn === null ? 'CAMPAIGN_STOPPED' : 'CAMPAIGN_WITHDRAWN';
    const { sentence } = words.problem(problem(code, { campaign: name, reason: ended }));
    output.data(output.paint('warning', sentence));
  }
  const lines = campaign.waves.flatMap((wave) => [
    [
      output.paint('strong', wave.wave),
      '',
      wave.state === null
        ? words.text('cli.campaign.from', { from: formatTime(wave.from) })
        : stateText(context, wave.state),
      `${wave.counts.healthy}/${wave.counts.given}`,
      timeOrNothing(wave.since),
      wave.because === null ? '' : words.problem(wave.because).sentence,
    ],
    ...wave.sites.map(({ site, state, servers, lastSeen, because }) => [
      '',
      site,
      state === null ? nothingThere : stateText(context, state),
      servers === null ? nothingThere : `${servers.upgraded}/${servers.all}`,
      timeOrNothing(lastSeen),
      because === null ? '' : words.problem(because).sentence,
    ]),
  ]);
  output.data(
    output.table(
      columns.map((one) => words.text(`cli.column.${one}`)),
      lines,
    ),
  );
}

export const stopCampaign: Command = async (context, given) => {
  const { controlManager, output, words } = context;
  const named = { option: 'CAMPAIGN', expected: 'name' };
  const campaign = parsed(campaignName, argument(given, 0), named);
  if (!campaign.ok) return refused(context, campaign.because);
  const question = words.text('cli.campaign.askStop', { campaign: campaign.value });
  const declined = await unconfirmed(context, given, { command: 'campaign stop', question });
  if (declined !== null) return refused(context, declined);
  const answer = await controlManager.call('campaign.stop', {
    campaign: campaign.value,
    reason: text(given, 'reason') ?? '',
  });
  return answered(context, answer, () => output.talk(words.text('cli.campaign.isStopped')));
};

export const passWave: Command = async (context, given) => {
  const { controlManager, output, words } = context;
  const campaign = parsed(campaignName, argument(given, 0), {
    option: 'CAMPAIGN',
    expected: 'name',
  });
  if (!campaign.ok) return refused(context, campaign.because);
  const wave = parsed(ringName, argument(given, 1), { option: 'WAVE', expected: 'name' });
  if (!wave.ok) return refused(context, wave.because);
  const asked = { campaign: campaign.value, wave: wave.value };
  const answer = await controlManager.call('campaign.pass', asked);
  return answered(context, answer, () => output.talk(words.text('cli.campaign.passed', asked)));
};

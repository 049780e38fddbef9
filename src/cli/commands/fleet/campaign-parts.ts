/** A site's own parts of campaigns: shown, and begun where its settings ask a person. */

import { campaignName } from '#protocol/shared/campaign.ts';
import { answered, refused, type Command } from '../../command.ts';
import { argument, parsed } from '../../given.ts';
import { nothingThere, stateText } from '../../terminal/show.ts';

const columns = ['campaign', 'number', 'state', 'upgraded', 'because'] as const;

export const listParts: Command = async (context) => {
  const { informationServer, output, words } = context;
  const answer = await informationServer.call('campaign.parts', {});
  return answered(context, answer, ({ parts }) => {
    if (parts.length === 0) return output.data(words.text('cli.campaign.none'));
    output.data(
      output.table(
        columns.map((one) => words.text(`cli.column.${one}`)),
        parts.map(({ campaign, number, state, servers, because }) => [
          campaign,
          String(number),
          stateText(context, state),
          servers === null ? nothingThere : `${servers.upgraded}/${servers.all}`,
          because === null ? '' : words.problem(because).sentence,
        ]),
      ),
    );
  });
};

export const beginPart: Command = async (context, given) => {
  const { informationServer, output, words } = context;
  const campaign = parsed(campaignName, argument(given, 0), {
    option: 'CAMPAIGN',
    expected: 'name',
  });
  if (!campaign.ok) return refused(context, campaign.because);
  const answer = await informationServer.call('campaign.begin', { campaign: campaign.value });
  const begun = { campaign: campaign.value };
  return answered(context, answer, () => output.talk(words.text('cli.campaign.begun', begun)));
};

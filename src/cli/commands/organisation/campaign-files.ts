/** Campaigns as files: made, signed by who may, and taken back. Sending them is another's. */

import { z } from 'zod';
import type { Wave } from '#domain/campaign/campaign.ts';
import type { ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { CampaignOnDisk } from '#ports/campaign-files.ts';
import { formatTime } from '#words/format.ts';
import { answered, refused, unconfirmed, type Command, type Context } from '../../command.ts';
import { argument, list, parsed, text } from '../../given.ts';
import { printable } from '../signing/show-signing.ts';

const reason = z.string().trim().min(3).max(500);

export const makeCampaign: Command = async (context, given) => {
  const out = text(given, 'out') ?? '';
  const files = await context.campaignFiles();
  const answer = await files.make({
    file: argument(given, 0),
    organisationFolder: text(given, 'organisationFolder') ?? '',
    out,
    sitesIn: openSitesIn(context),
  });
  return made(context, answer, out);
};

/** Asked once, and only where the file names a folder. */
function openSitesIn({ controlManager }: Context) {
  let shown: ReturnType<typeof controlManager.call<'control-manager.show'>> | null = null;
  return async (folder: string): Promise<Result<readonly ServerId[]>> => {
    shown ??= controlManager.call('control-manager.show', {});
    const answer = await shown;
    if (!answer.ok) return answer;
    const sites = answer.value.sites.filter((one) => one.folder === folder);
    const known = [...new Set(answer.value.sites.map((one) => one.folder))].toSorted().join(', ');
    if (sites.length === 0) return refuse(problem('FOLDER_UNKNOWN', { folder, known }));
    return ok(sites.map(({ site }) => site));
  };
}

export const withdrawCampaign: Command = async (context, given) => {
  const why = parsed(reason, text(given, 'reason') ?? '', {
    option: '--reason',
    expected: 'reason',
  });
  if (!why.ok) return refused(context, why.because);
  const out = text(given, 'out') ?? '';
  const files = await context.campaignFiles();
  const answer = await files.withdraw({ file: argument(given, 0), reason: why.value, out });
  return made(context, answer, out);
};

function made(context: Context, answer: Result<CampaignOnDisk>, file: string): number {
  const { output, words } = context;
  return answered(context, answer, (campaign) => {
    for (const line of linesOf(context, campaign)) output.data(line);
    output.talk(words.text('cli.campaign.nextSign', { file: printable(file) }));
  });
}

/** Whoever signs sees first all that he signs but the plan, whose text stands in the file. */
export const signCampaign: Command = async (context, given) => {
  const { output, words } = context;
  const file = argument(given, 0);
  const files = await context.campaignFiles();
  const before = await files.show(file);
  if (!before.ok) return refused(context, before.because);
  // What is asked about is no data: that is the signed campaign alone.
  for (const line of linesOf(context, before.value)) output.talk(line);
  const question = words.text('cli.signing.ask');
  const declined = await unconfirmed(context, given, { command: 'campaign sign', question });
  if (declined !== null) return refused(context, declined);
  const answer = await files.sign(file, list(given, 'key'));
  return answered(context, answer, ({ signedBy }) => {
    output.data(words.text('cli.campaign.signedBy', { names: signedBy.map(printable).join(', ') }));
    output.talk(words.text('cli.campaign.nextSend', { file: printable(file) }));
  });
};

function linesOf({ output, words }: Context, { campaign }: CampaignOnDisk): readonly string[] {
  const { release, withdrawn } = campaign;
  const head = words.text('cli.campaign.head', {
    campaign: campaign.campaign,
    number: campaign.number,
    component: release.component,
    version: printable(release.version),
    digest: release.digest,
    until: formatTime(campaign.until),
    reason: printable(campaign.reason),
  });
  const taken = withdrawn === null ? null : { reason: printable(withdrawn) };
  return [
    head,
    ...(taken === null
      ? []
      : [output.paint('warning', words.text('cli.campaign.withdrawn', taken))]),
    ...campaign.waves.flatMap((wave) => waveLines(words, wave)),
    JSON.stringify(campaign.plan, null, 2),
  ];
}

function waveLines(words: Context['words'], { name, sites, from, gate }: Wave): readonly string[] {
  const wave = { wave: name, sites: sites.join(', '), from: formatTime(from) };
  const line = words.text('cli.campaign.wave', wave);
  if (gate === null) return [line];
  const { percentMin, healthyMin, sampleMin, soakSeconds } = gate;
  const soakMinutes = Math.round(soakSeconds / 60);
  return [
    line,
    words.text('cli.campaign.gate', { percentMin, healthyMin, sampleMin, soakMinutes }),
  ];
}

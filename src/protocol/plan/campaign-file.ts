/**
 * The campaign file as people write it, before times, folders and the release are looked up. What it
 * says of a plan is what a plan file says, without its release and its name.
 */

import { z } from 'zod';
import { campaignLimits } from '#domain/campaign/campaign.ts';
import { duration, mapping, name, planFileSchema, reason, whole } from './plan-file.ts';

const instantText = z.string({ error: 'instant' });
const names = z
  .array(name, { error: 'list' })
  .max(campaignLimits.sitesMax, { error: `list-max: ${campaignLimits.sitesMax}` })
  .default([]);

const gate = mapping({
  percentMin: z
    .number({ error: 'percent' })
    .gt(0, { error: 'percent' })
    .max(100, { error: 'percent' })
    .default(100)
    .describe('Of its sites, this share must finish.'),
  finishedMin: whole(1, campaignLimits.sitesMax)
    .default(1)
    .describe('And so many of them at least.'),
  sampleMin: whole(1, campaignLimits.sitesMax)
    .default(1)
    .describe('Fewer sites that ended, well or not, prove nothing.'),
  soak: duration.default('24h').describe('So long they must stay so before the next wave opens.'),
  decide: duration
    .default('14d')
    .describe('Without a verdict for so long a person is asked; who still runs then has failed.'),
});

const wave = mapping({
  name: name.describe('Such as pilot or europe.'),
  sites: names.describe('Sites by name.'),
  folders: names.describe(
    'Folders of the control manager: the sites that stand in them when the campaign is made.',
  ),
  from: instantText
    .default('now')
    .describe("Nobody begins before: an ISO 8601 time with its zone, 'now', or 'now+2h'."),
  gate: gate.optional().describe('What must hold of its sites before the next wave opens.'),
});

/** A plan file but for what the campaign says itself. */
export const campaignPlanSchema = planFileSchema.omit({ release: true, upgrade: true });

export const campaignFileSchema = mapping({
  campaign: name.describe('Its name; the upgrade of each site is called so as well.'),
  reason: reason.describe('What it is for, as every site is told.'),
  release: mapping({
    component: name.default('program').describe('What is upgraded; default: program.'),
    version: z
      .string({ error: 'quoted-version' })
      .min(1, { error: 'quoted-version' })
      .max(64, { error: 'quoted-version' })
      .describe("The target, in quotes: '5.80.1179'; it must be signed already."),
  }).describe('The release, as the organisation has signed it.'),
  until: instantText.describe('No site begins after that.'),
  inFlightMax: whole(1, 1_000_000)
    .optional()
    .describe('So many servers switch at once over all sites; divided among them.'),
  waves: z
    .array(wave, { error: 'list' })
    .min(1, { error: 'list' })
    .max(campaignLimits.wavesMax, { error: `list-max: ${campaignLimits.wavesMax}` })
    .describe('In this order. With gates each waits for the one before; without, for its day.'),
  plan: z
    .record(z.string(), z.unknown(), { error: 'plan-of-campaign' })
    .describe('As in a plan file, without `release` and `upgrade`; the same for every site.'),
});
export type CampaignFile = z.infer<typeof campaignFileSchema>;

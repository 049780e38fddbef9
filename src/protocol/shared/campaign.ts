/**
 * A campaign as it stands in files and on every link: one text that approvers have signed. Whoever
 * hands it on need not be believed; see docs/protocol/campaign.md.
 */

import { z } from 'zod';
import { campaignLimits, type Campaign } from '#domain/campaign/campaign.ts';
import { namePattern, type CampaignName } from '#domain/names.ts';
import { placeName } from './organisation.ts';
import {
  componentName,
  digest,
  instant,
  named,
  ringName,
  serverId,
  version,
} from './primitives.ts';

/** Some of them fit into one message of any link. */
export const campaignBytesMax = 512 * 1024;

export const campaignName = named<CampaignName>(namePattern);

export const waveGate = z.strictObject({
  percentMin: z.number().min(0).max(100),
  healthyMin: z.int().min(0).max(1_000_000),
  sampleMin: z.int().min(1).max(1_000_000),
  soakSeconds: z.number().min(0),
  decideSeconds: z.number().min(0),
});

const wave = z.strictObject({
  name: ringName,
  sites: z.array(serverId).min(1).max(campaignLimits.sitesMax),
  from: instant,
  gate: waveGate.nullable(),
});

/** What is signed, as a canonical text behind the words of its purpose. */
const signed = z
  .strictObject({
    format: z.literal(1),
    campaign: campaignName,
    number: z.int().min(1),
    organisation: placeName,
    at: instant,
    until: instant,
    reason: z.string().min(3).max(500),
    release: z.strictObject({ component: componentName, version, digest }),
    inFlightMax: z.int().min(1).max(1_000_000).nullable(),
    waves: z.array(wave).min(1).max(campaignLimits.wavesMax),
    plan: z.record(z.string(), z.unknown()),
    withdrawn: z.string().min(3).max(500).nullable(),
  })
  .superRefine((campaign, context) => {
    const expected = mistakeIn(campaign);
    if (expected !== null) context.addIssue({ code: 'custom', message: expected });
  });

/** What no schema of a part can say; null: nothing is wrong. The texts are keys of `expected.`. */
export function mistakeIn(
  campaign: Pick<Campaign, 'at' | 'until' | 'inFlightMax' | 'waves'>,
): string | null {
  const { at, until, inFlightMax, waves } = campaign;
  const sites = waves.flatMap((one) => one.sites);
  if (until <= at || until - at > campaignLimits.beginMsMax) return 'campaign-until';
  if (new Set(waves.map(({ name }) => name)).size < waves.length) return 'wave-once';
  if (new Set(sites).size < sites.length) return 'site-once';
  if (sites.length > campaignLimits.sitesMax) return `list-max: ${campaignLimits.sitesMax}`;
  const gates = waves.filter(({ gate }) => gate !== null).length;
  if (gates > 0 && gates < waves.length) return 'wave-gates';
  // Each of them must be able to switch one server at least.
  return inFlightMax !== null && inFlightMax < sites.length ? 'campaign-limit' : null;
}

export const signedCampaign = z.strictObject({
  signed,
  signatures: z
    .array(
      z.strictObject({
        keyId: digest,
        /** For people. */
        name: z.string().max(64),
        /** Ed25519, base64. */
        signature: z.string().regex(/^[A-Za-z0-9+/]{86}==$/),
      }),
    )
    .max(20),
});
export type SignedCampaign = z.infer<typeof signedCampaign>;

export const campaignText = z.string().min(1).max(campaignBytesMax);

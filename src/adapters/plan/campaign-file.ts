/**
 * Reads a campaign file: YAML, schema, then times, folders and the signed release looked up, into
 * the campaign that is to be signed. The first mistake is answered with its place.
 */

import type { Campaign, Wave } from '#domain/campaign/campaign.ts';
import {
  brand,
  type CampaignName,
  type ComponentName,
  type Digest,
  type Instant,
  type RingName,
  type ServerId,
} from '#domain/names.ts';
import { parseDuration } from '#domain/plan/quantities.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { RingGate } from '#domain/ring/rollout.ts';
import {
  campaignFileSchema,
  campaignPlanSchema,
  type CampaignFile,
} from '#protocol/plan/campaign-file.ts';
import { mistakeIn } from '#protocol/shared/campaign.ts';
import { readYaml, type YamlPath } from '#yaml/yaml-document.ts';
import { readFrom } from './plan-file-windows.ts';

export type CampaignFacts = {
  readonly now: Instant;
  readonly organisation: string;
  /** Of the signed manifest. */
  digest(component: ComponentName, version: string): Promise<Result<Digest>>;
  sitesIn(folder: string): Promise<Result<readonly ServerId[]>>;
};

type Place = (path: YamlPath, expected: string) => Problem;

export async function readCampaignFile(
  text: string,
  file: string,
  facts: CampaignFacts,
): Promise<Result<Campaign>> {
  const read = readYaml(text, campaignFileSchema);
  if (!read.ok) return refuse(problem('PLAN_UNREADABLE', { file, ...read.mistake }));
  const place: Place = (path, expected) =>
    problem('PLAN_UNREADABLE', { file, ...read.mistakeAt(path, expected) });
  const plan = campaignPlanSchema.safeParse(read.value.plan);
  if (!plan.success) {
    const issue = plan.error.issues[0];
    return refuse(place(['plan', ...(issue?.path ?? [])], issue?.message ?? 'plan-of-campaign'));
  }
  const { now } = facts;
  const until = readFrom(read.value.until, now);
  if (until === null) return refuse(place(['until'], 'instant'));
  const waves = await wavesIn(read.value, facts, place);
  if (!waves.ok) return waves;
  const { inFlightMax = null } = read.value;
  const mistake = mistakeIn({ at: now, until, inFlightMax, waves: waves.value });
  if (mistake !== null) {
    const path = { 'campaign-until': 'until', 'campaign-limit': 'inFlightMax' }[mistake] ?? 'waves';
    return refuse(place([path], mistake));
  }
  const component = brand<ComponentName>(read.value.release.component);
  const { version } = read.value.release;
  const digest = await facts.digest(component, version);
  if (!digest.ok) return digest;
  return ok({
    campaign: brand<CampaignName>(read.value.campaign),
    number: Math.floor(now / 1_000),
    organisation: facts.organisation,
    at: now,
    until,
    reason: read.value.reason,
    release: { component, version, digest: digest.value },
    inFlightMax,
    waves: waves.value,
    plan: read.value.plan,
    withdrawn: null,
  });
}

async function wavesIn(
  { waves }: CampaignFile,
  { now, sitesIn }: CampaignFacts,
  place: Place,
): Promise<Result<readonly Wave[]>> {
  const found: Wave[] = [];
  for (const [index, wave] of waves.entries()) {
    const path = ['waves', index];
    const from = readFrom(wave.from, now);
    if (from === null) return refuse(place([...path, 'from'], 'instant'));
    const sites = wave.sites.map((site) => brand<ServerId>(site));
    for (const folder of wave.folders) {
      const within = await sitesIn(folder);
      if (!within.ok) return within;
      sites.push(...within.value);
    }
    if (sites.length === 0) return refuse(place(path, 'wave-empty'));
    const gate = wave.gate === undefined ? null : gateOf(wave.gate);
    found.push({ name: brand<RingName>(wave.name), sites, from, gate });
  }
  return ok(found);
}

function gateOf({
  soak,
  decide,
  finishedMin,
  ...gate
}: NonNullable<CampaignFile['waves'][number]['gate']>): RingGate {
  const seconds = (text: string): number => (parseDuration(text) ?? 0) / 1_000;
  return {
    ...gate,
    healthyMin: finishedMin,
    soakSeconds: seconds(soak),
    decideSeconds: seconds(decide),
  };
}

/**
 * A campaign: one plan for several sites, in waves, signed by approvers and carried by a control
 * manager that need not be believed. Here stands what a site makes of it: whether it is news, whether
 * this site is meant, whether its part may begin. Silence opens nothing: a wave that waits for the
 * gate of the one before begins only where it was heard to be open, and only for so long as was said.
 * Absent: signatures, files, and the upgrade that a part becomes.
 */

import type { CampaignName, ComponentName, Digest, Instant, RingName, ServerId } from '../names.ts';
import { problem, type Problem } from '../problem.ts';
import { go, noGo, type Verdict } from '../result.ts';
import type { RingGate } from '../ring/rollout.ts';

/** Some of the sites, all of which may begin from then on. */
export type Wave = {
  readonly name: RingName;
  readonly sites: readonly ServerId[];
  readonly from: Instant;
  /** What must hold of its sites before the next wave opens; null: that one opens by its time. */
  readonly gate: RingGate | null;
};

/** The text of a plan file without its release, as JSON. */
export type CampaignPlan = Readonly<Record<string, unknown>>;

export type Campaign = {
  readonly campaign: CampaignName;
  /** Of two of one name the higher counts. */
  readonly number: number;
  readonly organisation: string;
  readonly at: Instant;
  /** No part begins after it; one that has begun goes on. */
  readonly until: Instant;
  readonly reason: string;
  readonly release: {
    readonly component: ComponentName;
    readonly version: string;
    readonly digest: Digest;
  };
  /** Servers in flight at once over all its sites; null: as many as each site allows. */
  readonly inFlightMax: number | null;
  readonly waves: readonly Wave[];
  readonly plan: CampaignPlan;
  /** Why it was taken back; null: it stands. */
  readonly withdrawn: string | null;
};

export const campaignLimits = {
  /** The longest time in which its parts may begin. What is older is refused by its end alone. */
  beginMsMax: 366 * 86_400_000,
  wavesMax: 50,
  sitesMax: 5_000,
} as const;

/** What a control manager says of a campaign to one site: information, never an order to begin. */
export type CampaignNews = {
  readonly campaign: CampaignName;
  readonly number: number;
  /** Until then the site's wave is open; null: it is not. */
  readonly openUntil: Instant | null;
  /** Why somebody stopped it there; null: nobody did. */
  readonly stopped: string | null;
};

export function waveOf({ waves }: Campaign, site: ServerId): Wave | null {
  return waves.find(({ sites }) => sites.includes(site)) ?? null;
}

/** Its waves wait for gates; else each opens by its time. */
export function isGated({ waves }: Campaign): boolean {
  return waves.some(({ gate }) => gate !== null);
}

/** The first needs no news, and none does where no wave has a gate. */
function waitsForNews(campaign: Campaign, wave: Wave): boolean {
  return isGated(campaign) && campaign.waves[0] !== wave;
}

/** Why a signed text does not become what is known of its name here, or null. */
export function againstCampaign(
  found: Campaign,
  {
    known,
    organisation,
    site,
    now,
  }: {
    readonly known: Campaign | null;
    readonly organisation: string;
    readonly site: ServerId;
    readonly now: Instant;
  },
): Problem | null {
  const { campaign } = found;
  if (found.organisation !== organisation) {
    return problem('CAMPAIGN_UNSIGNED', { campaign, detail: 'of another organisation' });
  }
  const older = againstSuccessor(found, known, now);
  if (older !== null) return older;
  return waveOf(found, site) === null ? problem('CAMPAIGN_ELSEWHERE', { campaign, site }) : null;
}

/** The same for whoever only carries it: is it news, and of any use still? */
export function againstSuccessor(
  found: Campaign,
  known: Campaign | null,
  now: Instant,
): Problem | null {
  const { campaign, number } = found;
  if (known !== null && number <= known.number) {
    return problem('CAMPAIGN_OLDER', { campaign, number, known: known.number });
  }
  // What was taken back stays so; who wants it again gives it another name.
  if (known !== null && known.withdrawn !== null) return withdrawnProblem(known);
  return found.withdrawn === null && now >= found.until ? overProblem(found) : null;
}

/** Whether this site's part may begin now. */
export function mayBegin(
  campaign: Campaign,
  {
    site,
    now,
    news,
  }: { readonly site: ServerId; readonly now: Instant; readonly news: CampaignNews | null },
): Verdict {
  const { campaign: name } = campaign;
  const wave = waveOf(campaign, site);
  if (wave === null) return noGo(problem('CAMPAIGN_ELSEWHERE', { campaign: name, site }));
  if (campaign.withdrawn !== null) return noGo(withdrawnProblem(campaign));
  if (now >= campaign.until) return noGo(overProblem(campaign));
  const said = news !== null && news.number === campaign.number ? news : null;
  if (said !== null && said.stopped !== null) {
    return noGo(problem('CAMPAIGN_STOPPED', { campaign: name, reason: said.stopped }));
  }
  if (now < wave.from) {
    const { from } = wave;
    return noGo(problem('CAMPAIGN_WAVE_NOT_YET', { campaign: name, wave: wave.name, from }));
  }
  const openUntil = said?.openUntil ?? null;
  const isHeardOpen = openUntil !== null && now < openUntil;
  if (waitsForNews(campaign, wave) && !isHeardOpen) {
    return noGo(problem('CAMPAIGN_WAVE_CLOSED', { campaign: name, wave: wave.name }));
  }
  return go;
}

/** Why what has begun is to pause, or null. A person at the site decides what becomes of it. */
export function pausesFor(campaign: Campaign, news: CampaignNews | null): Problem | null {
  if (campaign.withdrawn !== null) return withdrawnProblem(campaign);
  const isStopped = news !== null && news.number === campaign.number && news.stopped !== null;
  const reason = news?.stopped ?? '';
  return isStopped ? problem('CAMPAIGN_STOPPED', { campaign: campaign.campaign, reason }) : null;
}

/** What of the campaign's limit is this site's: all shares together are the limit. */
export function inFlightShare({ inFlightMax, waves }: Campaign, site: ServerId): number | null {
  if (inFlightMax === null) return null;
  const sites = waves.flatMap((wave) => wave.sites);
  const place = sites.indexOf(site);
  const rest = inFlightMax % sites.length;
  return Math.floor(inFlightMax / sites.length) + (place < rest ? 1 : 0);
}

/** The plan file of this site's part. Its name is the campaign's, so it can begin only once. */
export function planFileOf(campaign: Campaign, site: ServerId): CampaignPlan {
  const { component, version } = campaign.release;
  const share = inFlightShare(campaign, site);
  const planned = campaign.plan['inFlightMax'];
  const own = typeof planned === 'number' ? planned : Infinity;
  return {
    ...campaign.plan,
    upgrade: campaign.campaign,
    release: { component, version },
    ...(share === null ? {} : { inFlightMax: Math.min(own, share) }),
  };
}

/** A name is forgotten only when nothing that was signed before could be taken anew. */
export function isForgotten({ at }: Campaign, now: Instant): boolean {
  return now >= at + campaignLimits.beginMsMax;
}

function withdrawnProblem({ campaign, withdrawn }: Campaign): Problem {
  return problem('CAMPAIGN_WITHDRAWN', { campaign, reason: withdrawn ?? '' });
}

function overProblem({ campaign, until }: Campaign): Problem {
  return problem('CAMPAIGN_OVER', { campaign, until });
}

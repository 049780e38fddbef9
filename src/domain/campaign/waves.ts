/**
 * Waves of a campaign as a control manager sees them: which is open, and what its gate says by what
 * the sites report. A wave is a ring of sites, judged by the same arithmetic; a site counts as healthy
 * when its part has finished. Where no wave has a gate nothing is decided here: each site goes by the
 * time that was signed.
 */

import type { Instant, ServerId } from '../names.ts';
import { noCounts, type RingCounts } from '../ring/evidence.ts';
import {
  isOpenTo,
  nextLook,
  stepRollout,
  type RingMove,
  type RollingRing,
} from '../ring/rollout.ts';
import { invariant } from '../result.ts';
import { isGated, type Campaign, type CampaignNews, type Wave } from './campaign.ts';
import type { CampaignPartState } from './part.ts';

export type RollingWave = RollingRing & Pick<Wave, 'sites' | 'from'>;

/** A campaign as a control manager keeps it. */
export type CarriedCampaign = {
  readonly campaign: Campaign;
  /** As it was signed; the control manager cannot make another. */
  readonly text: string;
  readonly who: string;
  readonly sentAt: Instant;
  /** Empty where no wave has a gate. */
  readonly waves: readonly RollingWave[];
  /** For good: whoever wants to go on has a new number signed. */
  readonly stopped: { readonly reason: string; readonly who: string; readonly at: Instant } | null;
};

/** What a wave is said to be open for; said anew long before it is over. */
export const openMs = 24 * 3_600_000;

export function wavesOf(campaign: Campaign): readonly RollingWave[] {
  if (!isGated(campaign)) return [];
  return campaign.waves.map(({ name, sites, from, gate }) => {
    invariant(gate !== null, 'every wave has a gate where one has');
    return { name, sites, from, gate, progress: { state: 'waiting' } };
  });
}

/** A part as its site reported it last; null: the site has said nothing of it. */
export type PartSeen = (site: ServerId) => CampaignPartState | null;

/** Who has not begun, or does not believe it yet, is waited for; who began and does not finish in time counts against it. */
export function waveCounts({ sites }: Pick<Wave, 'sites'>, seen: PartSeen): RingCounts {
  const states = sites.map((site) => seen(site));
  const count = (...of: readonly (CampaignPartState | null)[]): number =>
    states.filter((state) => of.includes(state)).length;
  const unknown = count('stopped', 'over');
  return {
    ...noCounts,
    given: sites.length,
    healthy: count('finished'),
    trying: count('running'),
    pending: count(null, 'refused', 'waiting', 'ready'),
    failedBy: unknown === 0 ? {} : { unknown },
  };
}

export function stepWaves(
  carried: CarriedCampaign,
  seen: PartSeen,
  now: Instant,
): { readonly carried: CarriedCampaign; readonly moves: readonly RingMove[] } {
  const { campaign, waves, stopped } = carried;
  if (stopped !== null || campaign.withdrawn !== null) return { carried, moves: [] };
  // A wave whose day has not come is not open, whatever the one before it says.
  const notYet = waves.findIndex(
    ({ progress, from }) => progress.state === 'waiting' && now < from,
  );
  const come = notYet === -1 ? waves : waves.slice(0, notYet);
  const { rings, moves } = stepRollout(
    come,
    (place) => waveCounts(come[place] ?? { sites: [] }, seen),
    now,
  );
  if (moves.length === 0) return { carried, moves };
  const next = { ...carried, waves: [...rings, ...waves.slice(come.length)] };
  const failed = rings.find(({ progress }) => progress.state === 'failed');
  if (failed === undefined) return { carried: next, moves };
  // Its first wave begins unasked, and who has begun goes on: both are to hear of it.
  const reason = `the wave ${failed.name} failed`;
  return { carried: { ...next, stopped: { reason, who: 'control-manager', at: now } }, moves };
}

/** The same for some time, so that a site is told twice a day and not with every look. */
export function newsFor(
  { campaign, waves, stopped }: CarriedCampaign,
  site: ServerId,
  now: Instant,
): CampaignNews {
  const place = waves.findIndex(({ sites }) => sites.includes(site));
  const isOpen = stopped === null && isOpenTo(waves, place);
  const half = openMs / 2;
  const openUntil = isOpen ? (Math.floor(now / half) + 2) * half : null;
  const { campaign: name, number } = campaign;
  return { campaign: name, number, openUntil, stopped: stopped?.reason ?? null };
}

/** When a look may bring something although nothing is heard; null: never. */
export function nextWaveLook({ waves, stopped }: CarriedCampaign, now: Instant): Instant | null {
  if (stopped !== null) return null;
  const day = waves.find(({ progress, from }) => progress.state === 'waiting' && now < from)?.from;
  const looks = [nextLook(waves), day ?? null].filter((one) => one !== null);
  return looks.length === 0 ? null : Math.min(...looks);
}

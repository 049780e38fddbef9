/**
 * Which site is to be offered what now, and what a hold keeps back meanwhile (D1).
 *
 * Level-triggered: the answer follows from what stands, not from what happened, so asking twice,
 * or after a restart, changes nothing. 'Deploy to all now' and the outbreak plan are deployments
 * like others and pass no hold. Absent here: links, files, and what an offer contains.
 */

import { holdState, type HoldTimes } from '../hold/hold.ts';
import type { ComponentName, HoldId, Instant, Lane, ServerId } from '../names.ts';
import { opennessOf, type DownloadRollout, type Openness } from '../ring/download-rollout.ts';
import { everyFolder, type PlannedDeployment } from './plan.ts';

export type Deployment = PlannedDeployment & {
  /** Rises with every deployment of this control manager. */
  readonly number: number;
  /** The download that it delivers; rises with every download. */
  readonly download: number;
};

/** What decides between two deployments: the newer download, then the one made last. */
export type Rank = { readonly download: number; readonly number: number };

/** A hold as the control manager sees it: its own, or one that a site reports of itself. */
export type DeliveryHold = HoldTimes & {
  readonly id: HoldId;
  readonly reason: string;
  readonly owner: string;
  readonly sites: 'all' | readonly ServerId[];
  /** Each site keeps its programs back by itself; here only content waits. */
  readonly lanes: readonly Lane[];
  /** Empty: every component of those lanes. */
  readonly components: readonly ComponentName[];
  /** The first of those that were planned together; absent: it was planned alone. */
  readonly series?: HoldId | undefined;
};

export type DeliverySite = {
  readonly site: ServerId;
  readonly folder: string;
  /** The deployment that was offered last; null: none yet. */
  readonly offered: Rank | null;
  /** Holds that the site reports of itself. */
  readonly holds: readonly DeliveryHold[];
};

export type DeliveryState = {
  readonly sites: readonly DeliverySite[];
  readonly deployments: readonly Deployment[];
  /** Of downloads that go through rings of sites. */
  readonly rollouts: readonly DownloadRollout[];
  /** The control manager's own. */
  readonly holds: readonly DeliveryHold[];
};

export type DueOffer = { readonly site: ServerId; readonly deployment: Deployment };
export type HeldOffer = DueOffer & { readonly hold: DeliveryHold };

export type DueOffers = {
  readonly offers: readonly DueOffer[];
  readonly held: readonly HeldOffer[];
  /** When to ask again at the latest; null: only when something changes. */
  readonly nextAt: Instant | null;
};

/**
 * The first active hold that keeps an offer from a site, or null. One over some components keeps
 * none: each site sorts an offer by itself, and other content may enter.
 */
export function holdOverSite(
  holds: readonly DeliveryHold[],
  site: ServerId,
  now: Instant,
): DeliveryHold | null {
  const over = (hold: DeliveryHold): boolean => keepsOffers(hold) && isOverSite(hold, site);
  return holds.find((hold) => over(hold) && holdState(hold, now) === 'active') ?? null;
}

export function isOverSite({ sites }: Pick<DeliveryHold, 'sites'>, site: ServerId): boolean {
  return sites === 'all' || sites.includes(site);
}

/** Else each site keeps back what it says, and nothing stays here. */
export function keepsOffers({
  lanes,
  components,
}: Pick<DeliveryHold, 'lanes' | 'components'>): boolean {
  return lanes.includes('content') && components.length === 0;
}

function compareRanks(left: Rank, right: Rank): number {
  return left.download - right.download || left.number - right.number;
}

function newest(left: Deployment, right: Deployment): Deployment {
  return compareRanks(left, right) >= 0 ? left : right;
}

/** Whether its ring lets it go: where there is none, its own time alone decides. */
function openness(rollouts: readonly DownloadRollout[], one: Deployment): Openness {
  const rollout = rollouts.find(
    ({ download, plan }) => download === one.download && plan === one.plan,
  );
  return rollout === undefined ? 'open' : opennessOf(rollout, one.folder);
}

/** What stands for each folder now: the newest deployment whose time and whose ring has come. */
function standing(
  deployments: readonly Deployment[],
  rollouts: readonly DownloadRollout[],
  now: Instant,
): Map<string, Deployment> {
  const byFolder = new Map<string, Deployment>();
  for (const one of deployments) {
    if (one.dueAt > now || openness(rollouts, one) !== 'open') continue;
    const known = byFolder.get(one.folder);
    byFolder.set(one.folder, known ? newest(known, one) : one);
  }
  return byFolder;
}

/** The deployment that a folder has to follow now, or null. */
function standingFor(folder: string, byFolder: Map<string, Deployment>): Deployment | null {
  const own = byFolder.get(folder);
  const common = byFolder.get(everyFolder);
  if (own && common) return newest(own, common);
  return own ?? common ?? null;
}

export function dueOffers(state: DeliveryState, now: Instant): DueOffers {
  const byFolder = standing(state.deployments, state.rollouts, now);
  const offers: DueOffer[] = [];
  const held: HeldOffer[] = [];
  for (const { site, folder, offered, holds } of state.sites) {
    const deployment = standingFor(folder, byFolder);
    if (deployment === null) continue;
    // A site that moved to a slower folder keeps what it has: nothing goes back by itself.
    if (offered !== null && compareRanks(deployment, offered) <= 0) continue;
    const hold = holdOverSite(state.holds, site, now) ?? holdOverSite(holds, site, now);
    if (hold) held.push({ site, deployment, hold });
    else offers.push({ site, deployment });
  }
  return { offers, held, nextAt: nextAt(state, now) };
}

function nextAt(state: DeliveryState, now: Instant): Instant | null {
  let least: Instant | null = null;
  const consider = (instant: Instant): void => {
    if (instant > now) least = Math.min(least ?? instant, instant);
  };
  for (const one of state.deployments) consider(one.dueAt);
  for (const holds of [state.holds, ...state.sites.map((site) => site.holds)]) {
    for (const hold of holds) {
      const state = holdState(hold, now);
      if (state === 'planned') consider(hold.from);
      if (state === 'active') consider(hold.until);
    }
  }
  return least;
}

/**
 * The deployments that can still matter: what stands for each folder, and what is to come unless
 * something newer stands already, or the same download comes to the same folder before it. What
 * waits for its ring is to come; what failed in one is not.
 */
export function deploymentsThatMatter(
  deployments: readonly Deployment[],
  rollouts: readonly DownloadRollout[],
  now: Instant,
): Deployment[] {
  const byFolder = standing(deployments, rollouts, now);
  const coming = deployments
    .filter((one) => openness(rollouts, one) !== 'void')
    .filter((one) => one.dueAt > now || openness(rollouts, one) === 'closed')
    .filter((one) => (byFolder.get(one.folder)?.download ?? -1) <= one.download)
    .toSorted((left, right) => left.dueAt - right.dueAt || left.number - right.number);
  const kept = new Map<string, Deployment>();
  for (const one of coming) {
    const key = JSON.stringify([one.folder, one.plan, one.download]);
    if (!kept.has(key)) kept.set(key, one);
  }
  return [...byFolder.values(), ...kept.values()];
}

/**
 * What a download that brought nothing new would only repeat: the same download stands for that
 * folder already, or is to come to it.
 */
export function withoutRepeats(
  planned: readonly PlannedDeployment[],
  deployments: readonly Deployment[],
  download: number,
): PlannedDeployment[] {
  const known = new Set(
    deployments.filter((one) => one.download === download).map((one) => one.folder),
  );
  return planned.filter((one) => !known.has(one.folder));
}

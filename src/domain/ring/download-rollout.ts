/**
 * Rings of whole sites: a download of a control manager goes to the folders of one ring after the
 * other. Which servers take it, and how they are with it, each site says of itself.
 *
 * Of one plan one download is under way at a time, so that a feed that is faster than a soak leaves
 * nobody without content; the newest of those that wait is next. Absent: when a folder's own time
 * comes (`delivery/plan.ts`), and holds (`delivery/due.ts`).
 */

import type { Content } from '../delivery/content.ts';
import type { ComponentName, Digest, Instant, ServerId } from '../names.ts';
import {
  countsAtLast,
  failsAnyhow,
  noCounts,
  passesAnyhow,
  sumOfCounts,
  type RingCounts,
} from './evidence.ts';
import {
  isOpenTo,
  rolloutState,
  stepRollout,
  type Ring,
  type RingGate,
  type RingMove,
  type RollingRing,
} from './rollout.ts';

export type PlanRing = Ring & { readonly folders: readonly string[] };

export type RollingPlanRing = RollingRing & { readonly folders: readonly string[] };

export type DownloadRollout = {
  readonly download: number;
  readonly plan: string;
  /** As the plan had them when the download came. */
  readonly rings: readonly RollingPlanRing[];
  /** What of the download was not there before; its evidence counts. */
  readonly contents: readonly Pick<Content, 'component' | 'version' | 'digest'>[];
  /** null: it waits until another one is over. */
  readonly beganAt: Instant | null;
  /** Newer content went before it, or it was withdrawn: it goes no further. */
  readonly isPassedOver: boolean;
  /** People let it past a hold of the control manager; absent: nobody did. */
  readonly emergency?:
    | {
        readonly who: string;
        readonly reason: string;
        readonly until: Instant;
        /** Those that were offered it, in spite of the hold. */
        readonly sites: readonly ServerId[];
      }
    | undefined;
};

/** What one site says of content that it was given to watch. */
export type SiteEvidence = {
  readonly component: ComponentName;
  /** Of the file. */
  readonly digest: Digest;
  readonly counts: RingCounts;
};

/** A site as the gates see it. */
export type WatchedSite = {
  readonly folder: string;
  /** It was offered that download, or a later one. */
  readonly wasOffered: boolean;
  /** Its agent is away for longer than a restart takes. */
  readonly isSilent: boolean;
  readonly evidence: readonly SiteEvidence[];
};

export function newDownloadRollout(
  of: Pick<DownloadRollout, 'download' | 'plan' | 'contents'>,
  rings: readonly PlanRing[],
): DownloadRollout {
  return {
    ...of,
    rings: rings.map((ring) => ({ ...ring, progress: { state: 'waiting' } })),
    beganAt: null,
    isPassedOver: false,
  };
}

export type Openness = 'open' | 'closed' | 'void';

/** Whether a folder may have it now, later, or never. */
export function opennessOf({ rings, isPassedOver }: DownloadRollout, folder: string): Openness {
  if (isPassedOver || rolloutState(rings) === 'failed') return 'void';
  const place = rings.findIndex(({ folders }) => folders.includes(folder));
  return place !== -1 && isOpenTo(rings, place) ? 'open' : 'closed';
}

export function isOver({ rings, isPassedOver }: DownloadRollout): boolean {
  const state = rolloutState(rings);
  return isPassedOver || state === 'passed' || state === 'failed';
}

/** What there is of one kind of content in the folders of a ring. */
export function evidenceOf(
  sites: readonly WatchedSite[],
  folders: ReadonlySet<string>,
  content: DownloadRollout['contents'][number],
): RingCounts {
  const all: RingCounts[] = [];
  for (const { folder, wasOffered, isSilent, evidence } of sites) {
    if (!wasOffered || !folders.has(folder)) continue;
    const { component, digest } = content;
    const said = evidence.find((one) => one.component === component && one.digest === digest);
    if (isSilent) all.push(silenced(said?.counts ?? noCounts));
    else if (said !== undefined) all.push(said.counts);
  }
  return sumOfCounts(all);
}

/** A whole site that went silent after it was offered something is the worst that can be. */
function silenced(counts: RingCounts): RingCounts {
  const given = Math.max(1, counts.given);
  return { ...noCounts, given, vanished: given };
}

/** Of several kinds of content the one that speaks most against going on. */
function worst(gate: RingGate, all: readonly RingCounts[]): RingCounts {
  return (
    all.find((counts) => failsAnyhow(gate, counts)) ??
    all.find((counts) => !passesAnyhow(gate, counts)) ??
    all[0] ??
    noCounts
  );
}

/** By which its gate is read now. */
export function ringCountsOf(
  { contents }: Pick<DownloadRollout, 'contents'>,
  { gate, folders }: RollingPlanRing,
  sites: readonly WatchedSite[],
): RingCounts {
  const those = new Set(folders);
  return worst(
    gate,
    contents.map((content) => evidenceOf(sites, those, content)),
  );
}

export type DownloadStep = {
  readonly rollout: DownloadRollout;
  readonly moves: readonly RingMove[];
  /** What did the harm, where a ring failed. */
  readonly guilty: DownloadRollout['contents'];
};

export function stepDownload(
  before: DownloadRollout,
  sites: readonly WatchedSite[],
  now: Instant,
): DownloadStep {
  const countsIn = ({ folders }: RollingPlanRing): readonly RingCounts[] => {
    const those = new Set(folders);
    return before.contents.map((content) => evidenceOf(sites, those, content));
  };
  const countsOf = (place: number): RingCounts => {
    const ring = before.rings[place];
    return ring === undefined ? noCounts : ringCountsOf(before, ring, sites);
  };
  const { rings, moves } = stepRollout(before.rings, countsOf, now);
  const rollout = { ...before, rings, beganAt: before.beganAt ?? now };
  const failed = rings.find(({ progress }) => progress.state === 'failed');
  const isMoved = moves.some(({ to }) => to.state === 'failed');
  if (failed === undefined || !isMoved) return { rollout, moves, guilty: [] };
  const counts = countsIn(failed);
  const guilty = before.contents.filter((_, index) =>
    failsAnyhow(failed.gate, countsAtLast(counts[index] ?? noCounts)),
  );
  return { rollout, moves, guilty: guilty.length === 0 ? before.contents : guilty };
}

/**
 * Which of them are stepped now: of each plan what is under way, else the newest that waits. What
 * is inconclusive gives way to what is newer. Those that were passed over never begin.
 */
export function rolloutsUnderWay(all: readonly DownloadRollout[]): {
  readonly underWay: readonly DownloadRollout[];
  readonly passedOver: readonly DownloadRollout[];
} {
  const underWay: DownloadRollout[] = [];
  const passedOver: DownloadRollout[] = [];
  for (const plan of new Set(all.map((one) => one.plan))) {
    const those = all.filter((one) => one.plan === plan && !isOver(one));
    const begun = those.filter(({ beganAt }) => beganAt !== null);
    const waiting = those.filter(({ beganAt }) => beganAt === null);
    const newest = waiting.toSorted((left, right) => right.download - left.download)[0];
    const busy = begun.find(({ rings }) => rolloutState(rings) === 'running');
    if (busy !== undefined || newest === undefined) {
      underWay.push(...begun);
      // Only the newest is worth waiting with.
      passedOver.push(...waiting.filter((one) => one !== newest));
    } else {
      underWay.push(newest);
      passedOver.push(...begun, ...waiting.filter((one) => one !== newest));
    }
  }
  return { underWay, passedOver };
}

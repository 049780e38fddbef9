/**
 * The one arithmetic of pass, fail and inconclusive, for groups and rings.
 *
 * The denominator is the servers that were leased. A server that vanished counts against the
 * release; one that failed for its network counts neither way, so a bad link can make a gate
 * inconclusive but never condemns a release. Knows nothing of time: soaking is the caller's.
 */

import type { Cause, GroupName } from '../names.ts';
import { problem, type Problem } from '../problem.ts';

export type GateRule = {
  /** Healthy servers per hundred judged ones, at least. */
  readonly percentMin: number;
  /** Fewer judged servers than this prove nothing. */
  readonly sampleMin: number;
  readonly soakSeconds: number;
};

export type GateCounts = {
  readonly leased: number;
  readonly healthy: number;
  readonly vanished: number;
  readonly failedBy: Readonly<Partial<Record<Cause, number>>>;
};

export type GateVerdict =
  | { readonly verdict: 'pass' }
  | { readonly verdict: 'fail' | 'inconclusive'; readonly because: Problem };

/** Servers that say something about the release. */
export function judgedCount(counts: GateCounts): number {
  return counts.leased - (counts.failedBy.network ?? 0);
}

export type Weighed = 'pass' | 'fail' | 'inconclusive';

/** What a rule demands; a ring demands a count as well. */
export type Thresholds = Pick<GateRule, 'percentMin' | 'sampleMin'> & {
  /** So many healthy servers, whatever part of the judged ones that is; absent: the part is enough. */
  readonly healthyMin?: number | undefined;
};

/** The arithmetic itself, for whoever has counted what is judged and what of that is healthy. */
export function weigh(
  { percentMin, sampleMin, healthyMin = 0 }: Thresholds,
  { judged, healthy }: { readonly judged: number; readonly healthy: number },
): Weighed {
  if (judged < Math.max(sampleMin, 1)) return 'inconclusive';
  // Whole numbers on both sides: 38 of 40 is exactly 95%, whatever a float makes of 0.95.
  if (healthy * 100 < percentMin * judged) return 'fail';
  return healthy < healthyMin ? 'inconclusive' : 'pass';
}

export function judge(rule: GateRule, counts: GateCounts, group: GroupName): GateVerdict {
  const { healthy } = counts;
  const leased = judgedCount(counts);
  const { sampleMin, percentMin } = rule;
  const verdict = weigh({ percentMin, sampleMin }, { judged: leased, healthy });
  switch (verdict) {
    case 'pass':
      return { verdict };
    case 'inconclusive':
      return { verdict, because: problem('GATE_INCONCLUSIVE', { group, leased, sampleMin }) };
    case 'fail': {
      const values = { group, healthy, leased, percentMin };
      return { verdict, because: problem('GATE_FAILED', values) };
    }
  }
}

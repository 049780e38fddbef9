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

export function judge(rule: GateRule, counts: GateCounts, group: GroupName): GateVerdict {
  const judged = judgedCount(counts);
  if (judged < Math.max(rule.sampleMin, 1)) {
    const because = problem('GATE_INCONCLUSIVE', {
      group,
      leased: judged,
      sampleMin: rule.sampleMin,
    });
    return { verdict: 'inconclusive', because };
  }
  // Whole numbers on both sides: 38 of 40 is exactly 95%, whatever a float makes of 0.95.
  if (counts.healthy * 100 >= rule.percentMin * judged) return { verdict: 'pass' };
  return {
    verdict: 'fail',
    because: problem('GATE_FAILED', {
      group,
      healthy: counts.healthy,
      leased: judged,
      percentMin: rule.percentMin,
    }),
  };
}

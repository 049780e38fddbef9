/**
 * What the servers of a ring made of its content, counted: the evidence by which a gate is read.
 *
 * Silence is never success: who vanished counts against the content, and so does who took it and
 * never said how it went. Who could not fetch it proves nothing, so a bad link condemns no content.
 * Absent: who counts, and when (`rollout.ts`).
 */

import { weigh, type Thresholds } from '../gate/gate.ts';
import { causes, type Cause } from '../names.ts';

export type RingCounts = {
  /** Told to take it, wherever they are by now. */
  readonly given: number;
  readonly healthy: number;
  /** It has not come to them yet, or they are silent for a moment only. */
  readonly pending: number;
  /** It is there, and they have not said yet how they are with it. */
  readonly trying: number;
  readonly vanished: number;
  readonly failedBy: Readonly<Partial<Record<Cause, number>>>;
};

export const noCounts: RingCounts = {
  given: 0,
  healthy: 0,
  pending: 0,
  trying: 0,
  vanished: 0,
  failedBy: {},
};

/** Of several sites, or of several kinds of content. */
export function sumOfCounts(all: readonly RingCounts[]): RingCounts {
  const sum = { ...noCounts, failedBy: { ...noCounts.failedBy } };
  for (const one of all) {
    sum.given += one.given;
    sum.healthy += one.healthy;
    sum.pending += one.pending;
    sum.trying += one.trying;
    sum.vanished += one.vanished;
    for (const cause of causes) {
      const more = one.failedBy[cause] ?? 0;
      if (more > 0) sum.failedBy[cause] = (sum.failedBy[cause] ?? 0) + more;
    }
  }
  return sum;
}

/** Servers that say something about the content, or will. */
function judgeable({ given, failedBy }: RingCounts): number {
  return given - (failedBy.network ?? 0);
}

/** Those of them that have said it. */
export function decidedCount(counts: RingCounts): number {
  return judgeable(counts) - counts.pending - counts.trying;
}

/**
 * When nobody is waited for any longer: whom it did not come to in all that time has a bad link, and
 * who has it and says nothing was silenced by it.
 */
export function countsAtLast(counts: RingCounts): RingCounts {
  const { pending, trying, failedBy } = counts;
  const network = (failedBy.network ?? 0) + pending;
  const timeout = (failedBy.timeout ?? 0) + trying;
  return { ...counts, pending: 0, trying: 0, failedBy: { ...failedBy, network, timeout } };
}

/** Whatever becomes of those on the way, the gate is passed. */
export function passesAnyhow(rule: Thresholds, counts: RingCounts): boolean {
  const { healthy } = counts;
  const isSampled = decidedCount(counts) >= Math.max(rule.sampleMin, 1);
  return isSampled && weigh(rule, { judged: judgeable(counts), healthy }) === 'pass';
}

/** Even if all on the way turn out healthy, it is not. */
export function failsAnyhow(rule: Thresholds, counts: RingCounts): boolean {
  const healthy = counts.healthy + counts.pending + counts.trying;
  return weigh(rule, { judged: judgeable(counts), healthy }) === 'fail';
}

/** Rings and counts as the tests of several files write them. */

import { brand, type RingName } from '../names.ts';
import { noCounts, type RingCounts } from './evidence.ts';
import type { Ring, RingGate } from './rollout.ts';

export const exampleGate: RingGate = {
  percentMin: 95,
  healthyMin: 1,
  sampleMin: 1,
  soakSeconds: 60,
  decideSeconds: 600,
};

export function ringNamed(name: string, gate: Partial<RingGate> = {}): Ring {
  return { name: brand<RingName>(name), gate: { ...exampleGate, ...gate } };
}

/** `given` follows from the others. */
export function countsOf(parts: Partial<Omit<RingCounts, 'given'>>): RingCounts {
  const counts = { ...noCounts, ...parts };
  const { healthy, pending, trying, vanished, failedBy } = counts;
  const failed = Object.values(failedBy).reduce((sum, one) => sum + one, 0);
  return { ...counts, given: healthy + pending + trying + vanished + failed };
}

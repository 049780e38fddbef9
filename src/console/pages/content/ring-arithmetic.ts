/** What a gate of a ring is read by, and when it is looked at again though nothing happens. */

import { countsAtLast } from '#domain/ring/evidence.ts';
import type { RolloutView } from '#protocol/console/ring-calls.ts';

type Ring = RolloutView['rings'][number];

/** An inconclusive ring waited for everybody long enough: whoever says nothing is counted so. */
export function countsRead({
  state,
  counts,
}: Pick<Ring, 'state' | 'counts'>): ReturnType<typeof countsAtLast> {
  return state === 'inconclusive' ? countsAtLast(counts) : counts;
}

/** null: nothing comes of itself. */
export function nextLookOf({
  state,
  since,
  gate,
}: Pick<Ring, 'state' | 'since' | 'gate'>): number | null {
  if (since === null || gate === null) return null;
  if (state === 'open') return since + gate.decideSeconds * 1_000;
  return state === 'soaking' ? since + gate.soakSeconds * 1_000 : null;
}

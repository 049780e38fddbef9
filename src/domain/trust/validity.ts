/** How long certificates are valid, and when they are renewed. */

import type { Instant } from '../names.ts';

const dayMs = 86_400_000;

export const validity = {
  rootMs: 30 * 365 * dayMs,
  siteMs: 10 * 365 * dayMs,
  leafMs: 30 * dayMs,
  /** A site may choose for how long its servers' certificates are valid, within these. */
  leafHoursMin: 1,
  leafHoursMax: 90 * 24,
  /** A server that was off for so long after its certificate expired still renews it by its key. */
  renewableMs: 180 * dayMs,
  /** Clocks of servers may be this far behind the clock of who signs. */
  behindMs: 5 * 60_000,
} as const;

export type Lifetime = { readonly from: Instant; readonly until: Instant };

/**
 * When a certificate is to be renewed: at half of its life, and up to a tenth of it later, so that
 * servers that were enrolled together do not come back together. Chance from 0 up to 1.
 */
export function renewAt({ from, until }: Lifetime, chance: number): Instant {
  return from + (until - from) * (0.5 + chance / 10);
}

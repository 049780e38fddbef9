/**
 * Whether this computer's own clock is to blame when the other side's certificate seems to be of
 * another time. A tier that lives renews its own at half of its life; and what we were given
 * ourselves was given in the past.
 */

import type { Instant } from '../names.ts';
import { problem, type Problem } from '../problem.ts';
import { validity, type Lifetime } from './validity.ts';

/** How the other side's certificate looks from here. */
export type SeemingAge = 'expired' | 'not-yet-valid';

/** null: nothing speaks against the clock; the other side's certificate may be what is wrong. */
export function againstClock(own: Lifetime, seems: SeemingAge, now: Instant): Problem | null {
  const isBehind = seems === 'not-yet-valid' && now < own.from - validity.behindMs;
  const isAhead = seems === 'expired' && now > own.until;
  return isBehind || isAhead
    ? problem('CLOCK_WRONG', { now, from: own.from, until: own.until })
    : null;
}

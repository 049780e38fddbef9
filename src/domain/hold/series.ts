/**
 * Holds that are asked for together: one now, or one for each of some beginnings to come, such as
 * the year-end freeze of three years. Each is a hold of its own, with an end of its own. Absent:
 * calendars; who asks hands over the instants.
 */

import type { HoldId, Instant } from '../names.ts';
import { invariant } from '../result.ts';
import type { HoldTimes } from './hold.ts';

/** Beginnings of one series: a year of weeks, and some more. */
export const holdSeriesMax = 60;

export type AskedHold = {
  /** Absent: now. One that is over already is now as well. */
  readonly begins?: readonly Instant[] | undefined;
  readonly minutes: number;
};

export type PlacedHold = HoldTimes & { readonly id: HoldId; readonly series?: HoldId | undefined };

export type Placed = { readonly first: PlacedHold; readonly all: readonly PlacedHold[] };

export function placedHolds(
  { begins = [0], minutes }: AskedHold,
  { now, newId }: { readonly now: Instant; newId(): HoldId },
): Placed {
  const all = [...new Set(begins.map((begin) => Math.max(begin, now)))].map((from): PlacedHold => ({
    id: newId(),
    from,
    until: from + minutes * 60_000,
    releasedAt: null,
    isPlanned: from > now,
  }));
  const [first] = all;
  invariant(first !== undefined, 'a hold begins at least once');
  if (all.length === 1) return { first, all };
  const tied = all.map((hold) => ({ ...hold, series: first.id }));
  return { first: { ...first, series: first.id }, all: tied };
}

/** Whether what is said of the one is said of the other. */
export function inSeries<Hold extends Pick<PlacedHold, 'id' | 'series'>>(
  one: Hold,
  other: Hold,
): boolean {
  return one.id === other.id || (one.series !== undefined && one.series === other.series);
}

/**
 * When the holds of a series begin, as the calendar of the computer has it at which somebody asks:
 * the same time of day there, also over a change of the clocks. A control manager and an
 * information server are handed instants.
 */

import type { Instant } from '#domain/names.ts';

export const repetitions = ['day', 'week', 'month', 'year'] as const;
export type Repetition = (typeof repetitions)[number];

/** The 31st of a month that has none is its last day. */
export function beginningsOf(asked: {
  readonly first: Instant;
  readonly every: Repetition;
  readonly times: number;
}): Instant[] {
  const { first, every, times } = asked;
  return Array.from({ length: times }, (_, place) => later(new Date(first), every, place));
}

function later(first: Date, every: Repetition, places: number): Instant {
  const moved = new Date(first);
  if (every === 'day' || every === 'week') {
    moved.setDate(first.getDate() + places * (every === 'week' ? 7 : 1));
    return moved.getTime();
  }
  const months = first.getMonth() + places * (every === 'year' ? 12 : 1);
  const lastDay = new Date(first.getFullYear(), months + 1, 0).getDate();
  moved.setMonth(months, Math.min(first.getDate(), lastDay));
  return moved.getTime();
}

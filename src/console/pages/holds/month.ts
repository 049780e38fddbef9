/** The days of a month as a calendar on paper has them: whole weeks, in the viewer's zone. */

import type { HoldView } from '#protocol/console/hold-calls.ts';

/** Midnight that begins it, and midnight that ends it: not always a day's length apart. */
export type Day = { readonly from: number; readonly until: number; readonly isOfMonth: boolean };

/** `month` counts on over a year's end: 12 is January of the next. Weeks begin with Sunday. */
export function weeksOf(year: number, month: number): readonly (readonly Day[])[] {
  const first = new Date(year, month, 1);
  const daysBefore = first.getDay();
  const daysInMonth = new Date(first.getFullYear(), first.getMonth() + 1, 0).getDate();
  const weeks = Math.ceil((daysBefore + daysInMonth) / 7);
  return Array.from({ length: weeks }, (_week, week) =>
    Array.from({ length: 7 }, (_day, place) => {
      const date = week * 7 + place - daysBefore + 1;
      return {
        from: new Date(year, month, date).getTime(),
        until: new Date(year, month, date + 1).getTime(),
        isOfMonth: date >= 1 && date <= daysInMonth,
      };
    }),
  );
}

/** Those that stand at some time of that day; one that was released before it began never does. */
export function holdsOn(
  holds: readonly HoldView[],
  { from, until }: Pick<Day, 'from' | 'until'>,
): readonly HoldView[] {
  return holds.filter((hold) => hold.from < hold.until && hold.from < until && hold.until > from);
}

/**
 * The coming instants of a time of day in a zone, for deployment plans.
 *
 * Where a clock is put forward, a time that does not exist counts as the one an hour later; where
 * it is put back, the first of two counts: the same rule as for windows of plan files.
 */

import type { Instant } from '#domain/names.ts';

export const timeOfDayPattern = /^([01]\d|2[0-3]):[0-5]\d$/;

/** As many as asked for, none before `from`, rising. */
export function timesOfDay(options: {
  readonly timeOfDay: string;
  readonly zone: string;
  readonly from: Instant;
  readonly count: number;
}): Instant[] {
  const { timeOfDay, zone, from, count } = options;
  const today = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(zone).toPlainDate();
  const instants: Instant[] = [];
  for (let day = 0; instants.length < count && day <= count; day++) {
    const moment = today
      .add({ days: day })
      .toZonedDateTime({ timeZone: zone, plainTime: timeOfDay });
    if (moment.epochMilliseconds >= from) instants.push(moment.epochMilliseconds);
  }
  return instants;
}

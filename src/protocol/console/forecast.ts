/** A forecast as people, the console and scripts get it. Units are in the names. */

import { z } from 'zod';
import { groupName, instant, upgradeId } from '../shared/primitives.ts';

/** Of all runs: half were below `median`, nine of ten between `low` and `high`. */
const range = z.object({ low: z.number(), median: z.number(), high: z.number() });
export type Range = z.infer<typeof range>;

const forecastGroup = z.object({
  name: groupName,
  servers: z.int(),
  startsAt: range,
  /** When its gate is read; null where more than half of the runs never got there. */
  endsAt: range.nullable(),
  /** Seconds in which content is held. */
  heldSeconds: range,
  bytes: range,
  upgraded: range,
  failed: range,
  absent: range,
  /** Share of the runs in which its gate failed or was inconclusive. */
  stopsShare: z.number(),
});

const forecast = z.object({
  upgrade: upgradeId,
  startsAt: instant,
  runs: z.int(),
  seed: z.int(),
  /** Share of the runs that finished within a year of simulated time. */
  finishedShare: z.number(),
  endsAt: range.nullable(),
  groups: z.array(forecastGroup),
  bytes: range,
  /** Median and 90% of the bytes over the site's link in each hour after the start. */
  bytesPerHour: z.array(z.object({ hour: z.int(), median: z.number(), high: z.number() })),
  /** The busiest hour. */
  bytesPerHourMax: range,
  inFlightMax: range,
  personMinutes: range,
  /** When every server runs the new version; against `mixedUntil` (S7). */
  mixedEndsAt: range.nullable(),
  mixedUntil: instant,
  mixedInTimeShare: z.number(),
  /** What was not known of this fleet and was taken from the defaults, by the name of the habit. */
  assumed: z.array(z.object({ habit: z.string(), value: z.string() })),
});
export type Forecast = z.infer<typeof forecast>;
export { forecast as forecastSchema };

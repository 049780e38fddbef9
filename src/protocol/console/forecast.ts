/** A forecast as people, the console and scripts get it. Units are in the names. */

import { z } from 'zod';
import { groupName, instant, problem, serverId, upgradeId } from '../shared/primitives.ts';

/** Of all runs: half were below `median`, nine of ten between `low` and `high`. */
const range = z.object({ low: z.number(), median: z.number(), high: z.number() });
export type Range = z.infer<typeof range>;
export { range as rangeSchema };

const forecastGroup = z.object({
  name: groupName,
  servers: z.int(),
  /** null where no run came so far. */
  startsAt: range.nullable(),
  /** When its gate is read; null where more than half of the runs never got there. */
  endsAt: range.nullable(),
  /** Seconds in which content is held. */
  heldSeconds: range,
  bytes: range,
  upgraded: range,
  failed: range,
  absent: range,
  /** Share of the runs in which a person had to decide: hold time over, gate failed, inconclusive. */
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
  /** Over the site's link in each hour after the start; hours without a byte are left out. */
  bytesPerHour: z.array(range.extend({ hour: z.int() })),
  /** The busiest hour. */
  bytesPerHourMax: range,
  inFlightMax: range,
  personMinutes: range,
  /**
   * Servers that came back while the upgrade stood still and that people have to bring along. Not
   * in forecasts that an earlier release has kept.
   */
  /** When every server runs the new version; against `mixedUntil` (S7). */
  mixedEndsAt: range.nullable(),
  mixedUntil: instant,
  mixedInTimeShare: z.number(),
  /** What was not known of this fleet and was taken from the defaults, by the name of the habit. */
  assumed: z.array(z.object({ habit: z.string(), value: z.string() })),
});
export type Forecast = z.infer<typeof forecast>;
export { forecast as forecastSchema };

/** One way to go beside others (S6). */
const alternative = z.object({
  name: z.string(),
  method: z.enum(['deployment', 'local-installation', 'mixed']),
  groups: z.int(),
  endsAt: range.nullable(),
  mixedEndsAt: range.nullable(),
  mixedInTimeShare: z.number(),
  bytes: range,
  bytesPerHourMax: range,
  personMinutes: range,
  /** Servers switched before the first gate is read: what a bad release would reach. */
  firstGroupServers: z.int(),
  /** Work that a bad release would be, times how often a release is bad. */
  riskMinutes: z.number(),
  /** Work by the median run, and the risk: the least of it is recommended. */
  totalMinutes: z.number(),
  /**
   * Finishes, and within the time of mixed versions, in nine runs of ten; and no group keeps the
   * link busy for longer than its plan allows.
   */
  isInTime: z.boolean(),
});

const comparison = z.object({
  alternatives: z.array(alternative),
  /** null: none is in time. */
  recommended: z.string().nullable(),
  /** Ways that are as good as the recommended one, as far as these figures can tell. */
  equals: z.array(z.string()).default([]),
  /** How much the others are behind the recommended one. */
  because: z.array(
    z.object({
      than: z.string(),
      totalMinutesMore: z.number(),
      endsSecondsLater: z.number().nullable(),
      bytesMore: z.number(),
      isInTime: z.boolean(),
    }),
  ),
  /** What the guide says for the one or the other method; `holds` null: not known. */
  conditions: z.array(
    z.object({
      condition: z.enum([
        'content-only-from-control-manager',
        'groups-few',
        'servers-few',
        'agent-keeps-running',
      ]),
      holds: z.boolean().nullable(),
      speaksFor: z.enum(['deployment', 'local-installation']),
      value: z.number().nullable(),
      limit: z.number().nullable(),
    }),
  ),
});
export type Comparison = z.infer<typeof comparison>;
export { comparison as comparisonSchema };

/** What `--forecast` answers: docs/schemas/forecast.json. */
const forecastDocument = z.object({
  madeAt: instant,
  /** null: of no site, only of so many servers behind such a link. */
  site: serverId.nullable(),
  plans: z.array(
    z.object({
      file: z.string(),
      servers: z.int(),
      linkBitsPerSecond: z.number().nullable(),
      /** Why it would not start as it stands; `upgrade plan` alone tells more of each. */
      standsAgainst: z.array(problem),
      /** The version of the release, where every server of the plan runs it already. */
      allRun: z.string().optional(),
      /** A vendor's installer does it, and a kill in its middle may leave neither version whole. */
      notAtomic: z.literal(true).optional(),
    }),
  ),
  /** null: ways were compared. */
  forecast: forecast.nullable(),
  /** null: one plan was forecast, and compared with nothing. */
  comparison: comparison.nullable(),
});
export type ForecastDocument = z.infer<typeof forecastDocument>;
export { forecastDocument as forecastDocumentSchema };

export const forecastLimits = { runsMax: 10_000, seedMax: 2 ** 32 - 1, plansMax: 2 } as const;

/** What people choose of a forecast, wherever it is made. */
const forecastWish = z.strictObject({
  runs: z.int().min(1).max(forecastLimits.runsMax),
  seed: z.int().min(0).max(forecastLimits.seedMax),
  /** Instead of the link that the plan names. */
  linkBitsPerSecond: z.number().positive().optional(),
  /** The methods beside each other (S6): what a local installation is, and who does it. */
  compare: z
    .strictObject({
      minutesEach: z.number().positive().max(1_440),
      people: z.int().min(1).max(10_000),
    })
    .optional(),
});
export type ForecastWish = z.infer<typeof forecastWish>;
export { forecastWish as forecastWishSchema };

/** Where a forecast stands that is being made. */
const forecastProgress = z.object({
  runsDone: z.int(),
  /** 0: not known yet. */
  runsTotal: z.int(),
  /** null: not done yet. One that is done is answered once. */
  document: forecastDocument.nullable(),
});
export type ForecastProgress = z.infer<typeof forecastProgress>;
export { forecastProgress as forecastProgressSchema };

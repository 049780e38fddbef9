/** The report of an upgrade: forecast and actual side by side (S7, R6). */

import { z } from 'zod';
import { causes } from '#domain/names.ts';
import {
  bytes,
  componentName,
  groupName,
  instant,
  problem,
  serverId,
  upgradeId,
  version,
} from '../shared/primitives.ts';
import { forecastSchema, rangeSchema } from './forecast.ts';

/** `forecast`: half of the runs below `median`, nine of ten between `low` and `high`. */
const compared = <Value extends z.ZodType>(actual: Value) =>
  z.object({ forecast: rangeSchema.nullable(), actual });

const decision = z.object({
  at: instant,
  who: z.string(),
  /** What was said: started, approved, paused, resumed, stopped. */
  decision: z.enum(['started', 'approved', 'paused', 'resumed', 'stopped']),
  group: groupName.nullable(),
});

const reportGroup = z.object({
  name: groupName,
  state: z.string(),
  because: problem.nullable(),
  servers: z.int(),
  startsAt: compared(instant.nullable()),
  /** When it passed. */
  endsAt: compared(instant.nullable()),
  heldSeconds: compared(z.number()),
  bytes: compared(bytes),
  upgraded: compared(z.int()),
  /** Returned to the old version, vanished, or could not take the release. */
  failed: compared(z.int()),
  /** Not there, or not ready when the group went on without them. */
  absent: compared(z.int()),
  failedBy: z.partialRecord(z.enum(causes), z.int()),
  vanished: z.int(),
  /** Could not take the release (R2). */
  held: z.int(),
  /** Most servers of the site in flight at once while it was its turn. */
  inFlightMax: z.int(),
  decisions: z.array(decision),
});

const report = z.object({
  upgrade: upgradeId,
  site: serverId,
  component: componentName,
  version,
  state: z.string(),
  because: problem.nullable(),
  madeAt: instant,
  startedAt: instant,
  /** null: it goes on, or was stopped. */
  endsAt: compared(instant.nullable()),
  /** In which any hold of the upgrade stood; groups are forecast, the whole is not. */
  heldSeconds: z.object({ actual: z.number() }),
  bytes: compared(bytes),
  upgraded: z.object({ actual: z.int() }),
  failed: z.object({ actual: z.int() }),
  absent: z.object({ actual: z.int() }),
  inFlightMax: compared(z.int()),
  /** Work is forecast; what it really was nobody measures. */
  personMinutes: z.object({ forecast: rangeSchema.nullable() }),
  decisions: z.array(decision),
  /** Different versions on information server and servers (S7). */
  mixed: z.object({
    from: instant.nullable(),
    /** null: some server is not there yet. */
    endsAt: compared(instant.nullable()),
    until: instant,
    /** null: not over yet, and its deadline is not either. */
    isInTime: z.boolean().nullable(),
    /** Share of the forecast's runs that kept the deadline. */
    inTimeShare: z.number().nullable(),
    /** Servers of the plan that do not run the release. */
    behind: z.int(),
  }),
  groups: z.array(reportGroup),
  /** As it was made before the start. */
  forecast: forecastSchema.nullable(),
  /** Why there is none. */
  forecastAbsent: problem.nullable(),
});
export type UpgradeReport = z.infer<typeof report>;
export type ReportGroup = z.infer<typeof reportGroup>;
export type ReportDecision = z.infer<typeof decision>;
export { report as upgradeReportSchema };

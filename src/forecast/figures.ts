/**
 * What one run came to: small, and plain enough to go from one worker to another. Read again by
 * the worker that sums up, which did not make all of them itself.
 */

import { z } from 'zod';

/** An instant, or null: not within a year. */
const maybe = z.number().nullable();

const groupFigures = z.object({
  startsAt: maybe,
  /** When it passed. */
  endsAt: maybe,
  heldSeconds: z.number(),
  bytes: z.number(),
  /** Servers, when the group passed; else at the end of the run. */
  upgraded: z.int(),
  failed: z.int(),
  absent: z.int(),
  /** It waited for a person, unplanned, at least once: hold time over, gate failed or without proof. */
  isStopped: z.boolean(),
});
export type GroupFigures = z.infer<typeof groupFigures>;

const runFigures = z.object({
  run: z.int(),
  endsAt: maybe,
  /** When the last server came to run the new version. */
  mixedEndsAt: maybe,
  bytes: z.number(),
  /** Only hours in which something crossed the link, counted from the start. */
  hours: z.array(z.object({ hour: z.int(), bytes: z.number() })),
  inFlightMax: z.int(),
  personMinutes: z.number(),
  /** In the order of the plan. */
  groups: z.array(groupFigures),
});
export type RunFigures = z.infer<typeof runFigures>;

/** Whoever handed them on is of the same release: what does not fit is a bug of ours, and throws. */
export function readFigures(outcomes: readonly unknown[]): RunFigures[] {
  return outcomes.map((outcome) => runFigures.parse(outcome));
}

/**
 * The forecast with which every upgrade starts: made before anything moves, journalled with the
 * start, laid beside what really happened in the report. It is bounded, and a start goes on
 * without it.
 */

import { z } from 'zod';
import type { Release } from '#domain/catalogue/release.ts';
import type { GroupName, UpgradeId } from '#domain/names.ts';
import type { Preflight } from '#domain/plan/preflight.ts';
import type { Problem } from '#domain/problem.ts';
import type { Result } from '#domain/result.ts';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import type { Rows } from '#ports/journal.ts';
import { forecastSchema, type Forecast } from '#protocol/console/forecast.ts';
import { bytes, groupName, problem as problemSchema } from '#protocol/shared/primitives.ts';
import { pastUpgrades, requestOf } from './forecast-request.ts';
import { deltaBytesTo } from '../content/deltas-here.ts';
import { limits } from '../limits.ts';
import type { Parts } from '../parts.ts';

/** null: nobody makes forecasts here. */
export async function forecastBeforeStart(
  { site, forecasts, budgets }: Pick<Parts, 'site' | 'forecasts' | 'budgets'>,
  planned: { readonly plan: UpgradePlan; readonly release: Release },
): Promise<Result<Forecast> | null> {
  const { rows } = site.journal;
  const { self } = site;
  const budget = budgets.forecast;
  const facts = { now: site.clock.now(), self, runs: limits.startForecastRuns, seed: 1, budget };
  return forecasts.beforeStart(async (forecaster, how) => {
    const habits = await forecaster.habits(await pastUpgrades(site), how.signal);
    if (!habits.ok) return habits;
    const fleet = await rows.fleet.servers();
    const deltaBytes = await deltaBytesTo(site, planned.release);
    const request = requestOf(planned, { ...facts, fleet, deltaBytes });
    return forecaster.forecast({ ...request, habits: habits.value }, how);
  });
}

export type Start = {
  readonly who: string;
  readonly forecast: Forecast | null;
  /** Why there is none. */
  readonly because: Problem | null;
  /** What each group would fetch, by the deltas that there were; absent: a version before kept none. */
  readonly bytes?: readonly { readonly group: GroupName; readonly planned: number }[] | undefined;
};

const start = z.object({
  who: z.string(),
  forecast: forecastSchema.nullable(),
  because: problemSchema.nullable(),
  bytes: z.array(z.object({ group: groupName, planned: bytes })).optional(),
});

const noteOf = (upgrade: UpgradeId): string => `start ${upgrade}`;

/** In the transaction of the start. */
export async function keepStart(
  rows: Rows,
  upgrade: UpgradeId,
  of: {
    readonly at: number;
    readonly who: string;
    readonly made: Result<Forecast> | null;
    readonly groups: Preflight['groups'];
  },
): Promise<void> {
  const { at, who, made, groups } = of;
  const kept: Start = {
    who,
    bytes: groups.map(({ name: group, bytes: planned }) => ({ group, planned })),
    forecast: made?.ok === true ? made.value : null,
    because: made?.ok === false ? made.because : null,
  };
  await rows.log.putNote(noteOf(upgrade), JSON.stringify(kept));
  if (made === null) return;
  const kind = made.ok ? 'upgrade-forecast' : 'upgrade-not-forecast';
  const detail = made.ok
    ? {
        upgrade,
        runs: made.value.runs,
        endsAt: made.value.endsAt?.median ?? null,
        bytes: made.value.bytes.median,
      }
    : { upgrade, because: made.because.code };
  await rows.log.appendRecord({ at, kind, who: 'information-server', server: null, detail });
}

/** null: it was started by a version that kept nothing of it, or that said it otherwise. */
export async function startOf(rows: Rows, upgrade: UpgradeId): Promise<Start | null> {
  const note = await rows.log.note(noteOf(upgrade));
  if (note === null) return null;
  const read = start.safeParse(JSON.parse(note));
  return read.success ? read.data : null;
}

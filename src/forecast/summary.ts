/** Many runs as one forecast: medians, and the range in which nine of ten lie. */

import { invariant } from '#domain/result.ts';
import type { ForecastRequest } from '#ports/forecast.ts';
import type { Forecast, Range } from '#protocol/console/forecast.ts';
import type { GroupFigures, RunFigures } from './figures.ts';
import { assumedOf } from './habits.ts';
import { prepare } from './prepared.ts';

export function summaryOf(request: ForecastRequest, figures: readonly RunFigures[]): Forecast {
  invariant(figures.length > 0, 'a forecast has at least one run');
  // Which worker was first must not show.
  const runs = figures.toSorted((left, right) => left.run - right.run);
  const { plan, startsAt, seed } = request;
  const mixedUntil = startsAt + plan.mixedDaysMax * 86_400_000;
  const inTime = runs.filter((run) => run.mixedEndsAt !== null && run.mixedEndsAt <= mixedUntil);
  return {
    upgrade: plan.upgrade,
    startsAt,
    runs: runs.length,
    seed,
    finishedShare: share(runs, (run) => run.endsAt !== null),
    endsAt: instantRange(runs.map((run) => run.endsAt)),
    groups: groupsOf(request, runs),
    bytes: rangeOf(runs.map((run) => run.bytes)),
    bytesPerHour: bytesPerHour(runs),
    bytesPerHourMax: rangeOf(
      runs.map((run) => Math.max(0, ...run.hours.map(({ bytes }) => bytes))),
    ),
    inFlightMax: rangeOf(runs.map((run) => run.inFlightMax)),
    personMinutes: rangeOf(runs.map((run) => Math.round(run.personMinutes))),
    mixedEndsAt: instantRange(runs.map((run) => run.mixedEndsAt)),
    mixedUntil,
    mixedInTimeShare: inTime.length / runs.length,
    assumed: assumedOf(request.habits),
  };
}

function groupsOf(request: ForecastRequest, runs: readonly RunFigures[]): Forecast['groups'] {
  return prepare(request).groups.map(({ servers }, place) => {
    const planned = request.plan.groups[place];
    invariant(planned !== undefined, 'a group of the plan');
    const groups = runs.flatMap((run) => run.groups[place] ?? []);
    const range = (of: (group: GroupFigures) => number): Range => rangeOf(groups.map(of));
    const starts = groups.flatMap(({ startsAt }) => startsAt ?? []);
    return {
      name: planned.name,
      servers: servers.length,
      startsAt: starts.length === 0 ? null : rangeOf(starts.map(Math.round)),
      endsAt: instantRange(groups.map(({ endsAt }) => endsAt)),
      heldSeconds: range(({ heldSeconds }) => Math.round(heldSeconds)),
      bytes: range(({ bytes }) => Math.round(bytes)),
      upgraded: range(({ upgraded }) => upgraded),
      failed: range(({ failed }) => failed),
      absent: range(({ absent }) => absent),
      stopsShare: share(groups, ({ isStopped }) => isStopped),
    };
  });
}

function bytesPerHour(runs: readonly RunFigures[]): Forecast['bytesPerHour'] {
  const hours = new Map<number, number[]>();
  for (const run of runs) {
    for (const { hour, bytes } of run.hours) {
      const seen = hours.get(hour);
      if (seen === undefined) hours.set(hour, [bytes]);
      else seen.push(bytes);
    }
  }
  return [...hours]
    .toSorted(([left], [right]) => left - right)
    .map(([hour, seen]) => {
      const idle = Array.from({ length: runs.length - seen.length }, () => 0);
      return { hour, ...rangeOf([...seen, ...idle]) };
    });
}

function share<Item>(items: readonly Item[], is: (item: Item) => boolean): number {
  return items.length === 0 ? 0 : items.filter(is).length / items.length;
}

/** Of those that got there; null where fewer than half did. */
function instantRange(instants: readonly (number | null)[]): Range | null {
  const reached = instants.flatMap((instant) => (instant === null ? [] : [Math.round(instant)]));
  return reached.length === 0 || reached.length * 2 < instants.length ? null : rangeOf(reached);
}

/** By nearest rank, so that every figure is one that a run really came to. */
export function rangeOf(values: readonly number[]): Range {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (part: number): number =>
    sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
  return { low: at(0.05), median: at(0.5), high: at(0.95) };
}

/** Where moments stand on the time line of an upgrade, in hundredths of its length. */

import type { UpgradeView } from '#protocol/console/contract.ts';
import type { PlannedGroupView } from '#protocol/console/upgrade-calls.ts';

export type Span = { readonly from: number; readonly until: number };

export type TimeScale = Span & {
  at(instant: number): number;
  /** Cut to what is in sight; null: nothing of it is. */
  span(span: Span): { readonly left: string; readonly width: string } | null;
  readonly ticks: readonly number[];
};

const shortestMs = 60_000;
const tickSteps = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1_440, 2_880, 10_080, 43_200];
const ticksMax = 7;

export function scaleOf(span: Span): TimeScale {
  const length = Math.max(span.until - span.from, shortestMs);
  const from = span.from - length * 0.02;
  const until = span.from + length * 1.04;
  const at = (instant: number): number => ((instant - from) / (until - from)) * 100;
  return {
    from,
    until,
    at,
    span: (one) => {
      const left = Math.max(0, at(one.from));
      const right = Math.min(100, at(one.until));
      return right < left ? null : { left: `${left}%`, width: `${right - left}%` };
    },
    ticks: ticksOf({ from, until }),
  };
}

function ticksOf({ from, until }: Span): readonly number[] {
  const minutes = (until - from) / 60_000;
  const step = (tickSteps.find((one) => minutes / one <= ticksMax) ?? 43_200) * 60_000;
  const first = Math.ceil(from / step) * step;
  const count = Math.max(0, Math.floor((until - first) / step) + 1);
  return Array.from({ length: Math.min(count, 60) }, (_, place) => first + place * step);
}

/** From the first to the last moment that the plan, its forecast or what happened knows. */
export function spanOf(view: UpgradeView, planned: readonly PlannedGroupView[], now: number): Span {
  const moments = [view.startedAt, view.finishedAt ?? now];
  for (const { from, forecast } of planned) {
    moments.push(from);
    for (const range of [forecast?.startsAt ?? null, forecast?.endsAt ?? null]) {
      if (range !== null) moments.push(range.median);
    }
  }
  for (const { closedAt } of view.groups) if (closedAt !== null) moments.push(closedAt);
  return { from: Math.min(...moments), until: Math.max(...moments) };
}

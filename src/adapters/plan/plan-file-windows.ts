/**
 * Turns 'from 20:00 until 06:00 in Asia/Tokyo' into ready-made intervals, with native Temporal.
 * Where a clock is put forward, a time that does not exist counts as the one an hour later;
 * where it is put back, the first of two counts. The domain sees intervals only.
 */

import type { Instant } from '#domain/names.ts';
import { parseDuration } from '#domain/plan/quantities.ts';
import type { Interval } from '#domain/upgrade/plan.ts';
import { planFileLimits, type PlanFileWindow } from '#protocol/plan/plan-file.ts';

const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** Merged and in order; empty when the group names no window, which means at any time. */
export function expandWindows(
  windows: readonly PlanFileWindow[],
  options: { readonly from: Instant; readonly zone: string },
): readonly Interval[] {
  const intervals = windows.flatMap((window) =>
    intervalsOf(window, options.from, window.zone ?? options.zone),
  );
  return merged(intervals.toSorted((left, right) => left.from - right.from));
}

function intervalsOf(window: PlanFileWindow, from: Instant, zone: string): readonly Interval[] {
  // The night before may still be open when the group's day begins.
  const first = Temporal.Instant.fromEpochMilliseconds(from)
    .toZonedDateTimeISO(zone)
    .toPlainDate()
    .subtract({ days: 1 });
  const intervals: Interval[] = [];
  for (let day = 0; day <= planFileLimits.windowDaysMax; day++) {
    const opensOn = first.add({ days: day });
    const weekday = weekdays[opensOn.dayOfWeek - 1];
    if (window.days !== undefined && weekday !== undefined && !window.days.includes(weekday)) {
      continue;
    }
    const closesOn = window.until > window.from ? opensOn : opensOn.add({ days: 1 });
    const interval = {
      from: instantOf(opensOn, window.from, zone),
      until: instantOf(closesOn, window.until, zone),
    };
    if (interval.until > from && interval.until > interval.from) intervals.push(interval);
  }
  return intervals;
}

function instantOf(date: Temporal.PlainDate, timeOfDay: string, zone: string): Instant {
  return date.toZonedDateTime({ timeZone: zone, plainTime: timeOfDay }).epochMilliseconds;
}

function merged(intervals: readonly Interval[]): readonly Interval[] {
  const answer: Interval[] = [];
  for (const interval of intervals) {
    const last = answer.at(-1);
    if (last !== undefined && interval.from <= last.until) {
      answer[answer.length - 1] = { from: last.from, until: Math.max(last.until, interval.until) };
    } else {
      answer.push(interval);
    }
  }
  return answer;
}

export function isZone(zone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
}

/** An ISO 8601 time with an offset or `[Zone]`; null when it is none. */
export function parseInstant(text: string): Instant | null {
  try {
    const hasZone = text.includes('[');
    const moment = hasZone ? Temporal.ZonedDateTime.from(text) : Temporal.Instant.from(text);
    return moment.epochMilliseconds;
  } catch {
    return null;
  }
}

/** `now`, `now+30s`, or an ISO 8601 time with its zone. */
export function readFrom(text: string, now: Instant): Instant | null {
  if (text === 'now') return now;
  if (!text.startsWith('now+')) return parseInstant(text);
  const later = parseDuration(text.slice('now+'.length).trim());
  return later === null ? null : now + later;
}

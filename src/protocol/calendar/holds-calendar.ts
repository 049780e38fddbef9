/**
 * Holds as iCalendar (RFC 5545), for calendar programs: one event for each, in instants of UTC, so
 * that no zone has to be agreed on. Absent: what was released before it began, and rules of
 * repetition; each hold of a series is an event of its own.
 */

import ical, { ICalCalendarMethod, ICalEventTransparency } from 'ical-generator';
import type { Instant } from '#domain/names.ts';
import type { HoldView } from '../console/hold-calls.ts';

export const calendarType = 'text/calendar; charset=utf-8';

/** So often a program that subscribed looks again. */
const lookAgainSeconds = 3_600;

export function holdsCalendar(
  holds: readonly HoldView[],
  { name, now }: { readonly name: string; readonly now: Instant },
): string {
  const calendar = ical({
    name,
    method: ICalCalendarMethod.PUBLISH,
    prodId: { company: 'Dankai', product: 'holds', language: 'EN' },
    ttl: lookAgainSeconds,
  });
  for (const hold of holds) {
    if (hold.until <= hold.from) continue;
    calendar.createEvent({
      id: `${hold.id}@dankai`,
      stamp: new Date(now),
      start: new Date(hold.from),
      end: new Date(hold.until),
      summary: hold.reason,
      description: `${hold.id} · ${hold.owner} · ${coverOf(hold)}`,
      transparency: ICalEventTransparency.TRANSPARENT,
    });
  }
  return calendar.toString();
}

/** In names alone, so that it reads alike in every language. */
function coverOf({ servers, domains, lanes, components }: HoldView): string {
  const named = servers === 'site' ? ['*'] : [...servers, ...domains];
  return [named.join(', '), lanes.join(' + '), components.join(', ')].filter(Boolean).join(' · ');
}

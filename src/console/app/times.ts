/** How moments are written: in the viewer's zone, in the site's, and as an age. */

import type { ConsoleKey } from '#words/words-console.ts';

export const viewerZone = (): string => new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** `2026-11-23 16:05:09`, alike in every language, so that columns line up. */
export function timeIn(zone: string, instant: number): string {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(instant);
  const part = (type: Intl.DateTimeFormatPartTypes): string =>
    parts.find((one) => one.type === type)?.value ?? '';
  const day = `${part('year')}-${part('month')}-${part('day')}`;
  return `${day} ${part('hour')}:${part('minute')}:${part('second')}`;
}

/** `GMT+9`, `JST`: what a viewer knows the zone by at that moment. */
export function zoneName(zone: string, instant: number): string {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'short' });
  return format.formatToParts(instant).find(({ type }) => type === 'timeZoneName')?.value ?? zone;
}

export function plainTime(instant: number): string {
  return timeIn(viewerZone(), instant);
}

export type Age = { readonly key: ConsoleKey; readonly count: number };

/** As much of an age as people care for. */
export function ageOf(milliseconds: number): Age {
  const seconds = Math.max(0, Math.round(milliseconds / 1_000));
  if (seconds < 90) return { key: 'age.seconds', count: seconds };
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return { key: 'age.minutes', count: minutes };
  const hours = Math.round(minutes / 60);
  if (hours < 48) return { key: 'age.hours', count: hours };
  return { key: 'age.days', count: Math.round(hours / 24) };
}

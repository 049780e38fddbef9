/** How a forecast's ranges are drawn: the median, and below it where nine of ten runs lie. */

import type { Range } from '#protocol/console/forecast.ts';
import { formatBytes, formatSeconds, formatTime } from '#words/format.ts';
import { nothingThere } from '../../terminal/show.ts';

function drawn(range: Range | null, one: (value: number) => string): string {
  if (range === null) return nothingThere;
  const [low, median, high] = [one(range.low), one(range.median), one(range.high)];
  return low === high ? median : `${median}\n(${low} – ${high})`;
}

export const countRange = (range: Range | null): string => drawn(range, String);
export const bytesRange = (range: Range | null): string => drawn(range, formatBytes);
export const secondsRange = (range: Range | null): string => drawn(range, formatSeconds);
export const workRange = (range: Range | null): string => drawn(range, workText);

/** Hours of people, never days: a day of work is not a day. */
export function workText(minutes: number): string {
  const hours = Math.abs(minutes) >= 120;
  return hours ? `${(minutes / 60).toFixed(1)} h` : `${Math.round(minutes)} min`;
}

/** An instant, and how much earlier or later it may be. */
export function timeRange(range: Range | null): string {
  if (range === null) return nothingThere;
  const median = formatTime(range.median);
  const [low, high] = [range.low, range.high].map((one) => (one - range.median) / 1_000);
  if (low === 0 && high === 0) return median;
  return `${median}\n(${formatSeconds(low ?? 0)} … +${formatSeconds(high ?? 0)})`;
}

export const percent = (share: number): string => `${Math.round(share * 1_000) / 10} %`;

/** On one line, for sentences. */
export const inLine = (text: string): string => text.replace('\n', ' ');

/** How long something takes, in the language of the page; and what may come out between two ends. */

import type { ConsoleWords } from '#words/words-console.ts';
import type { Age } from './times.ts';

const [minute, hour, day] = [60, 3_600, 86_400] as const;

/** Of two units the smaller one for long enough that nothing is lost which people care for. */
export function lengthOf(seconds: number): Age {
  if (seconds < 2 * minute) return { key: 'age.seconds', count: Math.round(seconds) };
  if (seconds < 2 * hour) return { key: 'age.minutes', count: Math.round(seconds / minute) };
  if (seconds < 2 * day) return { key: 'age.hours', count: tenths(seconds / hour) };
  return { key: 'age.days', count: tenths(seconds / day) };
}

const tenths = (amount: number): number => Math.round(amount * 10) / 10;

export function sayLength(words: ConsoleWords, seconds: number): string {
  const { key, count } = lengthOf(seconds);
  return words.text(key, { count });
}

type Range = { readonly median: number; readonly low: number; readonly high: number };

/** A range whose ends read alike is one value. */
export function sayRange(
  words: ConsoleWords,
  range: Range | null,
  say: (value: number) => string,
): string {
  if (range === null) return '–';
  const [median, low, high] = [say(range.median), say(range.low), say(range.high)];
  return low === high ? median : words.text('plan.range', { median, low, high });
}

/**
 * How a fleet behaves: what its history showed, and for the rest these defaults, each with its
 * reason. A forecast lists which of them it had to take.
 */

import { causes, type Cause } from '#domain/names.ts';
import type { Habits, Share, Spread } from '#ports/forecast.ts';
import type { Forecast } from '#protocol/console/forecast.ts';

const seconds = (median: number, p95: number): Spread => ({ from: 'default', median, p95 });
const share = (value: number): Share => ({ from: 'default', value });
const minutes = 60;
const hours = 3_600;

export const defaultHabits: Habits = {
  // Servers begin at a random moment within five seconds, so that not all dial at once.
  begin: seconds(2.5, 4.8),
  // 50 MB to 500 MB digested and written: a few seconds on a quiet disk, a minute on a busy one.
  unpack: seconds(15, 60),
  // The unpacked tree is read and digested once more before it is switched.
  prepare: seconds(3, 12),
  // Services stop, data are copied, the new ones start and dial.
  switch: seconds(20, 90),
  // The guide gives the encrypted session one to two minutes at worst (D9).
  prove: seconds(20, 90),
  // Every byte of the share is compared.
  catalogueCheck: seconds(5, 30),
  // Unpacked, switched, and proved with its own normal server and its agent connected.
  informationServer: seconds(3 * minutes, 12 * minutes),
  agent: seconds(1 * minutes, 5 * minutes),
  // Switched off, in maintenance, on a broken line: one server of fifty.
  absent: share(0.02),
  // A working day, or over a weekend.
  returns: seconds(8 * hours, 72 * hours),
  // Upgrades that were tried on a few servers first fail on few of the others.
  fails: { health: share(0.004), timeout: share(0.002), disk: share(0.002), network: share(0.002) },
  vanishes: share(0.001),
  // Somebody is on duty by day; at night it waits until morning.
  decision: seconds(30 * minutes, 10 * hours),
  decisionWorkMinutes: 15,
  repair: seconds(4 * hours, 48 * hours),
  repairWorkMinutes: 45,
  planWorkMinutes: 60,
  groupWorkMinutes: 15,
  // Interrupted transfers go on where they stopped, so that little crosses twice.
  bytesOverhead: share(1.01),
};

/** `seen` is what history showed; each habit of its own that it lacks is a default. */
export function mergeHabits(seen: Partial<Habits>): Habits {
  return { ...defaultHabits, ...seen };
}

/** Habits that no history showed, as people read them. */
export function assumedOf(habits: Habits): Forecast['assumed'] {
  const { fails, ...others } = habits;
  const assumed: { habit: string; value: string }[] = [];
  for (const [habit, value] of Object.entries(others)) {
    const text = textOf(value);
    if (text !== null) assumed.push({ habit, value: text });
  }
  for (const cause of causes) {
    const text = shareOfCause(fails, cause);
    if (text !== null) assumed.push({ habit: `fails.${cause}`, value: text });
  }
  return assumed;
}

function shareOfCause(fails: Habits['fails'], cause: Cause): string | null {
  const value = fails[cause];
  return value === undefined ? null : textOf(value);
}

function textOf(value: Spread | Share | number): string | null {
  if (typeof value === 'number') return `${value} min`;
  if (value.from !== 'default') return null;
  return 'value' in value ? String(value.value) : `${value.median} s (95%: ${value.p95} s)`;
}

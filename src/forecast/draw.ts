/** Draws how long something takes this time, and which of several ends it has. */

import { causes, type Cause } from '#domain/names.ts';
import type { Habits, Spread } from '#ports/forecast.ts';
import type { Chance } from '#simulation/world/chance.ts';

export type Draw = (chance: Chance) => number;

/** One of twenty of a normal distribution lies further above its middle, in deviations. */
const deviationsOfP95 = 1.6449;

/** Made once for many draws. Milliseconds, where a spread has seconds. */
export function drawOf(spread: Spread): Draw {
  if (spread.from === 'samples') {
    const { samples } = spread;
    return samples.length === 0 ? () => 0 : (chance) => chance.pick(samples) * 1_000;
  }
  const { median, p95 } = spread;
  if (median <= 0 || p95 <= median) return () => median * 1_000;
  const deviation = Math.log(p95 / median) / deviationsOfP95;
  return (chance) => median * 1_000 * Math.exp(deviation * chance.normal());
}

/** How a switch ends once it was confirmed. */
export type SwitchFate = Cause | 'vanishes' | 'works';

export function switchFateOf(habits: Habits): (chance: Chance) => SwitchFate {
  const ends: (readonly [SwitchFate, number])[] = [['vanishes', habits.vanishes.value]];
  for (const cause of causes) {
    const share = habits.fails[cause]?.value ?? 0;
    if (share > 0) ends.push([cause, share]);
  }
  return (chance) => {
    let left = chance.next();
    for (const [fate, share] of ends) {
      if (left < share) return fate;
      left -= share;
    }
    return 'works';
  };
}

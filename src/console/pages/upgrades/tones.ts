/** How states of upgrades, groups and gates look. */

import type { Tone } from '../../parts/state/state-mark.tsx';

const tones: Readonly<Record<string, Tone>> = {
  waiting: 'quiet',
  finished: 'good',
  passed: 'good',
  pass: 'good',
  stopped: 'warning',
  paused: 'warning',
  inconclusive: 'warning',
  failed: 'bad',
  fail: 'bad',
};

/** Whatever is none of these is under way. */
export function toneOfState(state: string): Tone {
  return tones[state] ?? 'busy';
}

/** How states of servers look. */

import type { Tone } from '../../parts/state/state-mark.tsx';

const tones: Readonly<Record<string, Tone>> = {
  staging: 'busy',
  staged: 'busy',
  leased: 'busy',
  switching: 'busy',
  proving: 'busy',
  upgraded: 'good',
  returned: 'bad',
  vanished: 'bad',
  held: 'warning',
  absent: 'warning',
};

export function toneOfServer(state: string): Tone {
  return tones[state] ?? 'quiet';
}

export function toneOfSession(state: 'none' | 'old' | 'new'): Tone {
  return state === 'new' ? 'good' : state === 'old' ? 'busy' : 'warning';
}

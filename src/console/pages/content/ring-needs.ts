/** What a gate of a ring asks for, in words. */

import type { RingGateView } from '#protocol/console/ring-calls.ts';
import type { ConsoleWords } from '#words/words-console.ts';
import { sayLength } from '../../app/lengths.ts';
import { sentences } from '../../app/sentences.ts';

export function ringNeeds(words: ConsoleWords, gate: RingGateView): string {
  const { percentMin, healthyMin, sampleMin, soakSeconds } = gate;
  const soak = sayLength(words, soakSeconds);
  return sentences(words, [
    words.text('content.needs', { percentMin, healthyMin, sampleMin }),
    soakSeconds > 0 ? words.text('content.soak', { soak }) : null,
  ]);
}

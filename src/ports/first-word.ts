/**
 * What runs and how the last switch ended is known before anything is decided or said: a daemon
 * that has a launcher waits for its first word, though not for ever.
 */

import type { Clock } from './clock.ts';
import type { LauncherLink } from './launcher.ts';

const firstWordMilliseconds = 2_000;

export function firstWord(launcher: LauncherLink | null, clock: Clock): Promise<void> {
  if (launcher === null) return Promise.resolve();
  return new Promise((resolve) => {
    const cancel = clock.after(firstWordMilliseconds, resolve);
    launcher.onState(() => {
      cancel();
      resolve();
    });
  });
}

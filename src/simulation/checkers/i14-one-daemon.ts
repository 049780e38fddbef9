/**
 * I14: a launcher killed at any moment leaves one daemon. Here only that half of it can be seen: no
 * two processes of one name on one machine, of a normal server as of an information server. What the intent file says after a kill is shown with
 * real files, by the test of that number.
 */

import { on, Violation, type Checker } from './checker.ts';

export function oneDaemon(): Checker {
  const running = new Set<string>();
  return {
    invariant: 14,
    sees: [
      on('process-started', ({ machine, process }) => {
        const key = `${machine} ${process}`;
        if (running.has(key)) throw new Violation(14, `${process} runs twice on ${machine}`);
        running.add(key);
      }),
      on('process-ended', ({ machine, process }) => void running.delete(`${machine} ${process}`)),
    ],
  };
}

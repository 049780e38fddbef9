/**
 * What works with the content of a simulated computer: whatever it does with some content is known
 * by the content's digest. An engine that the content brings down takes a while to be seen so; one
 * that it slows down is well beside, and answers no more when it works with it.
 */

import type { Release } from '#domain/catalogue/release.ts';
import type { ContentEngine } from '#ports/content-engine.ts';
import type { CommandEnd } from '#ports/installer.ts';
import type { Process } from '../world/machine.ts';

/** `works`; `crashes` the engine; makes it `slow`; `freezes` the whole computer. */
export type ContentConduct = 'works' | 'crashes' | 'slow' | 'freezes';

const milliseconds = { tries: 500, takes: 2_000, crashes: 1_500, slow: 30_000 } as const;
/** Until somebody sees to it. */
const frozenMilliseconds = 60 * 60_000;
const well: CommandEnd = { ok: true };

export function contentEngineSimulated(
  process: Process,
  given: {
    /** What is current on the disk; null: nothing. */
    current(): Release | null;
    conductOf(release: Release): ContentConduct;
  },
): ContentEngine {
  const after = (wait: number): Promise<null> =>
    process.wait((done: (value: null) => void) => process.clock.after(wait, () => done(null)));
  const conduct = (): ContentConduct => {
    const release = given.current();
    return release === null ? 'works' : given.conductOf(release);
  };
  return {
    times: 3,
    intervalSeconds: 20,
    // Beside the engine all of them look well: what they do, they do to the one that works.
    async tries() {
      await after(milliseconds.tries);
      return well;
    },
    async takes() {
      if (conduct() === 'freezes') process.machine.freeze(frozenMilliseconds);
      await after(conduct() === 'crashes' ? milliseconds.crashes : milliseconds.takes);
      if (conduct() !== 'crashes') return well;
      return { ok: false, timeout: false, detail: 'the engine ended with status 139' };
    },
    async isWell() {
      if (conduct() !== 'slow') return well;
      await after(milliseconds.slow);
      return { ok: false, timeout: true, detail: 'no answer within 30 s' };
    },
  };
}

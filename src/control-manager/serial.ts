/**
 * One thing after the other: what reads the book and then writes it must not be overtaken, neither
 * here nor by another replica.
 */

import { limits } from './limits.ts';

export type Serial = <Answer>(act: () => Promise<Answer>) => Promise<Answer>;

export type BatonHeld = { take(): Promise<void>; give(): Promise<void> };

/** `baton`: of replicas that decide one at a time; it is kept for what waits already, but not for long. */
export function openSerial(baton?: BatonHeld): Serial {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  /** While we have it; null: we have not. */
  let acts: number | null = null;

  async function withBaton<Answer>(act: () => Promise<Answer>): Promise<Answer> {
    try {
      if (acts === null) await baton?.take();
      acts = (acts ?? 0) + 1;
      return await act();
    } finally {
      waiting -= 1;
      if (acts !== null && (waiting === 0 || acts >= limits.actsOfBatonMax)) {
        acts = null;
        await baton?.give();
      }
    }
  }

  return (act) => {
    waiting += 1;
    const next = last.then(() => withBaton(act));
    last = next.catch(() => undefined);
    return next;
  };
}

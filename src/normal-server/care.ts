/**
 * Answers what the information server asks on somebody's behalf: how this installation stands, and
 * the end of a log. One look at a time; whoever asks meanwhile waits for the same one.
 */

import type { Result } from '#domain/result.ts';
import type { CareAnswer, CareRequest } from '#protocol/normal-server/messages.ts';
import type { CareHere } from './program-world.ts';

export type Care = (asked: CareRequest) => Promise<CareAnswer | null>;

/** null: nothing is said where nobody can look. */
export function openCare(here: CareHere | undefined): Care {
  let looking: ReturnType<CareHere['examine']> | null = null;

  function examine(world: CareHere): ReturnType<CareHere['examine']> {
    looking ??= world.examine().finally(() => {
      looking = null;
    });
    return looking;
  }

  return async (asked) => {
    if (here === undefined) return null;
    const { nonce } = asked;
    if (asked.type === 'doctor-request') {
      const found = await examine(here);
      const checks = found.ok ? found.value.checks : [];
      return { type: 'doctor', nonce, checks: [...checks], because: becauseOf(found) };
    }
    const found = await here.logTail(asked);
    const { text, isCut } = found.ok ? found.value : { text: '', isCut: false };
    return { type: 'log', nonce, text, isCut, because: becauseOf(found) };
  };
}

function becauseOf(found: Result<unknown>) {
  return found.ok ? null : found.because;
}

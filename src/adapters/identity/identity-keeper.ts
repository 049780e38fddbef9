/**
 * Keeps a daemon's identity valid for as long as it runs: asks for it, asks again when half of its
 * life is over, and again and again while nobody answers. How it is asked for, others know.
 */

import type { Logger } from 'pino';
import type { Problem } from '#domain/problem.ts';
import type { Result } from '#domain/result.ts';
import { renewAt } from '#domain/trust/validity.ts';
import type { Clock } from '#ports/clock.ts';
import type { Moment, Standing } from './identity-signed.ts';

export const keeperLimits = {
  againMillisecondsMin: 1_000,
  againMillisecondsMax: 60_000,
  /**
   * Wall clocks jump, computers sleep, and people lay down tokens: it is looked at this often, which
   * costs a few small files.
   */
  lookMilliseconds: 30_000,
} as const;

export type KeeperOptions = {
  obtain(
    moment: Pick<Moment, 'now' | 'chance'>,
  ): Promise<Result<{ readonly standing: Standing; readonly because: Problem | null }>>;
  /** There is an identity, the first or another one. */
  stands(standing: Standing): void;
  readonly clock: Clock;
  readonly chance: () => number;
  readonly log: Logger;
};

export function keepIdentity(options: KeeperOptions): {
  /** Somebody knows that it is worth asking now. */
  lookNow(): void;
  close(): void;
} {
  const { clock, log } = options;
  let isClosed = false;
  let isLooking = false;
  let cancel = (): void => undefined;
  let failures = 0;
  let shown: string | null = null;
  let said: string | null = null;
  /** Of this certificate; drawn once for each. */
  let chance = options.chance();

  function look(): void {
    cancel();
    if (isClosed || isLooking) return;
    isLooking = true;
    const now = clock.now();
    options
      .obtain({ now, chance })
      .then((answered) => {
        const because = answered.ok ? answered.value.because : answered.because;
        if (answered.ok) tell(answered.value.standing);
        again(because, answered.ok ? answered.value.standing : null);
      })
      .catch((error: unknown) => {
        // A bug of ours ends the process, and the launcher starts it again.
        clock.after(0, () => {
          throw error;
        });
      })
      .finally(() => {
        isLooking = false;
      });
  }

  function tell(standing: Standing): void {
    const { chain } = standing.credentials;
    if (isClosed || chain === shown) return;
    shown = chain;
    chance = options.chance();
    const { identity, until } = standing;
    log.info({ event: 'identity', identity, until }, 'identity');
    options.stands(standing);
  }

  function again(because: Problem | null, standing: Standing | null): void {
    if (isClosed) return;
    failures = because === null ? 0 : failures + 1;
    if (because !== null && said !== because.code) {
      log.warn({ event: because.code, because }, because.code);
    }
    said = because?.code ?? null;
    const { againMillisecondsMin: min, againMillisecondsMax: max } = keeperLimits;
    const wait =
      because === null && standing !== null
        ? renewAt(standing, chance) - clock.now()
        : Math.min(max, min * 2 ** Math.min(failures, 16)) * (0.5 + options.chance() / 2);
    cancel = clock.after(Math.max(100, Math.min(wait, keeperLimits.lookMilliseconds)), look);
  }

  look();
  return {
    lookNow: look,
    close() {
      isClosed = true;
      cancel();
    },
  };
}

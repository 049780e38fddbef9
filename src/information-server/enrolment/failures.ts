/** How often one address may fail before it has to wait. In memory: a restart forgives. */

import type { Clock } from '#ports/clock.ts';

export const failureLimits = {
  windowMs: 60_000,
  failuresMax: 20,
  addressesMax: 10_000,
} as const;

export class Failures {
  readonly #clock: Clock;
  readonly #counts = new Map<string, { readonly since: number; readonly failures: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** null: it may be tried now. */
  secondsToWait(address: string): number | null {
    const count = this.#counts.get(address);
    if (count === undefined || count.failures < failureLimits.failuresMax) return null;
    const left = count.since + failureLimits.windowMs - this.#clock.monotonic();
    return left <= 0 ? null : Math.ceil(left / 1_000);
  }

  failed(address: string): void {
    const now = this.#clock.monotonic();
    const count = this.#counts.get(address);
    const isOver = count === undefined || now >= count.since + failureLimits.windowMs;
    const { since, failures } = isOver ? { since: now, failures: 0 } : count;
    this.#counts.delete(address);
    this.#counts.set(address, { since, failures: failures + 1 });
    for (const oldest of this.#counts.keys()) {
      if (this.#counts.size <= failureLimits.addressesMax) break;
      this.#counts.delete(oldest);
    }
  }
}

/**
 * One transfer's part of the budgets: a bucket that fills at the speed that it was given last, and
 * who waits for it. How large the part is, is decided for all of them together (`domain/budget`).
 */

import type { Claim } from '#domain/budget/shares.ts';
import { limits } from '../limits.ts';

type Waiting = { readonly bytesMax: number; readonly go: (bytes: number) => void };

export class Pace {
  readonly #claim: Omit<Claim, 'taken'>;
  #speed = 0;
  #tokens = 0;
  #filledAt: number;
  #waiting: Waiting | null = null;
  #isOver = false;
  /** Since the last look. */
  #took = 0;
  #isHungry = true;
  #taken: number | null = null;

  constructor(claim: Omit<Claim, 'taken'>, now: number) {
    this.#claim = claim;
    this.#filledAt = now;
  }

  get claim(): Claim {
    return { ...this.#claim, taken: this.#taken };
  }

  get speed(): number {
    return this.#speed;
  }

  /** From now on; what was saved up at another speed is not more than this one saves. */
  set(speed: number, now: number): void {
    this.#fill(now);
    this.#speed = speed;
    this.#tokens = Math.min(this.#tokens, this.#burst());
    this.serve(now);
  }

  allow(bytesMax: number, now: number): Promise<number> {
    this.#fill(now);
    const bytes = this.#give(bytesMax);
    if (bytes > 0) return Promise.resolve(bytes);
    this.#isHungry = true;
    return new Promise((go) => {
      this.#waiting = { bytesMax, go };
    });
  }

  /** Lets go on who waits, if there is enough for a piece. */
  serve(now: number): void {
    if (this.#waiting === null) return;
    this.#fill(now);
    const { bytesMax, go } = this.#waiting;
    const bytes = this.#give(bytesMax);
    if (bytes === 0) return;
    this.#waiting = null;
    go(bytes);
  }

  /**
   * What it took since the last look. Who did not wait for more is held by his reader: to him more
   * would be of no use, beyond some room to become faster. True: that is another answer than before.
   */
  look(milliseconds: number): boolean {
    const before = this.#taken;
    const perSecond = (this.#took * 1_000) / milliseconds;
    // In steps, so that the parts of all others do not change at each look.
    const wanted = Math.max(limits.pieceBytesMin * 4, perSecond * 1.2);
    const room = 2 ** (Math.ceil(Math.log2(wanted) * 4) / 4);
    this.#taken = this.#isHungry || this.#waiting !== null ? null : room;
    this.#took = 0;
    this.#isHungry = false;
    return this.#taken !== before;
  }

  end(): void {
    this.#isOver = true;
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.go(waiting.bytesMax);
  }

  #give(bytesMax: number): number {
    if (this.#isOver || this.#speed === Infinity) return bytesMax;
    const piece = Math.max(limits.pieceBytesMin, (this.#speed * limits.pieceMs) / 1_000);
    if (this.#tokens < Math.min(bytesMax, piece)) return 0;
    const bytes = Math.min(bytesMax, Math.floor(this.#tokens));
    this.#tokens -= bytes;
    this.#took += bytes;
    return bytes;
  }

  #fill(now: number): void {
    const more = this.#speed === Infinity ? 0 : (this.#speed * (now - this.#filledAt)) / 1_000;
    this.#tokens = Math.min(this.#burst(), this.#tokens + more);
    this.#filledAt = now;
  }

  #burst(): number {
    return Math.max(2 * limits.pieceBytesMin, (this.#speed * limits.burstMs) / 1_000);
  }
}

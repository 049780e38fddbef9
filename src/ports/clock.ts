/** Time, asked of the world. Durations are measured on the monotonic clock, never on the wall. */

import type { Instant } from '#domain/names.ts';

export type Clock = {
  /** Wall time; may jump. */
  now(): Instant;
  /** Milliseconds that only ever go forward; comparable within one process. */
  monotonic(): number;
  /** Calls `act` once after that many milliseconds; answers a function that cancels it. */
  after(milliseconds: number, act: () => void): () => void;
};

/** Limits of the control manager agent. */

export const limits = {
  downloadsAtOnceMax: 2,
  /** What failed is tried again after that long, or as soon as the control manager is back. */
  failedAgainMilliseconds: 30_000,
  /** A file that was reported and is asked for again waits that long, so nothing spins. */
  reportedAgainMilliseconds: 2_000,
} as const;

/**
 * How patiently a file is fetched over HTTP: when an attempt counts as lost, how long the next one
 * waits, and after how many it is said. Part of the links' contract, like `redial.ts`.
 */

export const downloadLimits = {
  /** Attempts in a row that brought less than `stallBytesMin`. */
  fruitlessAttemptsMax: 6,
  /** All attempts, so that a peer that gives little each time ends too. */
  attemptsMax: 200,
  /** The first copy was wrong: one more from zero, then it is said. */
  wrongCopiesMax: 2,
  backOffMillisecondsMin: 200,
  backOffMillisecondsMax: 10_000,
  /** A sender that has given less than `stallBytesMin` in this time stands still. */
  stallMilliseconds: 20_000,
  /** Few enough for the thinnest link that thousands share; without it a byte now and then holds us. */
  stallBytesMin: 512,
  /** Of what is read whole into memory, such as a manifest. */
  wholeMilliseconds: 30_000,
};
export type DownloadLimits = typeof downloadLimits;

/** How long to wait after that many fruitless attempts in a row; half is chance (from 0 up to 1). */
export function downloadPauseMilliseconds(
  limits: DownloadLimits,
  { fruitless, chance }: { readonly fruitless: number; readonly chance: number },
): number {
  const { backOffMillisecondsMin, backOffMillisecondsMax } = limits;
  const whole = Math.min(backOffMillisecondsMax, backOffMillisecondsMin * 2 ** fruitless);
  return whole * (0.5 + chance / 2);
}

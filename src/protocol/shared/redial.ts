/**
 * How a lower tier dials the one above: a jittered back-off, and the time after which silence ends
 * a connection. Part of the links' contract: whoever listens may count on it after a restart.
 */

export const redial = {
  backOffMillisecondsMin: 200,
  backOffMillisecondsMax: 15_000,
  /** A connection that lasted this long ends a row of failures. */
  steadyMilliseconds: 5_000,
  handshakeMilliseconds: 10_000,
  /** The address is not known yet: it stands in a file of this computer, so looking is cheap. */
  addressMillisecondsMax: 1_000,
  /** Two of these without a sound end the connection, so a half-open one lives under 30 s. */
  pingMilliseconds: 12_000,
} as const;

/** How long to wait after that many failures in a row; half of it is chance (from 0 up to 1). */
export function backOffMilliseconds(failures: number, chance: number): number {
  const { backOffMillisecondsMin, backOffMillisecondsMax } = redial;
  const whole = Math.min(backOffMillisecondsMax, backOffMillisecondsMin * 2 ** (failures - 1));
  return whole * (0.5 + chance / 2);
}

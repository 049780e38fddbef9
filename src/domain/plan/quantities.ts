/** Durations and speeds as people write them: `30m`, `1h30m`, `10Mbit/s`. Knows no dates. */

const millisecondsOf: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

export const durationPattern = /^(?:\d+(?:\.\d+)?(?:ms|s|m|h|d))+$/;

/** Milliseconds, or null when it is no duration. */
export function parseDuration(text: string): number | null {
  if (!durationPattern.test(text)) return null;
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (millisecondsOf[unit ?? ''] ?? 0),
    0,
  );
}

const bitsOf: Readonly<Record<string, number>> = { '': 1, k: 1e3, M: 1e6, G: 1e9 };

export const speedPattern = /^(\d+(?:\.\d+)?) ?([kMG]?)bit\/s$/;

/** Bits per second, or null when it is no speed. Prefixes are decimal, as link speeds are. */
export function parseSpeed(text: string): number | null {
  const match = speedPattern.exec(text);
  if (match === null) return null;
  const bitsPerSecond = Number(match[1]) * (bitsOf[match[2] ?? ''] ?? 0);
  return bitsPerSecond > 0 ? bitsPerSecond : null;
}

/** Durations, speeds and sizes as people write them: `1h30m`, `10Mbit/s`, `50MiB`. No dates. */

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
  return bitsPerSecond > 0 && Number.isFinite(bitsPerSecond) ? bitsPerSecond : null;
}

const bytesOf: Readonly<Record<string, number>> = {
  '': 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
};

export const sizePattern = /^(\d+(?:\.\d+)?) ?(KiB|MiB|GiB|kB|MB|GB|)$/;

/** Whole bytes, or null when it is no size. Without a unit it is bytes, and whole ones. */
export function parseSize(text: string): number | null {
  const match = sizePattern.exec(text);
  if (match === null) return null;
  const bytes = Number(match[1]) * (bytesOf[match[2] ?? ''] ?? 0);
  if (match[2] === '' && !Number.isInteger(bytes)) return null;
  return bytes > 0 && Number.isSafeInteger(Math.round(bytes)) ? Math.round(bytes) : null;
}

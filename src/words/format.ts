/** How values stand in sentences: `{{bytesFree, bytes}}`, `{{from, time}}`, `{{state, state}}`. */

import type { Problem } from '#domain/problem.ts';

/** Where the sentences of a problem stand: those of the very state it is about, else its own. */
export function problemKeys({ code, with: values }: Problem): readonly (readonly string[])[] {
  const { wanted, state }: Readonly<Record<string, unknown>> = values;
  return [
    ['problemWhen', code, String(wanted ?? state)],
    ['problem', code],
  ];
}

/** Answers the text under `<section>.<key>`, if there is one. */
export type Lookup = (section: string, key: string) => string | undefined;

const counts = ['serverCount', 'groupCount', 'runCount', 'hourCount'] as const;

export const formats = [
  'bytes',
  'time',
  'state',
  'cause',
  'expected',
  'suggestion',
  ...counts,
] as const;
export type Format = (typeof formats)[number];

/** How an instant is written for who reads: a terminal has other habits than a page. */
export type SayTime = (instant: number) => string;

export function formatted(
  value: unknown,
  format: Format,
  lookup: Lookup,
  sayTime: SayTime = formatTime,
): string {
  switch (format) {
    case 'bytes':
      return typeof value === 'number' ? formatBytes(value) : String(value);
    case 'time':
      return typeof value === 'number' ? sayTime(value) : String(value);
    case 'state':
    case 'cause':
      return lookup(format, String(value)) ?? String(value);
    case 'expected':
      return formatExpected(String(value), lookup);
    case 'serverCount':
    case 'groupCount':
    case 'runCount':
    case 'hourCount':
      return formatCount(value, format, lookup);
    case 'suggestion':
      return value === '' ? '' : formatSuggestion(String(value), lookup);
  }
}

/** `1 server`, `2 servers`. */
function formatCount(value: unknown, noun: (typeof counts)[number], lookup: Lookup): string {
  const text = lookup(noun, Number(value) === 1 ? 'one' : 'many') ?? '{{count}}';
  return text.replace('{{count}}', () => String(value));
}

/** People see MiB; programs see bytes (`--json`). */
/** As speeds of links are told: decimal, in bits. */
export function formatSpeed(bitsPerSecond: number): string {
  const units = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s'] as const;
  const place = Math.min(
    units.length - 1,
    Math.max(0, Math.floor(Math.log10(Math.max(1, bitsPerSecond)) / 3)),
  );
  return `${Number((bitsPerSecond / 1_000 ** place).toPrecision(3))} ${units[place] ?? ''}`;
}

export function formatBytes(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  let amount = bytes;
  let unit = 0;
  while (amount >= 1024 && unit < units.length - 1) {
    amount /= 1024;
    unit++;
  }
  const digits = unit === 0 || amount >= 100 ? 0 : 1;
  return `${amount.toFixed(digits)} ${units[unit]}`;
}

/** `90 s`, `12 min`, `3.5 h`, `4 d`: as much as people care for. */
export function formatSeconds(seconds: number): string {
  const amount = Math.abs(seconds);
  if (amount < 120) return `${Math.round(seconds)} s`;
  if (amount < 7_200) return `${Math.round(seconds / 60)} min`;
  return amount < 172_800
    ? `${(seconds / 3_600).toFixed(1)} h`
    : `${(seconds / 86_400).toFixed(1)} d`;
}

/** ISO 8601 in the local zone, with its offset. */
export function formatTime(instant: number): string {
  return Temporal.Instant.fromEpochMilliseconds(instant)
    .toZonedDateTimeISO(Temporal.Now.timeZoneId())
    .toString({ smallestUnit: 'second', timeZoneName: 'never' });
}

/** `one-of: a, b` is the key `one-of` with its detail; a text without a key stays as it is. */
function formatExpected(value: string, lookup: Lookup): string {
  const colon = value.indexOf(': ');
  const key = colon === -1 ? value : value.slice(0, colon);
  const found = lookup('expected', key);
  if (found === undefined) return value;
  return found.replaceAll('{{detail}}', () => (colon === -1 ? '' : value.slice(colon + 2)));
}

function formatSuggestion(suggestion: string, lookup: Lookup): string {
  return (lookup('cli', 'suggestion') ?? '').replaceAll('{{suggestion}}', () => suggestion);
}

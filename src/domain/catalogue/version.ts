/**
 * Versions. How two of them compare belongs to the component, never to the text: 5.7 is newer
 * than 5.58 here (a decimal), older there (dotted integers). Digits are compared as text, so
 * any number of them is exact. Absent: guessing an ordering from the look of a version.
 */

import { problem } from '../problem.ts';
import { invariant, ok, refuse, type Result } from '../result.ts';

/**
 * - `decimal`: major.minor is a decimal fraction, further parts are integers, and a version
 *   without a build stands before every build of it: 5.58 < 5.7 < 5.8 = 5.80 < 5.80.1179
 * - `semver`: semantic versions 2.0.0; build metadata does not count
 * - `dotted`: any number of integers, absent ones count as 0: 5.7 < 5.58, 5.8 = 5.8.0
 * - `counter`: one integer
 * - `date`: 2026-11-22, 2026.11.22 or 20261122, then perhaps integers: 20261122.3
 */
export const orderings = ['decimal', 'semver', 'dotted', 'counter', 'date'] as const;
export type Ordering = (typeof orderings)[number];

export const versionCharactersMax = 64;

const shapes: Readonly<Record<Ordering, RegExp>> = {
  decimal: /^\d+(?:\.\d+)*$/,
  semver:
    /^(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2}(?:-(?!0\d+(?:[.+]|$))[0-9A-Za-z-]+(?:\.(?!0\d+(?:[.+]|$))[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/,
  dotted: /^\d+(?:\.\d+)*$/,
  counter: /^\d+$/,
  date: /^\d{4}([-.]?)(?:0[1-9]|1[0-2])\1(?:0[1-9]|[12]\d|3[01])(?:\.\d+)*$/,
};

/** Answers the text itself: from here on `compareVersions` may be asked about it. */
export function parseVersion(ordering: Ordering, text: string): Result<string> {
  const readable = text.length <= versionCharactersMax && shapes[ordering].test(text);
  if (!readable || (ordering === 'date' && !isDayOfCalendar(text))) {
    return refuse(problem('VERSION_UNREADABLE', { text: text.slice(0, 200), ordering }));
  }
  return ok(text);
}

/** Below 0: left is older. Both must have been parsed in this ordering. */
export function compareVersions(ordering: Ordering, left: string, right: string): number {
  for (const text of [left, right]) {
    invariant(parseVersion(ordering, text).ok, `'${text}' was parsed as a ${ordering} version`);
  }
  switch (ordering) {
    case 'decimal':
      return compareDecimals(left.split('.'), right.split('.'));
    case 'semver':
      return compareSemver(left, right);
    case 'dotted':
      return compareIntegerLists(left.split('.'), right.split('.'), '0');
    case 'counter':
      return compareIntegers(left, right);
    case 'date':
      return compareIntegerLists(dateParts(left), dateParts(right), null);
  }
}

/** The later one wins; of equals the first named. */
export function newestOf(ordering: Ordering, versions: readonly string[]): string | null {
  let newest: string | null = null;
  for (const one of versions) {
    if (newest === null || compareVersions(ordering, one, newest) > 0) newest = one;
  }
  return newest;
}

function compareDecimals(left: readonly string[], right: readonly string[]): number {
  return (
    compareIntegers(left[0] ?? '', right[0] ?? '') ||
    compareFractions(left[1] ?? '', right[1] ?? '') ||
    compareIntegerLists(left.slice(2), right.slice(2), null)
  );
}

/** '58' < '7' < '8' = '80': digits after a decimal point. */
function compareFractions(left: string, right: string): number {
  const digits = Math.max(left.length, right.length);
  return compareText(left.padEnd(digits, '0'), right.padEnd(digits, '0'));
}

function compareIntegers(left: string, right: string): number {
  const shortLeft = left.replace(/^0+(?=\d)/, '');
  const shortRight = right.replace(/^0+(?=\d)/, '');
  return shortLeft.length - shortRight.length || compareText(shortLeft, shortRight);
}

/** `absent`: what a missing part counts as; null: the shorter list stands first. */
function compareIntegerLists(
  left: readonly string[],
  right: readonly string[],
  absent: '0' | null,
): number {
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const one = left[index] ?? absent;
    const other = right[index] ?? absent;
    if (one === null || other === null) return left.length - right.length;
    const difference = compareIntegers(one, other);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareSemver(left: string, right: string): number {
  const [leftCore, leftBefore] = semverParts(left);
  const [rightCore, rightBefore] = semverParts(right);
  const difference = compareIntegerLists(leftCore, rightCore, null);
  if (difference !== 0) return difference;
  if (leftBefore.length === 0 || rightBefore.length === 0) {
    return rightBefore.length - leftBefore.length; // a pre-release stands before its release
  }
  return comparePreReleases(leftBefore, rightBefore);
}

function semverParts(text: string): readonly [readonly string[], readonly string[]] {
  const plain = text.split('+', 1)[0] ?? '';
  const dash = plain.indexOf('-');
  if (dash === -1) return [plain.split('.'), []];
  return [plain.slice(0, dash).split('.'), plain.slice(dash + 1).split('.')];
}

function comparePreReleases(left: readonly string[], right: readonly string[]): number {
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const one = left[index];
    const other = right[index];
    if (one === undefined || other === undefined) return left.length - right.length;
    const [oneIsNumber, otherIsNumber] = [/^\d+$/.test(one), /^\d+$/.test(other)];
    if (oneIsNumber !== otherIsNumber) return oneIsNumber ? -1 : 1; // numbers stand before words
    const difference = oneIsNumber ? compareIntegers(one, other) : compareText(one, other);
    if (difference !== 0) return difference;
  }
  return 0;
}

function dateParts(text: string): readonly string[] {
  const [, year = '', month = '', day = '', rest = ''] =
    /^(\d{4})[-.]?(\d\d)[-.]?(\d\d)(.*)$/.exec(text) ?? [];
  return [year, month, day, ...rest.split('.').slice(1)];
}

function isDayOfCalendar(text: string): boolean {
  const [year = 0, month = 0, day = 0] = dateParts(text).map(Number);
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  return day <= days;
}

function compareText(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}

/** What was typed after `upgrade plan --forecast`, parsed strictly; what does not fit is said. */

import { parseSize, parseSpeed } from '#domain/plan/quantities.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { forecastLimits, type ForecastWish } from '#protocol/console/forecast.ts';
import type { Given } from '../../command.ts';
import { flag, text } from '../../given.ts';

export const forecastDefaults = {
  runs: 200,
  /** Of each way, where ways are compared. */
  runsCompared: 50,
  seed: 1,
  /** The guide's example: day 1, day 2, day 3 (S3). */
  groups: 3,
  /** The package that the guide warns of (S4). */
  packageBytes: 53_166_776,
  /** A person at a server: go there, run the installer, look at the result. */
  localMinutes: 15,
  localPeople: 2,
} as const;

const limits = { serversMax: 1_000_000, groupsMax: 200, peopleMax: 10_000, minutesMax: 1_440 };

/** A fleet that there is no site of yet. */
export type Described = {
  readonly servers: number;
  readonly packageBytes: number;
  /** So many of equal size, or their sizes; null: as many as the plan file has. */
  readonly groups: number | readonly number[] | null;
};

export type ForecastAsked = {
  readonly files: readonly string[];
  readonly wish: ForecastWish;
  readonly described: Described | null;
};

const needForecast = ['compare', 'runs', 'seed', 'link', 'servers', 'groups', 'packageBytes'];
const needCompare = ['localMinutes', 'localPeople'];

export function filesOf(given: Given): readonly string[] {
  const [files] = given.arguments;
  return Array.isArray(files) ? files.map(String) : [];
}

/** An option that means nothing here says so, instead of being passed over. */
export function strayOption(given: Given): ReturnType<typeof refuse> | null {
  const absent = (option: string) => refuse(problem('OPTION_ABSENT', { option }));
  const isTyped = (name: string): boolean => given.options[name] !== undefined;
  if (!flag(given, 'forecast') && [...needForecast, ...needCompare].some(isTyped)) {
    return absent('--forecast');
  }
  if (!flag(given, 'compare') && needCompare.some(isTyped)) return absent('--compare');
  const isDescribed = isTyped('servers');
  return !isDescribed && ['groups', 'packageBytes'].some(isTyped) ? absent('--servers') : null;
}

export function parseForecast(given: Given): Result<ForecastAsked> {
  const files = filesOf(given);
  const stray = strayOption(given);
  if (stray !== null) return stray;
  const described = describedOf(given, files);
  if (!described.ok) return described;
  if (files.length === 0 && described.value === null) {
    return refuse(problem('FORECAST_PLAN_ABSENT', {}));
  }
  if (files.length > forecastLimits.plansMax) {
    return refuse(problem('ARGUMENT_TOO_MANY', { command: 'upgrade plan' }));
  }
  if (flag(given, 'compare') && files.length > 1) {
    return refuse(problem('COMPARE_ONE_PLAN', {}));
  }
  const wish = wishOf(given, files.length > 1);
  return wish.ok ? ok({ files, wish: wish.value, described: described.value }) : wish;
}

function wishOf(given: Given, isTwo: boolean): Result<ForecastWish> {
  const isComparison = flag(given, 'compare');
  const { runsMax, seedMax } = forecastLimits;
  const { runs, runsCompared, seed, localMinutes, localPeople } = forecastDefaults;
  const otherwise = isComparison || isTwo ? runsCompared : runs;
  const read = allOf({
    runs: whole(given, 'runs', { min: 1, max: runsMax, otherwise }),
    seed: whole(given, 'seed', { min: 0, max: seedMax, otherwise: seed }),
    minutesEach: whole(given, 'local-minutes', {
      min: 1,
      max: limits.minutesMax,
      otherwise: localMinutes,
    }),
    people: whole(given, 'local-people', {
      min: 1,
      max: limits.peopleMax,
      otherwise: localPeople,
    }),
    link: quantity(given, 'link', { parse: parseSpeed, expected: 'speed' }),
  });
  if (!read.ok) return read;
  const { minutesEach, people, link, ...plain } = read.value;
  return ok({
    ...plain,
    ...(link === null ? {} : { linkBitsPerSecond: link }),
    ...(isComparison ? { compare: { minutesEach, people } } : {}),
  });
}

function describedOf(given: Given, files: readonly string[]): Result<Described | null> {
  if (given.options['servers'] === undefined) return ok(null);
  const groupsTyped = text(given, 'groups');
  if (files.length > 0 && groupsTyped !== undefined) {
    const wrong = { option: '--groups', value: groupsTyped, expected: 'groups-of-the-plan' };
    return refuse(problem('OPTION_WRONG', wrong));
  }
  const servers = whole(given, 'servers', { min: 1, max: limits.serversMax, otherwise: 1 });
  if (!servers.ok) return servers;
  const otherwise = Math.min(forecastDefaults.groups, servers.value);
  const read = allOf({
    groups: groupsOf(given, servers.value, otherwise),
    packageBytes: quantity(given, 'package-bytes', { parse: parseSize, expected: 'size' }),
  });
  if (!read.ok) return read;
  const { groups } = read.value;
  if (typeof groups === 'number' && groups > servers.value) {
    return refuse(problem('SERVERS_FEWER_THAN_GROUPS', { servers: servers.value, groups }));
  }
  if (files.length === 0 && text(given, 'link') === undefined) {
    return refuse(problem('FORECAST_LINK_ABSENT', {}));
  }
  return ok({
    servers: servers.value,
    packageBytes: read.value.packageBytes ?? forecastDefaults.packageBytes,
    groups: files.length > 0 ? null : groups,
  });
}

/** A number of groups, or the size of each; one of them may be the rest. */
function groupsOf(
  given: Given,
  servers: number,
  otherwise: number,
): Result<number | readonly number[]> {
  const value = text(given, 'groups');
  if (value === undefined) return ok(otherwise);
  const expected = `group-sizes: 1–${limits.groupsMax}`;
  const wrong = refuse(problem('OPTION_WRONG', { option: '--groups', value, expected }));
  const parts = value.split(',');
  const sizes = parts.map((part) => (/^[1-9]\d{0,6}$/.test(part) ? Number(part) : 0));
  const [first = 0] = sizes;
  if (parts.length === 1) return first > 0 && first <= limits.groupsMax ? ok(first) : wrong;
  const rest = parts.indexOf('rest');
  const left = servers - sizes.reduce((sum, size) => sum + size, 0);
  const whole = sizes.map((size, at) => (at === rest ? left : size));
  const isDealt = rest >= 0 ? left > 0 : left === 0;
  const isRead = isDealt && whole.length <= limits.groupsMax && whole.every((size) => size > 0);
  return isRead ? ok(whole) : wrong;
}

/** The parser of the command line writes `package-bytes` as `packageBytes`. */
const keyOf = (option: string): string =>
  option.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());

function whole(
  given: Given,
  option: string,
  { min, max, otherwise }: { readonly min: number; readonly max: number; otherwise: number },
): Result<number> {
  const value = text(given, keyOf(option));
  if (value === undefined) return ok(otherwise);
  const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return ok(number);
  const expected = `whole-number: ${min}–${max}`;
  return refuse(problem('OPTION_WRONG', { option: `--${option}`, value, expected }));
}

/** null: not typed. */
function quantity(
  given: Given,
  option: string,
  { parse, expected }: { parse(value: string): number | null; readonly expected: string },
): Result<number | null> {
  const value = text(given, keyOf(option));
  if (value === undefined) return ok(null);
  const parsed = parse(value);
  if (parsed !== null) return ok(parsed);
  return refuse(problem('OPTION_WRONG', { option: `--${option}`, value, expected }));
}

/** The values of them all, or the first refusal. */
function allOf<Values extends object>(results: {
  readonly [Name in keyof Values]: Result<Values[Name]>;
}): Result<Values> {
  const values: Partial<Values> = {};
  for (const name of Object.keys(results) as (keyof Values)[]) {
    const one = results[name];
    if (!one.ok) return one;
    values[name] = one.value;
  }
  return ok(values as Values);
}

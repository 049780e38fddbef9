/**
 * `npm test [-- --only PATTERN]`, `npm run test:all`: every suite, one after another, in one report of Node's own
 * test runner. Its closing lines count all suites together; before them stand the time of each
 * suite against its budget, the slowest files and the names of what had to be left out.
 *
 * A budget that is exceeded is said, not failed: the machine may be slow. A file that hangs fails
 * after `fileSecondsMax`.
 */

import { globSync } from 'node:fs';
import { relative } from 'node:path';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { spec, type TestEvent } from 'node:test/reporters';
import { parseArgs } from 'node:util';
import { compiled } from '../test/compiled.ts';
import { bundled, bundleVariable } from '../test/end-to-end/bundled.ts';
import { shortVariable } from '../test/longer.ts';

type Suite = {
  readonly name: string;
  readonly files: readonly string[];
  readonly mostly: keyof typeof concurrency;
  /** Of their paths: begun before the others, so that no long file is left alone at the end. */
  readonly longest?: readonly string[];
  /** Its processes run the bundle, which is made once, before them. */
  readonly needsBundle?: boolean;
  readonly secondsBudget: number;
  readonly fileSecondsMax: number;
};

/** A file belongs to the first suite that names it, so the last may say 'all the others'. */
const suites: readonly Suite[] = [
  {
    name: 'unit',
    files: ['src/**/*.test.ts'],
    mostly: 'computing',
    secondsBudget: 60,
    fileSecondsMax: 90,
  },
  {
    name: 'house',
    files: [
      'test/{architecture,documents,words,words-console}.test.ts',
      'test/documents/*.test.ts',
    ],
    mostly: 'computing',
    secondsBudget: 10,
    fileSecondsMax: 90,
  },
  {
    name: 'simulation',
    files: ['test/simulation/*.test.ts'],
    longest: ['fresh-seeds'],
    mostly: 'computing',
    secondsBudget: 60,
    fileSecondsMax: 120,
  },
  {
    name: 'browser',
    files: ['test/browser/*.test.ts'],
    needsBundle: true,
    mostly: 'waiting',
    secondsBudget: 180,
    fileSecondsMax: 400,
  },
  {
    name: 'real processes',
    files: ['test/**/*.test.ts'],
    needsBundle: true,
    longest: [
      'end-to-end/demo',
      'end-to-end/own-upgrade',
      'end-to-end/kill',
      'end-to-end/command-line',
      'survival/',
      'end-to-end/',
      'cli/',
    ],
    mostly: 'waiting',
    secondsBudget: 300,
    fileSecondsMax: 400,
  },
];

/** Files at a time: two processors, and two more files where they mostly wait for each other. */
const concurrency = { computing: 2, waiting: 4 } as const;
const slowestShown = 10;

const counted = ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo'] as const;
type Counts = Record<(typeof counted)[number], number>;

const root = new URL('..', import.meta.url).pathname;

process.env['NODE_COMPILE_CACHE'] ??= compiled;

const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`;

/** One of the lines with which the runner closes a part; those of the whole are said at the end. */
function closingLine(event: TestEvent): { readonly name: string; readonly number: number } | null {
  if (event.type !== 'test:diagnostic' || event.data.nesting !== 0) return null;
  const [, name, number] = /^([a-z_]+) ([\d.]+)$/.exec(event.data.message) ?? [];
  if (name === undefined || ![...counted, 'duration_ms'].includes(name)) return null;
  return { name, number: Number(number) };
}

/** What the whole run has shown so far; the one thing here that changes. */
class Tally {
  success = true;
  readonly counts: Counts = {
    tests: 0,
    suites: 0,
    pass: 0,
    fail: 0,
    cancelled: 0,
    skipped: 0,
    todo: 0,
  };
  readonly leftOut: string[] = [];
  readonly files: { readonly file: string; readonly milliseconds: number }[] = [];
  readonly suites: { readonly suite: Suite; readonly milliseconds: number }[] = [];

  see(event: TestEvent): void {
    if (event.type === 'test:summary' && event.data.file === undefined) {
      this.success &&= event.data.success;
    }
    const line = closingLine(event);
    const name = counted.find((each) => each === line?.name);
    if (line !== null && name !== undefined) this.counts[name] += line.number;
    if (event.type === 'test:pass' && event.data.skip !== undefined) {
      const { name, skip } = event.data;
      this.leftOut.push(typeof skip === 'string' ? `${name}: ${skip}` : name);
    }
    // The runner's own entry for a file is named as the file itself.
    if (event.type === 'test:complete' && event.data.name === event.data.file) {
      const { file, details } = event.data;
      this.files.push({ file: relative(root, file), milliseconds: details.duration_ms });
    }
  }

  times(): string[] {
    const bySuite = this.suites.map(({ suite, milliseconds }) => {
      const over = milliseconds > suite.secondsBudget * 1_000 ? ' OVER ITS BUDGET' : '';
      return `${suite.name}: ${seconds(milliseconds)} of ${suite.secondsBudget} s${over}`;
    });
    const slowest = this.files
      .toSorted((left, right) => right.milliseconds - left.milliseconds)
      .slice(0, slowestShown)
      .map(({ file, milliseconds }) => `slow: ${seconds(milliseconds).padStart(7)} ${file}`);
    const names = this.leftOut.length > 0 ? ` (${this.leftOut.join('; ')})` : '';
    return [...bySuite, ...slowest, `left out: ${this.leftOut.length}${names}`];
  }
}

/** In the order of that list; then all that are not in it, by name. */
function longestFirst({ longest = [] }: Suite): (left: string, right: string) => number {
  const place = (file: string): number => {
    const at = longest.findIndex((part) => file.includes(part));
    return at < 0 ? longest.length : at;
  };
  return (left, right) => place(left) - place(right) || (left < right ? -1 : 1);
}

type Chosen = { readonly suite: Suite; readonly files: readonly string[] };

function chosenFiles(only: string | undefined): Chosen[] {
  const taken = new Set<string>();
  return suites
    .map((suite) => {
      const found = suite.files.flatMap((pattern) => globSync(pattern, { cwd: root }));
      const own = found.filter((file) => !taken.has(file)).toSorted(longestFirst(suite));
      for (const file of own) taken.add(file);
      const files = own.filter((file) => only === undefined || new RegExp(only).test(file));
      return { suite, files: files.map((file) => `${root}${file}`) };
    })
    .filter(({ files }) => files.length > 0);
}

async function main(only: string | undefined, isAll: boolean): Promise<number> {
  const tally = new Tally();
  const chosen = chosenFiles(only);
  if (chosen.length === 0) {
    console.error(`No test file matches ${only}.`);
    return 2;
  }

  const report = new spec();
  report.pipe(process.stdout);
  const say = (message: string): boolean =>
    report.write({ type: 'test:diagnostic', data: { nesting: 0, message, level: 'info' } });
  const started = performance.now();
  if (!isAll && only === undefined) process.env[shortVariable] = '1';

  for (const { suite, files } of chosen) {
    const suiteStarted = performance.now();
    if (suite.needsBundle === true) process.env[bundleVariable] = await bundled();
    say(`${suite.name}: ${files.length} files`);
    const events = run({
      files,
      cwd: root,
      concurrency: concurrency[suite.mostly],
      timeout: suite.fileSecondsMax * 1_000,
    });
    for await (const event of events as AsyncIterable<TestEvent>) {
      tally.see(event);
      if (closingLine(event) === null && event.type !== 'test:summary') report.write(event);
    }
    tally.suites.push({ suite, milliseconds: performance.now() - suiteStarted });
  }

  tally.times().forEach(say);
  for (const name of counted) say(`${name} ${tally.counts[name]}`);
  say(`duration_ms ${performance.now() - started}`);
  report.end();
  await finished(report);
  return tally.success ? 0 : 1;
}

const { values } = parseArgs({
  options: { only: { type: 'string' }, all: { type: 'boolean', default: false } },
});
process.exitCode = await main(values.only, values.all);

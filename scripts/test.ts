/**
 * `npm test [-- --only PATTERN]`: every suite, one after another, in one report of Node's own
 * test runner. Its closing lines count all suites together; before them stand the time of each
 * suite against its budget and the names of what had to be left out.
 *
 * The end-to-end suite starts many processes, so its files run alone. A budget that is exceeded
 * is said, not failed: the machine may be slow. A file that hangs fails after `fileSecondsMax`.
 */

import { globSync } from 'node:fs';
import { relative } from 'node:path';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { spec, type TestEvent } from 'node:test/reporters';
import { parseArgs } from 'node:util';

type Suite = {
  readonly name: string;
  readonly files: readonly string[];
  readonly concurrency: number;
  readonly secondsBudget: number;
  readonly fileSecondsMax: number;
};

const suites: readonly Suite[] = [
  {
    name: 'unit',
    files: ['src/**/*.test.ts'],
    concurrency: 2,
    secondsBudget: 60,
    fileSecondsMax: 90,
  },
  {
    name: 'house',
    files: ['test/*.test.ts'],
    concurrency: 2,
    secondsBudget: 10,
    fileSecondsMax: 90,
  },
  {
    name: 'contract',
    files: ['test/contract/*.test.ts'],
    concurrency: 2,
    secondsBudget: 60,
    fileSecondsMax: 180,
  },
  {
    name: 'end-to-end',
    files: ['test/end-to-end/*.test.ts'],
    concurrency: 1,
    secondsBudget: 300,
    fileSecondsMax: 600,
  },
];

const slowestShown = 5;

const counted = ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo'] as const;
type Counts = Record<(typeof counted)[number], number>;

const root = new URL('..', import.meta.url).pathname;
const seconds = (milliseconds: number): string => `${(milliseconds / 1_000).toFixed(1)} s`;

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
      const { counts, success } = event.data;
      this.success &&= success;
      this.counts.tests += counts.tests;
      this.counts.suites += counts.suites;
      this.counts.pass += counts.passed;
      this.counts.fail += counts.failed;
      this.counts.cancelled += counts.cancelled;
      this.counts.skipped += counts.skipped;
      this.counts.todo += counts.todo;
    }
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

  /** The closing lines of each part would be taken for those of the whole. */
  static closes(event: TestEvent): boolean {
    return (
      event.type === 'test:summary' ||
      (event.type === 'test:diagnostic' &&
        event.data.nesting === 0 &&
        /^(tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$/.test(
          event.data.message,
        ))
    );
  }

  times(): string[] {
    const bySuite = this.suites.map(({ suite, milliseconds }) => {
      const over = milliseconds > suite.secondsBudget * 1_000 ? ' OVER ITS BUDGET' : '';
      return `${suite.name}: ${seconds(milliseconds)} of ${suite.secondsBudget} s${over}`;
    });
    const slowest = this.files
      .toSorted((left, right) => right.milliseconds - left.milliseconds)
      .slice(0, slowestShown)
      .map(({ file, milliseconds }) => `${file} ${seconds(milliseconds)}`);
    const names = this.leftOut.length > 0 ? ` (${this.leftOut.join('; ')})` : '';
    return [
      ...bySuite,
      `slowest files: ${slowest.join(', ')}`,
      `left out: ${this.leftOut.length}${names}`,
    ];
  }
}

function filesOf(suite: Suite, only: string | undefined): string[] {
  return suite.files
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .filter((file) => only === undefined || new RegExp(only).test(file))
    .toSorted()
    .map((file) => `${root}${file}`);
}

async function main(only: string | undefined): Promise<number> {
  const chosen = suites
    .map((suite) => ({ suite, files: filesOf(suite, only) }))
    .filter(({ files }) => files.length > 0);
  if (chosen.length === 0) {
    console.error(`No test file matches ${only}.`);
    return 2;
  }

  const tally = new Tally();
  const report = new spec();
  report.pipe(process.stdout);
  const say = (message: string): boolean =>
    report.write({ type: 'test:diagnostic', data: { nesting: 0, message, level: 'info' } });
  const started = performance.now();

  for (const { suite, files } of chosen) {
    const suiteStarted = performance.now();
    say(`${suite.name}: ${files.length} files`);
    const events = run({
      files,
      cwd: root,
      concurrency: suite.concurrency,
      timeout: suite.fileSecondsMax * 1_000,
    });
    for await (const event of events as AsyncIterable<TestEvent>) {
      tally.see(event);
      if (!Tally.closes(event)) report.write(event);
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

const { values } = parseArgs({ options: { only: { type: 'string' } } });
process.exitCode = await main(values.only);

/**
 * `npm run simulate -- --seed N`: one simulated fleet, from the beginning of its upgrade to the
 * end, under faults drawn from the seed. Exit status 1 when something was violated; then the
 * smallest command that shows it again is printed.
 *
 * `npm run simulate:long`: one fresh seed after another, a line each, until it is told to end.
 */

import { createWriteStream } from 'node:fs';
import { parseArgs } from 'node:util';
import { invariantsChecked } from '#simulation/checkers/checkers.ts';
import { faultNames } from '#simulation/faults/faults.ts';
import { run, type Outcome, type RunOptions } from '#simulation/run.ts';
import { commandOf, smallest } from '#simulation/smallest.ts';

/** A whole fleet stands in the memory of one thread; beyond this Node would end in the middle. */
const serversMax = 200_000;

const usage = `npm run simulate -- [options]

  --seed N         the fleet, its faults and every chance in it; default: a fresh one
  --servers M      normal servers in all, at most ${serversMax}; default: drawn from the seed
  --events K       end after so many events, whatever has happened by then
  --faults a,b     only these kinds, or 'none'; default: some, drawn from the seed
                   (${faultNames.join(', ')})
  --keep 3,7       of the faults drawn from --seed only those with these numbers (see --list)
  --trace FILE     write every observation to FILE, one line each ('-': to the screen)
  --list           show the drawn faults with their numbers
  --whole          do not look for a smaller run that fails
  --long           one fresh seed after another, until it is told to end
`;

type Given = {
  readonly options: RunOptions;
  readonly trace: string | undefined;
  readonly isListed: boolean;
  readonly isWhole: boolean;
  readonly isLong: boolean;
};

class Unreadable extends Error {}

function wholeNumber(
  name: string,
  text: string | undefined,
  { min = 0, max = Number.MAX_SAFE_INTEGER } = {},
): number | null {
  if (text === undefined) return null;
  const number = Number(text);
  if (text.trim() !== '' && Number.isSafeInteger(number) && number >= min && number <= max) {
    return number;
  }
  const range = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  throw new Unreadable(`--${name} is to be a whole number ${range}, not '${text}'.`);
}

function listed(text: string | undefined): readonly string[] | null {
  if (text === undefined) return null;
  return text === 'none' || text === '' ? [] : text.split(',').map((one) => one.trim());
}

function faultsOf(text: string | undefined): readonly string[] | null {
  const names = listed(text);
  const unknown = names?.find((one) => !faultNames.includes(one));
  if (unknown === undefined) return names;
  throw new Unreadable(`There is no fault '${unknown}'. There are: ${faultNames.join(', ')}.`);
}

function given(): Given {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    options: {
      seed: text,
      servers: text,
      events: text,
      faults: text,
      keep: text,
      trace: text,
      list: flag,
      whole: flag,
      long: flag,
      help: { ...flag, short: 'h' },
    },
  });
  if (values.help) throw new Unreadable('');
  if (values.keep !== undefined && values.seed === undefined) {
    throw new Unreadable('--keep needs --seed: every seed draws other faults under these numbers.');
  }
  const keep = listed(values.keep)?.map((one) => wholeNumber('keep', one) ?? 0) ?? null;
  return {
    options: {
      seed: wholeNumber('seed', values.seed) ?? freshSeed(),
      servers: wholeNumber('servers', values.servers, { min: 1, max: serversMax }),
      events: wholeNumber('events', values.events, { min: 1 }),
      faults: faultsOf(values.faults),
      keep,
    },
    trace: values.trace,
    isListed: values.list,
    isWhole: values.whole,
    isLong: values.long,
  };
}

function freshSeed(): number {
  return Math.floor(Math.random() * 2 ** 31);
}

function inWords(options: RunOptions, outcome: Outcome, milliseconds: number): string {
  const { events, end, virtualMilliseconds, servers, faultEvents } = outcome;
  const hours = (virtualMilliseconds / 3_600_000).toFixed(1);
  const rate = Math.round((events * 1_000) / Math.max(1, milliseconds));
  const ends = { finished: 'finished', 'events-used': 'events used up', violation: 'VIOLATION' };
  return (
    `seed ${options.seed}: ${ends[end]}; ${servers} servers, ${faultEvents.length} faults, ` +
    `${hours} h in ${(milliseconds / 1_000).toFixed(1)} s, ${events} events (${rate}/s), ` +
    `fingerprint ${outcome.fingerprint}`
  );
}

/** A run that was cut short says so: what a fleet owes at its end was not looked at. */
function heldText({ end, events, fingerprint }: Outcome): string {
  const untilWhere = end === 'finished' ? '' : ' (cut short, so what is due at the end was not)';
  return (
    `${invariantsChecked} invariants held over ${events} events${untilWhere}.
` + `The same seed and options on the same sources give the fingerprint ${fingerprint} again.`
  );
}

async function timed(options: RunOptions): Promise<Outcome> {
  const began = performance.now();
  const outcome = await run(options);
  console.log(inWords(options, outcome, performance.now() - began));
  return outcome;
}

/** Says what was violated and how to see it again; the smallest way, unless that is not wanted. */
async function report(options: RunOptions, outcome: Outcome, isWhole: boolean): Promise<void> {
  const { violation } = outcome;
  if (violation === null) return;
  console.log(`\n${violation.by}: ${violation.what}`);
  console.log(`  at ${new Date(violation.at).toISOString()}, event ${violation.events}`);
  if (isWhole) {
    console.log(`\nAgain: ${commandOf(options)}`);
    return;
  }
  console.log('\nLooking for the smallest run that still fails so ...');
  const found = await smallest(options, violation.by);
  for (const [number, { what, after }] of found.faults) {
    console.log(`  fault ${number}, after ${(after / 1_000).toFixed(0)} s: ${what}`);
  }
  console.log(`\nAgain (${found.trials} runs tried): ${commandOf(found.options)}`);
}

async function once({ options, trace, isListed, isWhole }: Given): Promise<number> {
  const file = trace === undefined || trace === '-' ? null : createWriteStream(trace);
  const write = (line: string): void => {
    if (file === null) process.stdout.write(`${line}\n`);
    else file.write(`${line}\n`);
  };
  const outcome = await timed(trace === undefined ? options : { ...options, trace: write });
  if (file !== null) await new Promise((resolve) => file.end(resolve));
  if (isListed) {
    if (outcome.faultEvents.length === 0) console.log('  no faults: none is planned in this run');
    for (const [number, { after, what }] of outcome.faultEvents.entries()) {
      console.log(`  fault ${number}, after ${(after / 1_000).toFixed(0)} s: ${what}`);
    }
  }
  await report(options, outcome, isWhole);
  if (outcome.end === 'violation') return 1;
  console.log(heldText(outcome));
  return 0;
}

/** Ends with the first violation: it is to be looked at, not counted. */
async function long({ options, isWhole }: Given): Promise<number> {
  for (let seed = options.seed; ; seed = (seed + 1) % 2 ** 31) {
    const fresh = { ...options, seed };
    const outcome = await timed(fresh);
    if (outcome.end !== 'violation') continue;
    await report(fresh, outcome, isWhole);
    return 1;
  }
}

async function main(): Promise<number> {
  try {
    const asked = given();
    return await (asked.isLong ? long(asked) : once(asked));
  } catch (error) {
    const isUsage = error instanceof Unreadable || (error instanceof TypeError && 'code' in error);
    if (!isUsage) throw error;
    console.error(usage);
    // Last, so that it stands where one looks.
    if (error.message !== '') console.error(error.message);
    return error.message === '' ? 0 : 2;
  }
}

process.exitCode = await main();

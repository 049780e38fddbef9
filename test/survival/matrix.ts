/**
 * `npm run test:survival [-- --only PATTERN] [--kind kill,disk,power] [--part 1/4]`: every trial of
 * every scenario of a normal server, its launcher and an installer, each with real processes and files. Prints how many there are and what they came to;
 * status 1 if one ended neither at the old nor at the new version, healthy and reported right.
 */

import { parseArgs } from 'node:util';
import { installers } from './installers.testing.ts';
import { renewals } from './renewals.testing.ts';
import { scenarios } from './scenarios.testing.ts';
import type { Cleaning } from './survivor.testing.ts';
import { kinds, subjectOf, type Kind, type Subject, type Trial } from './trials.testing.ts';

const atATime = 3;

async function cleanly<Value>(act: (context: Cleaning) => Promise<Value>): Promise<Value> {
  const acts: (() => Promise<void>)[] = [];
  try {
    return await act({ after: (one) => void acts.push(one) });
  } finally {
    for (const one of acts) await one();
  }
}

const all = { trials: 0, wrong: 0 };

type Part = { readonly number: number; readonly of: number };

async function run(subject: Subject, chosen: readonly Kind[], part: Part): Promise<void> {
  await cleanly(async (context) => {
    const trialsOf = await subject.open(context);
    for (const kind of chosen) {
      const { trials, count } = trialsOf(kind);
      const mine = trials.filter((_, at) => at % part.of === part.number - 1);
      const ends = await runAll(subject, mine);
      const came = [...ends].map(([end, times]) => `${end} ${times}`).join(', ');
      console.log(`${subject.name}, ${kind}: ${count}; tried ${mine.length}: ${came}`);
    }
  });
}

async function runAll(subject: Subject, trials: readonly Trial[]): Promise<Map<string, number>> {
  const ends = new Map<string, number>();
  const waiting = [...trials];
  const worker = async (): Promise<void> => {
    for (let trial = waiting.shift(); trial !== undefined; trial = waiting.shift()) {
      const { name, run: act } = trial;
      const end = await cleanly(act).catch((error: unknown) => {
        console.log(`WRONG ${subject.name}, ${name}: ${String(error).slice(0, 3_000)}`);
        all.wrong += 1;
        return 'WRONG';
      });
      all.trials += 1;
      ends.set(end, (ends.get(end) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  return ends;
}

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    kind: { type: 'string', default: kinds.join() },
    part: { type: 'string', default: '1/1' },
  },
});
const [number = 1, of = 1] = values.part.split('/').map(Number);
const chosen = kinds.filter((kind) => values.kind.split(',').includes(kind));
for (const subject of [...scenarios.map(subjectOf), ...renewals, ...installers]) {
  if (new RegExp(values.only).test(subject.name)) await run(subject, chosen, { number, of });
}
console.log(`${all.trials} trials, ${all.wrong} ended wrong`);
process.exitCode = all.wrong === 0 && all.trials > 0 ? 0 : 1;

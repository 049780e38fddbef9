/**
 * `npm run mutants [-- --only PATTERN --rule NAME --list --jobs N]`: changes the domain by rule,
 * one small change at a time, and runs its tests against each. A change that no test notices is
 * either a test that is missing, or stands in `mutants/survivors.ts` with its reason; anything
 * else, and anything there that is not so any more, fails the run.
 */

import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { Domain } from './mutants/files.ts';
import { rules, type Mutant, type MutantName } from './mutants/mutant.ts';
import { mutantsOf } from './mutants/rules.ts';
import { runMutants, type Outcome } from './mutants/run.ts';
import { survivors, type Survivor } from './mutants/survivors.ts';
import { unknownOf, verdictOf } from './mutants/verdict.ts';

/** How many mutants pass between two words about the way there. */
const saidEvery = 100;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    rule: { type: 'string' },
    list: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '2' },
  },
});

const changeOf = ({ inside, before, after }: MutantName): string =>
  `in ${inside}\n  - ${before}\n  + ${after}`;
const shown = (mutant: Mutant): string =>
  `${mutant.file}:${mutant.line} (${mutant.rule}) ${changeOf(mutant)}`;

function table(title: string, outcomes: readonly Outcome[], by: (mutant: Mutant) => string): void {
  console.log(`\n${title.padEnd(28)} mutants  killed  timed out  survived`);
  const groups = Map.groupBy(outcomes, ({ mutant }) => by(mutant));
  for (const name of [...groups.keys()].toSorted()) {
    const count = (...fates: readonly Outcome['fate'][]): string =>
      String(groups.get(name)?.filter(({ fate }) => fates.includes(fate)).length);
    const columns = [
      count('killed', 'timed-out', 'survived', 'unseen').padStart(7),
      count('killed').padStart(8),
      count('timed-out').padStart(11),
      count('survived', 'unseen').padStart(10),
    ];
    console.log(name.padEnd(28), columns.join(''));
  }
}

/** True when nothing survived but what is listed, and nothing is listed besides. */
function report(outcomes: readonly Outcome[], unknown: readonly Survivor[]): boolean {
  const { unlisted, expected, killed } = verdictOf(outcomes, survivors);
  for (const { mutant, fate } of outcomes) {
    if (fate === 'timed-out') console.log(`\ntimed out: ${shown(mutant)}`);
  }
  for (const { mutant, reason } of expected) {
    console.log(`\nlisted: ${shown(mutant)}\n  because ${reason}`);
  }
  for (const one of killed) console.log(`\nLISTED, BUT KILLED: ${one.file} ${changeOf(one)}`);
  for (const one of unknown) console.log(`\nLISTED, BUT NOT MADE: ${one.file} ${changeOf(one)}`);
  for (const mutant of unlisted) console.log(`\nSURVIVED: ${shown(mutant)}`);
  table('folder', outcomes, ({ file }) => dirname(file));
  table('rule', outcomes, ({ rule }) => rule);
  table('', outcomes, () => 'all');
  const stale = killed.length + unknown.length;
  console.log(`\nsurvived: ${unlisted.length} not listed, ${expected.length} listed with a reason`);
  console.log(`listed wrongly: ${stale}`);
  return unlisted.length + stale === 0;
}

async function main(): Promise<number> {
  const jobs = Number(values.jobs);
  if (values.rule !== undefined && !rules.some((rule) => rule === values.rule)) {
    console.error(`No such rule: ${values.rule}. There are: ${rules.join(', ')}.`);
    return 2;
  }
  if (!Number.isInteger(jobs) || jobs < 1) {
    console.error('--jobs takes a number from 1.');
    return 2;
  }
  const only = new RegExp(values.only);
  const domain = new Domain();
  const files = domain.files.filter((file) => only.test(file));
  const made = files.flatMap((file) => mutantsOf(file, domain.text(file)));
  const chosen = made.filter(({ rule }) => values.rule === undefined || rule === values.rule);
  if (values.list || chosen.length === 0) {
    for (const mutant of chosen) console.log(shown(mutant));
    console.log(`${chosen.length} mutants`);
    return chosen.length === 0 ? 2 : 0;
  }

  const started = performance.now();
  let count = 0;
  const seen = (): void => {
    count += 1;
    if (count % saidEvery === 0) console.error(`${count} of ${chosen.length}`);
  };
  const outcomes = await runMutants(domain, chosen, { jobs, seen });
  const unknown = unknownOf(
    made,
    survivors.filter(({ file }) => only.test(file)),
  );
  const isClean = report(outcomes, unknown);
  console.log(`${((performance.now() - started) / 1_000).toFixed(1)} s`);
  return isClean ? 0 : 1;
}

process.exitCode = await main();

/**
 * `npm run mutants [-- --only PATTERN --rule NAME --list --jobs N]`: changes the domain by rule,
 * one small change at a time, and runs its tests against each. A change that no test notices is
 * either a test that is missing, or stands in `mutants/survivors.ts` with its reason; anything
 * else, and anything there that is not so any more, fails the run.
 */

import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { Domain } from './mutants/files.ts';
import { nameOf, rules, type Mutant } from './mutants/mutant.ts';
import { mutantsOf } from './mutants/rules.ts';
import { runMutants, type Outcome } from './mutants/run.ts';
import { survivors, type Survivor } from './mutants/survivors.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    rule: { type: 'string' },
    list: { type: 'boolean', default: false },
    jobs: { type: 'string', default: '2' },
  },
});

const at = (mutant: Mutant): string => `${mutant.file}:${mutant.line} (${mutant.rule})`;
const shown = (mutant: Mutant): string =>
  `${at(mutant)} in ${mutant.inside}\n  - ${mutant.before}\n  + ${mutant.after}`;

function table(title: string, outcomes: readonly Outcome[], by: (mutant: Mutant) => string): void {
  console.log(`\n${title.padEnd(28)} mutants  killed  timed out  survived`);
  const groups = Map.groupBy(outcomes, ({ mutant }) => by(mutant));
  for (const [name, group] of [...groups].toSorted(([left], [right]) => (left < right ? -1 : 1))) {
    const count = (...fates: readonly Outcome['fate'][]): string =>
      String(group.filter(({ fate }) => fates.includes(fate)).length);
    const columns = [
      String(group.length).padStart(7),
      count('killed').padStart(8),
      count('timed-out').padStart(11),
      count('survived', 'unseen').padStart(10),
    ];
    console.log(name.padEnd(28), columns.join(''));
  }
}

function report(outcomes: readonly Outcome[], listed: readonly Survivor[]): boolean {
  const alive = outcomes.filter(({ fate }) => fate === 'survived' || fate === 'unseen');
  const reasons = new Map(listed.map((one) => [nameOf(one), one.reason]));
  const names = new Set(alive.map(({ mutant }) => nameOf(mutant)));
  const unlisted = alive.filter(({ mutant }) => !reasons.has(nameOf(mutant)));
  const stale = listed.filter((one) => !names.has(nameOf(one)));

  for (const { mutant, fate } of outcomes) {
    if (fate === 'timed-out') console.log(`\ntimed out: ${shown(mutant)}`);
  }
  for (const { mutant } of alive) {
    const reason = reasons.get(nameOf(mutant));
    if (reason !== undefined) console.log(`\nlisted: ${shown(mutant)}\n  because ${reason}`);
  }
  for (const { mutant } of unlisted) console.log(`\nSURVIVED: ${shown(mutant)}`);
  for (const { file, inside, before, after } of stale) {
    console.log(`\nLISTED, BUT NO SURVIVOR: ${file} in ${inside}\n  - ${before}\n  + ${after}`);
  }
  table('folder', outcomes, ({ file }) => dirname(file));
  table('rule', outcomes, ({ rule }) => rule);
  table('all', outcomes, () => 'all');
  console.log(`\nsurvived and not listed: ${unlisted.length}; listed wrongly: ${stale.length}`);
  return unlisted.length + stale.length === 0;
}

async function main(): Promise<number> {
  const only = new RegExp(values.only ?? '');
  if (values.rule !== undefined && !rules.some((rule) => rule === values.rule)) {
    console.error(`No such rule: ${values.rule}. There are: ${rules.join(', ')}.`);
    return 2;
  }
  const domain = new Domain();
  const files = domain.files.filter((file) => only.test(file));
  const made = files.flatMap((file) => mutantsOf(file, domain.text(file)));
  const chosen = made.filter(({ rule }) => values.rule === undefined || rule === values.rule);
  if (chosen.length === 0) {
    console.error('No mutant is chosen.');
    return 2;
  }
  if (values.list) {
    for (const mutant of chosen) console.log(shown(mutant));
    console.log(`${chosen.length} mutants`);
    return 0;
  }
  const started = performance.now();
  let count = 0;
  const outcomes = await runMutants(domain, chosen, {
    jobs: Number(values.jobs),
    seen: () => {
      count += 1;
      if (count % 100 === 0) console.error(`${count} of ${chosen.length}`);
    },
  });
  const known = new Set(made.map(nameOf));
  const chosenNames = new Set(chosen.map(nameOf));
  // Of what was left out nothing is known, but what does not exist at all is always wrong.
  const listed = survivors.filter(
    (one) => chosenNames.has(nameOf(one)) || (only.test(one.file) && !known.has(nameOf(one))),
  );
  const isClean = report(outcomes, listed);
  console.log(`${((performance.now() - started) / 1_000).toFixed(1)} s`);
  return isClean ? 0 : 1;
}

process.exitCode = await main();

/**
 * `npm run fuzz -- [--only NAME] [--minutes N] [--seed N] [--fast] [--corpus]`: changed inputs for every parser that
 * reads bytes from outside. An input that reaches code which none before it reached is kept, and
 * changed further. One that breaks a promise is written to `build/fuzz/`, with the command that
 * tries it again (`--input FILE`); it becomes a test before the code is mended. `--fast` counts no
 * blocks: many more inputs, none of them kept. `--corpus` puts what was kept among the inputs from which
 * every run begins (`test/fixtures/fuzz`).
 */

import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Target } from './fuzz/target.ts';
import { Coverage } from './fuzz/coverage.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string' },
    input: { type: 'string' },
    corpus: { type: 'boolean', default: false },
    fast: { type: 'boolean', default: false },
  },
});
const root = new URL('..', import.meta.url);
const folder = new URL('build/fuzz/', root).pathname;
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const coverage = new Coverage(new URL('src/', root).href);
if (!values.fast) await coverage.begin();
// Loaded now, so that its blocks are counted.
const { allTargets } = await import('./fuzz/targets.ts');
const { corpusOf, extendCorpus } = await import('./fuzz/corpus.ts');
const { fuzz, tried } = await import('./fuzz/run.ts');

const all = await allTargets();
const chosen = all.filter(({ name }) => values.only === undefined || name === values.only);
if (chosen.length === 0)
  say(`no such target; there are: ${all.map(({ name }) => name).join(', ')}`);
mkdirSync(folder, { recursive: true });
let finds = 0;
/** The same targets with other keys. */
const others: Target[] = [];
for (const target of chosen) {
  if (values.input !== undefined) {
    const error = await tried(target, readFileSync(values.input));
    say(
      `${target.name}: ${error === null ? 'every promise was kept' : (error.stack ?? error.message)}`,
    );
    finds += error === null ? 0 : 1;
    continue;
  }
  const keptFolder = join(folder, 'kept', target.name);
  mkdirSync(keptFolder, { recursive: true });
  const trying = join(folder, `${target.name}.trying`);
  const kept = readdirSync(keptFolder).map((name) => readFileSync(join(keptFolder, name)));
  let count = kept.length;
  const begun = [...kept, ...corpusOf(target.name).map(({ input }) => input)];
  const { inputs, find } = await fuzz(target, {
    seed,
    milliseconds: (Number(values.minutes) * 60_000) / chosen.length,
    kept: begun,
    trying: (input) => writeFileSync(trying, input),
    ...(values.fast ? {} : { reached: () => coverage.reached() }),
    keep: (input) => writeFileSync(join(keptFolder, String((count += 1))), input),
  });
  say(`${target.name}: ${inputs} inputs, ${count} kept`);
  if (values.corpus) await addToCorpus(target, keptFolder);
  if (find === null) continue;
  finds += 1;
  const file = join(folder, `${target.name}.found`);
  writeFileSync(file, find.input);
  say(`  ${find.error.stack ?? find.error.message}`);
  say(`  npm run fuzz -- --only ${target.name} --input ${file}`);
}

async function addToCorpus(target: Target, from: string): Promise<void> {
  const inputs = readdirSync(from).map((name) => readFileSync(join(from, name)));
  if (others.length === 0) others.push(...(await allTargets()));
  const again = others.find(({ name }) => name === target.name) ?? target;
  const added = await extendCorpus(target, again, [...target.samples, ...inputs]);
  say(`  ${added} new in test/fixtures/fuzz/${target.name}`);
}

for (const target of [...all, ...others]) await target.close?.();
say(`seed ${seed}, ${finds} of ${chosen.length} broke a promise`);
process.exit(finds === 0 ? 0 : 1);

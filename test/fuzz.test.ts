/**
 * A short share of `npm run fuzz` in every run of the tests: each parser that reads bytes from
 * outside gets its samples and then changed ones, from a seed that is another one each time. A
 * failure names the seed, and the input as a literal to begin a test with.
 */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { answerOf, corpusOf } from '../scripts/fuzz/corpus.ts';
import { fuzz, type FuzzRun } from '../scripts/fuzz/run.ts';
import type { Target } from '../scripts/fuzz/target.ts';
import { allTargets } from '../scripts/fuzz/targets.ts';

const millisecondsEach = 250;
const shownBytesMax = 2_000;
const seed = Date.now() % 2 ** 31;

const targets = await allTargets();
after(async () => {
  for (const target of targets) await target.close?.();
});

for (const target of targets) {
  test(`bytes from outside: ${target.name}`, async () => {
    const kept = corpusOf(target.name).map(({ input }) => input);
    const { find } = await fuzz(target, { seed, milliseconds: millisecondsEach, kept });
    if (find === null) return;
    const shown = Buffer.from(find.input.subarray(0, shownBytesMax)).toString('base64');
    const said = `seed ${seed}, ${find.input.length} bytes, in base64: ${shown}`;
    throw new Error(`${find.error.message}\n${said}`, { cause: find.error });
  });
}

test('each input that was kept still gives the answer that stands in its name', async () => {
  let count = 0;
  for (const target of targets) {
    for (const { name, answer, input } of corpusOf(target.name)) {
      assert.equal(await answerOf(target, input), answer, name);
      count += 1;
    }
  }
  assert.ok(count > 100, `${count} inputs`);
});

function planted(check: (text: string) => Promise<void> | void): Promise<FuzzRun> {
  const target: Target = {
    name: 'planted',
    form: 'text',
    samples: [Buffer.from('one=1\ntwo=2\n')],
    millisecondsMax: 100,
    check: (input) => check(Buffer.from(input).toString('utf8')),
  };
  return fuzz(target, { seed: 1, milliseconds: 5_000 });
}

test('a throw that is planted is found, from a sample that shows nothing of it', async () => {
  const { find } = await planted((text) => {
    if (text.includes('__proto__')) throw new TypeError('planted');
  });
  assert.equal(find?.error.message, 'planted');
});

test('a loop that is planted is found by the time that it takes', async () => {
  const { find } = await planted((text) => {
    const { user } = process.threadCpuUsage();
    const isLong = text.length > 1_000;
    while (isLong && process.threadCpuUsage().user - user < 150_000);
  });
  assert.match(find?.error.message ?? '', /^\d+ ms for \d+ bytes$/);
});

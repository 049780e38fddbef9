/**
 * A short share of `npm run fuzz` in every run of the tests: each parser that reads bytes from
 * outside gets its samples and then changed ones, from a seed that is another one each time. A
 * failure names the seed, and the input as a literal to begin a test with.
 */

import { test } from 'node:test';
import { fuzz } from '../scripts/fuzz/run.ts';
import { allTargets } from '../scripts/fuzz/targets.ts';

const millisecondsEach = 400;
const shownBytesMax = 2_000;
const seed = Date.now() % 2 ** 31;

for (const target of await allTargets()) {
  test(`bytes from outside: ${target.name}`, async () => {
    const { find } = await fuzz(target, { seed, milliseconds: millisecondsEach });
    await target.close?.();
    if (find === null) return;
    const shown = Buffer.from(find.input.subarray(0, shownBytesMax)).toString('base64');
    const said = `seed ${seed}, ${find.input.length} bytes, in base64: ${shown}`;
    throw new Error(`${find.error.message}\n${said}`, { cause: find.error });
  });
}

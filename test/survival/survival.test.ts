/**
 * A few of the trials of `npm run test:survival`, others each time: a kill, a disk that refuses, a
 * power cut, while a normal server installs, goes back, or upgrades itself. What it is started from
 * afterwards ends at the old or the new version, healthy and reported right.
 */

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { scenarios } from './scenarios.testing.ts';
import { prepare } from './survivor.testing.ts';
import { kinds, record, trialsOf, type Kind } from './trials.testing.ts';

const trialsOfKind: Readonly<Record<Kind, number>> = { kill: 2, disk: 1, power: 2 };

/** Different ones, by chance. */
function some<Value>(values: readonly Value[], count: number): readonly Value[] {
  const left = [...values];
  return Array.from({ length: Math.min(count, left.length) }, () =>
    left.splice(Math.floor(Math.random() * left.length), 1),
  ).flat();
}

const byKind = (pattern: RegExp) => scenarios.filter(({ name }) => pattern.test(name));
const chosen = [/tree/, /content/, /itself/].flatMap((pattern) => some(byKind(pattern), 1));

suite('a normal server that is cut short', { concurrency: 3 }, () => {
  for (const scenario of chosen) {
    test(`in the ${scenario.name} ends at the old or the new version`, async (t) => {
      const prepared = await prepare(t, scenario);
      const recording = await record(t, prepared);
      for (const kind of kinds) {
        const { trials, count } = trialsOf(kind, prepared, recording);
        assert(trials.length > 20, `the seam sees little: ${count}`);
        for (const trial of some(trials, trialsOfKind[kind])) {
          await t.test(`${kind}: ${trial.name}`, async (inner) => {
            await trial.run(inner);
          });
        }
      }
    });
  }
});

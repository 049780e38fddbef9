/**
 * A few of the trials of `npm run test:survival`, others each time: a kill, a disk that refuses, a
 * power cut, while a normal server installs, goes back, or upgrades itself, its launcher is renewed, or
 * an installer upgrades it. What it is started from afterwards ends at the old or the new version,
 * healthy and reported right.
 */

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { installers } from './installers.testing.ts';
import { renewals } from './renewals.testing.ts';
import { scenarios } from './scenarios.testing.ts';
import { kinds, subjectOf, type Kind } from './trials.testing.ts';

const trialsOfKind: Readonly<Record<Kind, number>> = { kill: 2, disk: 1, power: 2 };

/** Different ones, by chance. */
function some<Value>(values: readonly Value[], count: number): readonly Value[] {
  const left = [...values];
  return Array.from({ length: Math.min(count, left.length) }, () =>
    left.splice(Math.floor(Math.random() * left.length), 1),
  ).flat();
}

const subjects = [...scenarios.map(subjectOf), ...renewals, ...installers];
const byKind = (pattern: RegExp) => subjects.filter(({ name }) => pattern.test(name));
const chosen = [/tree|content/, /itself/, /launcher|installer/].flatMap((pattern) =>
  some(byKind(pattern), 1),
);

suite('a normal server that is cut short', { concurrency: 3 }, () => {
  for (const subject of chosen) {
    test(`in the ${subject.name} ends at the old or the new version`, async (t) => {
      const trialsOf = await subject.open(t);
      for (const kind of kinds) {
        const { trials, count } = trialsOf(kind);
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

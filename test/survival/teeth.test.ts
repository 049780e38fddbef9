/**
 * That the power cuts of `survival.test.ts` can fail: syncs are left out, and they must notice. Which
 * ones may be left out, and why, stands in docs/decisions/0020-disk-seam.md.
 */

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { longer } from '../longer.ts';
import { scenarios } from './scenarios.testing.ts';
import { prepare } from './survivor.testing.ts';
import { notices, record } from './trials.testing.ts';

/** By scenario: what is not synced, as it stands under the root. */
const left: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  'return of a tree program without health': { intents: /\/intent\.log$/ },
  'install of a tree program': {
    'the files of a tree': /\/tree(\.part[^/]*)?\/./,
    'the names in a tree': /\/tree(\.part[^/]*)?$/,
    'the release of a version': /\/release\.json/,
    'the names of a version': /\/versions\/[^/]*$/,
    'the versions of a program': /\/versions$/,
  },
};

suite('a normal server that does not sync', longer, () => {
  for (const [name, mutants] of Object.entries(left)) {
    test(`${Object.keys(mutants).join(', ')}: the power cuts notice it`, async (t) => {
      const scenario = scenarios.find((one) => one.name === name);
      assert(scenario !== undefined);
      const prepared = await prepare(t, scenario);
      const recording = await record(t, prepared);
      for (const [what, of] of Object.entries(mutants)) {
        const found = await notices(prepared, recording, {
          of,
          triesMax: 4,
          open: (act) => act(t),
        });
        assert(found.states > 4, what);
        assert.notEqual(found.by, null, `${what}: the power cuts have no teeth`);
      }
    });
  }
});

/** That the power cuts of `survival.test.ts` can fail: a sync is left out, and they must notice. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { longer } from '../longer.ts';
import { scenarios } from './scenarios.testing.ts';
import { prepare } from './survivor.testing.ts';
import { notices, record } from './trials.testing.ts';

test(
  'a normal server that does not sync its intents is noticed by the power cuts',
  longer,
  async (t) => {
    const scenario = scenarios.find(
      ({ name }) => name === 'return of a tree program without health',
    );
    assert(scenario !== undefined);
    const prepared = await prepare(t, scenario);
    const recording = await record(t, prepared);
    const of = /\/intent\.log$/;
    const found = await notices(prepared, recording, { of, triesMax: 4, open: (act) => act(t) });
    assert(found.states > 4);
    assert.notEqual(found.by, null, 'the power cuts have no teeth');
  },
);

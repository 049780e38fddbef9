/** Fleets that nobody has seen before, as many as fit into the time. A seed that fails is a bug. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run, type RunOptions } from '#simulation/run.ts';
import { commandOf, smallest } from '#simulation/smallest.ts';

const secondsBudget = 12;

test('fresh seeds', { timeout: 110_000 }, async (context) => {
  const until = performance.now() + secondsBudget * 1_000;
  const first = Math.floor(Math.random() * 2 ** 31);
  let runs = 0;
  let events = 0;
  while (performance.now() < until) {
    const seed = (first + runs) % 2 ** 31;
    const options: RunOptions = { seed, servers: null, events: null, faults: null, keep: null };
    const outcome = await run(options);
    runs += 1;
    events += outcome.events;
    const { violation } = outcome;
    if (violation === null) continue;
    const found = await smallest(options, violation.by);
    assert.fail(`${violation.by}: ${violation.what}\nAgain: ${commandOf(found.options)}`);
  }
  context.diagnostic(`seeds ${first} to ${first + runs - 1}: ${runs} runs, ${events} events`);
  assert.ok(runs > 0);
});

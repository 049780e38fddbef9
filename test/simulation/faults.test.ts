/** Faults that would hardly ever strike if they were drawn carelessly: seeds really see them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FaultEvent } from '#simulation/faults/fault.ts';
import type { Fleet } from '#simulation/fleet/fleet.ts';
import { run, type RunOptions } from '#simulation/run.ts';

const hourMs = 3_600_000;
const what = 'crashes an hour after its switch';

const optionsOf = (seed: number): RunOptions => ({
  seed,
  servers: 3,
  events: null,
  faults: ['servers'],
  keep: null,
});

/** Seeds that draw it; a run of no events draws all the same. */
async function drawn(count: number): Promise<readonly number[]> {
  const seeds: number[] = [];
  for (let seed = 1; seeds.length < count; seed++) {
    const { faultEvents } = await run({ ...optionsOf(seed), events: 1 });
    if (faultEvents.some((one) => one.what.endsWith(what))) seeds.push(seed);
  }
  return seeds;
}

/** Calls back for each daemon that ended an hour after it had started. */
function watchCrashes({ world }: Fleet, crashed: () => void): readonly FaultEvent[] {
  const started = new Map<string, number>();
  world.watch((seen, now) => {
    if (seen.type !== 'process-started' && seen.type !== 'process-ended') return;
    if (seen.process !== 'normal-server') return;
    if (seen.type === 'process-started') started.set(seen.machine, now);
    else if (Math.abs(now - (started.get(seen.machine) ?? 0) - hourMs) < 1_000) crashed();
  });
  return [];
}

test('a server that crashes an hour after its switch really does so in half of the runs or more that draw it', async () => {
  const seeds = await drawn(4);
  let seenBy = 0;
  for (const seed of seeds) {
    let crashes = 0;
    const script = (fleet: Fleet) => watchCrashes(fleet, () => (crashes += 1));
    await run({ ...optionsOf(seed), script });
    if (crashes > 0) seenBy += 1;
  }
  assert.ok(seenBy >= seeds.length / 2, `${seenBy} of ${seeds.length}`);
});

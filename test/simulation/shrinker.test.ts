/** A planted bug: the script finds it, cuts it down, and the command that it prints shows it again. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type Digest, type ServerId } from '#domain/names.ts';
import type { FaultEvent } from '#simulation/faults/fault.ts';
import type { Fleet } from '#simulation/fleet/fleet.ts';
import { run, type RunOptions } from '#simulation/run.ts';
import { commandOf, smallest } from '#simulation/smallest.ts';

const minuteMs = 60_000;

/** After nine minutes the fleet breaks, if two machines were without power by then. */
function bugAfterPowerCut(fleet: Fleet): readonly FaultEvent[] {
  let cuts = 0;
  fleet.world.watch((seen) => {
    if (seen.type === 'acted' && seen.on === 'power') cuts += 1;
  });
  const check: FaultEvent = {
    after: 9 * minuteMs,
    fault: 'planted',
    what: 'the planted bug is looked for',
    act({ world }) {
      if (cuts < 2) return;
      world.see({ type: 'error', process: 'planted', text: 'two machines lost their power' });
    },
  };
  return [check];
}

const options: RunOptions = {
  seed: 7,
  servers: 2,
  events: null,
  faults: null,
  keep: null,
  milliseconds: 10 * minuteMs,
  script: bugAfterPowerCut,
};

test('a bug that two faults wake is cut down to just these two, and its command shows it again', async () => {
  const faulty = { ...options, faults: ['links', 'power', 'freezes', 'kills'] };
  const outcome = await run(faulty);
  assert.equal(outcome.violation?.by, 'error');
  assert.ok(outcome.faultEvents.length > 4);
  const found = await smallest(faulty, 'error');
  assert.deepEqual(
    found.faults.map(([, { fault }]) => fault),
    ['power', 'power'],
  );
  const again = await run(found.options);
  assert.equal(again.violation?.what, 'planted: two machines lost their power');
  const { kept, events } = { kept: found.options.keep, events: found.options.events };
  const servers = found.options.servers;
  assert.equal(
    commandOf(found.options),
    `npm run simulate -- --seed 7 --servers ${servers} --faults links,power,freezes,kills --keep ${kept?.join(',')} --events ${events}`,
  );
});

/** With the first power cut a byte leaves an information server that never arrives. */
function byteLostAtPowerCut({ world }: Fleet): readonly FaultEvent[] {
  let isLost = false;
  world.watch((seen) => {
    if (seen.type !== 'acted' || seen.on !== 'power' || isLost) return;
    isLost = true;
    const server = brand<ServerId>('site-1-server-1');
    const digest = brand<Digest>('f'.repeat(64));
    world.see({ type: 'served', site: 'site-1', server, digest, bytes: 1 });
  });
  return [];
}

test('what only the end of a run shows is shown by the command that is printed', async () => {
  const losing = { ...options, faults: ['power', 'freezes'], script: byteLostAtPowerCut };
  const outcome = await run(losing);
  assert.equal(outcome.violation?.by, 'I23');
  assert.equal(outcome.violation.isOfEnd, true);
  const found = await smallest(losing, 'I23');
  assert.deepEqual(
    found.faults.map(([, { fault }]) => fault),
    ['power'],
  );
  assert.doesNotMatch(commandOf(found.options), /--events/);
  assert.equal((await run(found.options)).violation?.by, 'I23');
});

test('a run that ends before the bug does not show it', async () => {
  const outcome = await run({ ...options, faults: ['power'], events: 100 });
  assert.equal(outcome.end, 'events-used');
  assert.equal(outcome.violation, null);
});

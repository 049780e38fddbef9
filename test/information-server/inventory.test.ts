/** Asking every server what its computer is now: no more than is needed, and no longer. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { limits } from '#information-server/limits.ts';
import { Sessions } from '#information-server/fleet/sessions.ts';
import type { Site } from '#information-server/site.ts';

type Options = { readonly answers?: boolean };

function opened() {
  const clock = { now: 0 };
  let timeIsOver: () => void = () => undefined;
  const site = {
    log: pino({ enabled: false }),
    epoch: 1,
    clock: {
      now: () => clock.now,
      monotonic: () => clock.now,
      after(_milliseconds: number, act: () => void) {
        timeIsOver = act;
        return () => undefined;
      },
    },
  } as unknown as Site;
  const sessions = new Sessions(site, {
    hello: () => undefined,
    said: () => undefined,
    gone: () => undefined,
    cloned: () => undefined,
    hasRoom: () => true,
    against: () => null,
    turnedAway: () => undefined,
  });
  const server = (name: string, { answers = true }: Options = {}) => {
    const asked: unknown[] = [];
    let hear: (input: unknown) => void = () => undefined;
    sessions.accept({
      remote: 'test',
      peer: null,
      send: (message) => asked.push(message),
      onMessage: (act) => (hear = act),
      onClose: () => undefined,
      close: () => undefined,
    });
    hear({
      type: 'hello',
      protocol: 1,
      server: name,
      installId: `install-${name}`,
      machineId: name,
      platform: 'linux-x64',
      os: 'test',
      domain: 'web',
      memoryBytes: 1,
      diskBytesFree: 1,
      running: { digest: 'a'.repeat(64), version: '5.80', proof: [], pid: 1, startedAt: 1 },
      programs: [],
      contents: [],
      rebootRecommended: null,
      withInformationServer: false,
      fence: { epoch: 0, number: 0 },
      ...(answers && { answersInventory: true }),
    });
    const answer = () => hear({ type: 'inventory', diskBytesFree: 2, rebootRecommended: null });
    return { asked, answer };
  };
  const take = () => {
    let isDone = false;
    const done = sessions.takeInventory().then(() => (isDone = true));
    return { isDone: () => new Promise((resolve) => setImmediate(() => resolve(isDone))), done };
  };
  return { clock, server, take, timeOver: () => timeIsOver() };
}

test('all are asked, and the last answer ends the waiting', async () => {
  const { clock, server, take } = opened();
  const [first, second] = [server('a1'), server('a2')];
  clock.now += limits.inventoryFreshMs + 1;
  const { isDone } = take();
  assert.deepEqual([first.asked, second.asked], [[{ type: 'inventory-request' }], first.asked]);
  first.answer();
  assert.equal(await isDone(), false);
  second.answer();
  assert.equal(await isDone(), true);
});

test('who said it a moment ago is not asked again', async () => {
  const { clock, server, take } = opened();
  const one = server('a1');
  await take().done;
  assert.equal(one.asked.length, 0, 'its hello said it');
  clock.now += limits.inventoryFreshMs + 1;
  const taken = take();
  one.answer();
  await taken.done;
  clock.now += limits.inventoryFreshMs;
  await take().done;
  assert.equal(one.asked.length, 1);
});

test('a server of a version that would end the session at the question is not asked', async () => {
  const { clock, server, take } = opened();
  const one = server('a1', { answers: false });
  clock.now += limits.inventoryFreshMs + 1;
  await take().done;
  assert.equal(one.asked.length, 0);
});

test('one that does not answer keeps nobody waiting for longer than the limit', async () => {
  const { clock, server, take, timeOver } = opened();
  server('a1');
  clock.now += limits.inventoryFreshMs + 1;
  const { isDone, done } = take();
  assert.equal(await isDone(), false);
  timeOver();
  await done;
});

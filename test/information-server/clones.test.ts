import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { limits } from '#information-server/limits.ts';
import { Sessions, type CloneFound, type ServerLink } from '#information-server/fleet/sessions.ts';
import { brand, type ServerId } from '#domain/names.ts';
import type { Site } from '#information-server/site.ts';

type Heard = { readonly said: object[]; isOpen: boolean };

function opened() {
  const clock = { now: 0 };
  const log = pino({ enabled: false });
  const site = {
    log,
    epoch: 1,
    clock: { now: () => clock.now, monotonic: () => clock.now, after: () => () => undefined },
  } as unknown as Site;
  let greeted = 0;
  const cloned: CloneFound[] = [];
  const sessions = new Sessions(site, {
    hello: () => (greeted += 1),
    said: () => undefined,
    gone: () => undefined,
    cloned: (_server, found) => cloned.push(found),
    hasRoom: () => true,
    against: () => null,
    turnedAway: () => undefined,
  });
  const hello = (
    installId: string,
    epoch = 0,
    {
      machineId = 'machine',
      startedAt = 1,
      remote = 'test',
      turn,
    }: {
      machineId?: string;
      startedAt?: number;
      remote?: string;
      turn?: string | null;
    } = {},
  ): Heard => {
    const heard: Heard = { said: [], isOpen: true };
    let hear: (input: unknown) => void = () => undefined;
    const link: ServerLink = {
      remote,
      peer: null,
      send: (message) => heard.said.push(message),
      onMessage: (act) => (hear = act),
      onClose: () => undefined,
      close: () => (heard.isOpen = false),
    };
    sessions.accept(link);
    hear({
      type: 'hello',
      protocol: 1,
      server: 'a1',
      installId,
      machineId,
      platform: 'linux-x64',
      os: 'test',
      domain: 'web',
      memoryBytes: 1,
      diskBytesFree: 1,
      running: { digest: 'a'.repeat(64), version: '5.80', proof: [], pid: 1, startedAt },
      programs: [],
      contents: [],
      rebootRecommended: null,
      withInformationServer: false,
      fence: { epoch, number: 0 },
      turn,
    });
    return heard;
  };
  const turnNow = () => sessions.turnOf(brand<ServerId>('a1')) ?? null;
  return { clock, hello, cloned, turnNow, greetings: () => greeted };
}

test('two live installations of one identity are both put on hold', () => {
  const { hello, greetings } = opened();
  const first = hello('installation-1');
  const second = hello('installation-2');
  assert.deepEqual([first.isOpen, second.isOpen], [false, false]);
  assert.equal(greetings(), 1);
  assert.equal(hello('installation-1').isOpen, false);
});

test('when only one of the two was heard for a while, it is let in again', () => {
  const { clock, hello } = opened();
  hello('installation-1');
  hello('installation-2');
  clock.now += limits.cloneQuietMs / 2;
  assert.equal(hello('installation-2').isOpen, false);
  clock.now += limits.cloneQuietMs / 2;
  assert.equal(hello('installation-2').isOpen, true, 'the first was silent for long enough');
});

test('the copy of a whole disk on another machine is told apart by the machine', () => {
  const { clock, hello, greetings } = opened();
  const on = (machineId: string): boolean => hello('installation', 0, { machineId }).isOpen;
  assert.equal(on('machine-1'), true);
  for (let round = 0; round < 5; round += 1) {
    clock.now += limits.cloneQuietMs / 10;
    assert.equal(on('machine-2'), false);
    assert.equal(on('machine-1'), false);
  }
  assert.equal(greetings(), 1);
  clock.now += limits.cloneQuietMs;
  assert.equal(on('machine-1'), true);
});

test('the copy of a whole disk with the same machine id is told apart by its process', () => {
  const { clock, hello, cloned } = opened();
  const life = (startedAt: number): boolean =>
    hello('installation', 0, { startedAt, remote: `address-${startedAt}` }).isOpen;
  assert.deepEqual([life(1), life(2)], [true, true], 'that may be a daemon that was started anew');
  assert.equal(life(1), false, 'and this is none');
  assert.deepEqual(cloned, [{ cloneOf: 'disk', remotes: ['address-2', 'address-1'] }]);
  for (let round = 0; round < 5; round += 1) {
    clock.now += limits.cloneQuietMs / 10;
    assert.deepEqual([life(2), life(1)], [false, false]);
  }
  clock.now += limits.cloneQuietMs;
  assert.equal(life(1), true, 'the other is gone');
  assert.equal(life(3), true, 'and a start anew is nothing to notice');
  assert.equal(cloned.length, 1);
});

test('two machines that woke from one memory are told apart by their turns, and both held', () => {
  const { clock, hello, cloned, turnNow } = opened();
  const says = (turn: string | null, remote: string) => hello('installation', 0, { turn, remote });
  const isIn = (turn: string | null, remote: string): boolean => says(turn, remote).isOpen;
  assert.equal(isIn(null, 'first'), true);
  const shared = turnNow();
  assert.equal(isIn(shared, 'first'), true, 'a connection that was cut and came back');
  const kept = turnNow();
  // Here the image is taken, and the second machine wakes from it.
  assert.equal(isIn(kept, 'second'), true);
  const ofSecond = turnNow();
  assert.equal(isIn(kept, 'first'), true, 'as if that welcome had been lost');
  const ofFirst = turnNow();
  assert.equal(isIn(ofSecond, 'second'), false, 'and it was not');
  assert.deepEqual(cloned, [{ cloneOf: 'memory', remotes: ['first', 'second'] }]);
  for (let round = 0; round < 5; round += 1) {
    clock.now += limits.cloneQuietMs / 10;
    assert.deepEqual([isIn(ofFirst, 'first'), isIn(ofSecond, 'second')], [false, false]);
  }
  clock.now += limits.cloneQuietMs;
  assert.equal(isIn(ofFirst, 'first'), true, 'the other one is gone');
  assert.equal(isIn(ofSecond, 'second'), false, 'and comes back');
  assert.equal(cloned.length, 2);
});

test('a server that loses each welcome, or knows no turns, is no clone of itself', () => {
  const { hello, cloned } = opened();
  for (let round = 0; round < 5; round += 1) {
    assert.equal(hello('installation', 0, { turn: null }).isOpen, true);
  }
  for (let round = 0; round < 5; round += 1) assert.equal(hello('installation').isOpen, true);
  assert.deepEqual(cloned, []);
});

test('a server that starts again and again is no clone of itself', () => {
  const { hello, cloned } = opened();
  for (let startedAt = 1; startedAt < 50; startedAt += 1) {
    assert.equal(hello('installation', 0, { startedAt }).isOpen, true);
    assert.equal(hello('installation', 0, { startedAt }).isOpen, true);
  }
  assert.deepEqual(cloned, []);
});

test('as long as both are heard neither is let in', () => {
  const { clock, hello } = opened();
  hello('installation-1');
  hello('installation-2');
  for (let round = 0; round < 5; round += 1) {
    clock.now += limits.cloneQuietMs / 2;
    assert.equal(hello('installation-1').isOpen, false);
    assert.equal(hello('installation-2').isOpen, false);
  }
});

test('a server that claims an epoch far ahead ends its own session and raises nothing', () => {
  const { hello, greetings } = opened();
  assert.equal(hello('installation-1', Number.MAX_SAFE_INTEGER).isOpen, false);
  assert.equal(hello('installation-1', limits.epochsAheadMax + 2).isOpen, false);
  assert.equal(greetings(), 0);
  assert.equal(hello('installation-1', 5).isOpen, true);
});

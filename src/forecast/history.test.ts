import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brand, type Cause, type Digest, type LeaseId, type ServerId } from '#domain/names.ts';
import type { HeadEvent, ServerEvent } from '#domain/upgrade/event.ts';
import { targetDigest } from '#domain/upgrade/upgrade.testing.ts';
import type { PastInput, PastUpgrade } from '#ports/forecast.ts';
import { requestOf, startsAt } from './forecast.testing.ts';
import { defaultHabits, mergeHabits } from './habits.ts';
import { habitsOf } from './history.ts';

const old = brand<Digest>('a'.repeat(64));
const lease = brand<LeaseId>('lease');

/** Seconds after the start. */
function head(at: number, event: HeadEvent): PastInput {
  return { at: startsAt + at * 1_000, server: null, event };
}

function said(at: number, server: string, event: ServerEvent): PastInput {
  return { at: startsAt + at * 1_000, server: brand<ServerId>(server), event };
}

function opened(at: number, server: string, present = true, retry = false): PastInput {
  const running = present ? old : null;
  return said(at, server, { type: 'opened', present, running, retry });
}

/** From its opening to its end, as journalled: 20 s staging, 3 s preparing, 30 s, 10 s. */
function whole(server: string, from = 0): PastInput[] {
  return [
    opened(from, server),
    said(from + 20, server, { type: 'staged' }),
    said(from + 40, server, { type: 'lease-requested', digest: targetDigest, lease }),
    said(from + 43, server, { type: 'lease-confirmed', lease }),
    said(from + 73, server, { type: 'seen', running: targetDigest, against: null }),
    said(from + 83, server, { type: 'installed' }),
  ];
}

function past(inputs: readonly PastInput[], change: Partial<PastUpgrade> = {}): PastUpgrade {
  const { plan } = requestOf();
  return { plan, startedAt: startsAt, inputs, bytes: [], ...change };
}

const samples = (...seconds: number[]) => ({ from: 'samples', samples: seconds });
const few = ['a', 'b', 'c'].flatMap((name, place) => whole(name, place));

describe('habits from history', () => {
  test('the steps of servers, each as long as it took', () => {
    const { begin, unpack, prepare, switch: switching, prove } = habitsOf([past(few)]);
    assert.deepEqual(prepare, samples(3, 3, 3));
    assert.deepEqual(switching, samples(30, 30, 30));
    assert.deepEqual(prove, samples(10, 10, 10));
    assert.deepEqual(unpack, samples(20, 20, 20), 'no link is known');
    assert.deepEqual(begin, samples(0), 'it is counted with the unpacking');
  });

  test('unpacking is what the transfers over the stated link do not explain', () => {
    const opens = ['a', 'b', 'c'].map((name) => opened(0, name));
    const ends = ['a', 'b', 'c'].map((name) => said(35, name, { type: 'staged' }));
    const { plan } = requestOf({ plan: { linkBitsPerSecond: 8_000_000 } });
    const bytes = ['a', 'b', 'c'].map((name) => ({
      server: brand<ServerId>(name),
      archive: 10_000_000,
      received: 10_500_000,
    }));
    // What was broken off says nothing about what a whole transfer adds.
    bytes.push({ server: brand<ServerId>('d'), archive: 10_000_000, received: 1_000_000 });
    const { unpack, bytesOverhead } = habitsOf([past([...opens, ...ends], { plan, bytes })]);
    // 30 MB over 1 MB/s.
    assert.deepEqual(unpack, samples(5, 5, 5));
    assert.deepEqual(bytesOverhead, { from: 'history', value: 1.05 });
  });

  test('what is asked across the link before a lease counts as preparing it', () => {
    const inputs = [
      head(38, { type: 'checked', drifts: 0, lockedAt: startsAt }),
      ...['a', 'b', 'c'].flatMap((name) => whole(name)),
    ];
    assert.deepEqual(habitsOf([past(inputs)]).prepare, samples(2 + 3, 2 + 3, 2 + 3));
  });

  test('one time says nothing, and the default stands', () => {
    const seen = habitsOf([past(whole('a'))]);
    assert.equal(seen.switch, undefined);
    assert.deepEqual(mergeHabits(seen).switch, defaultHabits.switch);
  });

  test('what an upgrade does once is told by one', () => {
    const { informationServer, agent, catalogueCheck } = habitsOf([
      past([
        head(0, { type: 'started' }),
        head(60, { type: 'self-staged' }),
        head(200, { type: 'self-committed' }),
        head(205, { type: 'self-committed' }),
        head(210, { type: 'baseline-laid' }),
        head(250, { type: 'agent-ready' }),
        head(300, { type: 'tick' }),
        head(300, { type: 'hold-placed' }),
        head(304, { type: 'checked', drifts: 1, lockedAt: startsAt }),
        head(320, { type: 'restored', lockedAt: startsAt }),
        head(326, { type: 'checked', drifts: 0, lockedAt: startsAt }),
      ]),
    ]);
    assert.deepEqual(informationServer, samples(200));
    assert.deepEqual(agent, samples(40));
    assert.deepEqual(catalogueCheck, samples(4, 6));
  });

  test('an own upgrade that a person resumed is no measure', () => {
    const inputs = [
      head(60, { type: 'self-staged' }),
      head(90, { type: 'self-returned', cause: 'health' }),
      head(5_000, { type: 'resumed', who: 'mori' }),
      head(5_100, { type: 'self-committed' }),
    ];
    assert.equal(habitsOf([past(inputs)]).informationServer, undefined);
  });

  test('nor is an agent that was tried again', () => {
    const inputs = [
      head(10, { type: 'baseline-laid' }),
      head(90, { type: 'agent-returned', cause: 'health' }),
      head(95, { type: 'resumed', who: 'mori' }),
      head(100, { type: 'agent-ready' }),
    ];
    assert.equal(habitsOf([past(inputs)]).agent, undefined);
  });

  test('decisions are timed from the tick that made the upgrade wait', () => {
    const inputs = [100, 200, 300].flatMap((at) => [
      head(at, { type: 'tick' }),
      head(at + 50, { type: 'resumed', who: 'mori' }),
    ]);
    const early = [
      head(400, { type: 'baseline-laid' }),
      head(401, { type: 'resumed', who: 'mori' }),
    ];
    assert.deepEqual(habitsOf([past([...inputs, ...early])]).decision, samples(50, 50, 50));
  });

  test('who was absent and when he came back', () => {
    const inputs = ['a', 'b', 'c'].flatMap((name) => [
      opened(0, name, false),
      said(3_600, name, { type: 'seen', running: old, against: null }),
      said(3_650, name, { type: 'staged' }),
    ]);
    const { returns, unpack, absent } = habitsOf([past(inputs)]);
    assert.deepEqual(returns, samples(3_600, 3_600, 3_600));
    assert.deepEqual(unpack, samples(50, 50, 50));
    assert.equal(absent, undefined, 'three servers are too few for a share');
  });

  test('shares need fifty servers, and count each end', () => {
    const inputs = Array.from({ length: 100 }, (_, place): PastInput[] => {
      const name = `s${place}`;
      if (place < 5) return [opened(0, name, false)];
      if (place < 7) return [...whole(name).slice(0, 4), said(900, name, deadlineOver)];
      if (place < 10) return [...whole(name).slice(0, 4), said(90, name, returned('health'))];
      return whole(name);
    }).flat();
    const { absent, vanishes, fails } = habitsOf([past(inputs)]);
    assert.deepEqual(absent, { from: 'history', value: 0.05 });
    assert.deepEqual(vanishes, { from: 'history', value: 2 / 95 });
    assert.deepEqual(fails?.health, { from: 'history', value: 3 / 95 });
    assert.deepEqual(fails?.timeout, { from: 'history', value: 0 });
  });

  test('fifty are enough', () => {
    const inputs = Array.from({ length: 50 }, (_, place) => whole(`s${place}`)).flat();
    const { absent, vanishes } = habitsOf([past(inputs)]);
    assert.deepEqual([absent?.value, vanishes?.value], [0, 0]);
    const fewer = habitsOf([past(inputs.slice(6))]);
    assert.deepEqual([fewer.absent, fewer.vanishes], [undefined, undefined]);
  });

  test('a lease that lapsed unused is no server lost, and a retry no new server', () => {
    const inputs = Array.from({ length: 60 }, (_, place): PastInput[] => {
      const name = `s${place}`;
      return [
        opened(0, name),
        said(5, name, { type: 'lease-requested', digest: targetDigest, lease }),
        said(900, name, deadlineOver),
        opened(1_000, name, true, true),
        ...whole(name, 1_000).slice(1),
      ];
    }).flat();
    const { vanishes, absent, prepare, unpack } = habitsOf([past(inputs)]);
    assert.equal(unpack, undefined, 'what a retry stages was there already');
    assert.deepEqual(vanishes, { from: 'history', value: 0 });
    assert.deepEqual(absent, { from: 'history', value: 0 });
    assert.equal(prepare?.from === 'samples' && prepare.samples.length, 60);
  });

  test('a clock that was set back measures nothing', () => {
    const inputs = few.map((input) =>
      input.event.type === 'installed' ? { ...input, at: input.at - 3_600_000 } : input,
    );
    const { prove, switch: switching } = habitsOf([past(inputs)]);
    assert.equal(prove, undefined);
    assert.notEqual(switching, undefined);
  });

  test('a program without a daemon of its own switches until it reports', () => {
    const inputs = ['a', 'b', 'c'].flatMap((name) =>
      whole(name).filter(({ event }) => event.type !== 'seen'),
    );
    const { switch: switching, prove } = habitsOf([past(inputs)]);
    assert.deepEqual(switching, samples(40, 40, 40));
    assert.deepEqual(prove, samples(0, 0, 0));
  });

  test('many samples are thinned, and keep their middle and their ends', () => {
    const inputs = Array.from({ length: 1_001 }, (_, place) => [
      said(0, `s${place}`, { type: 'lease-requested', digest: targetDigest, lease }),
      said(place, `s${place}`, { type: 'lease-confirmed', lease }),
    ]).flat();
    const { prepare } = habitsOf([past(inputs)]);
    assert.ok(prepare?.from === 'samples');
    assert.equal(prepare.samples.length, 200);
    assert.deepEqual(
      [prepare.samples[0], prepare.samples[100], prepare.samples[199]],
      [2, 503, 998],
    );
  });
});

const deadlineOver: ServerEvent = { type: 'deadline', connected: false };
function returned(cause: Cause): ServerEvent {
  return { type: 'returned', cause, detail: '' };
}

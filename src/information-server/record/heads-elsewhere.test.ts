import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { pino } from 'pino';
import type { ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import type { RecordEntry } from '#domain/record/line.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Rows } from '#ports/journal.ts';
import type { EnrolledServer } from '#domain/trust/enrolment.ts';
import { serverId } from '#protocol/shared/primitives.ts';
import { revocationsSchema, type Revocations } from '#protocol/shared/revocations.ts';
import { keptHeads, keptRevocations } from './heads-elsewhere.ts';
import { limits } from '../limits.ts';
import type { Change } from '../loop.ts';
import type { Site } from '../site.ts';

/** A place that answers as it is told to, and a record of which only the number counts. */
function open() {
  const world = {
    now: 1_000_000,
    number: 5,
    kept: [] as number[],
    said: [] as string[],
    answer: async (): Promise<Result<null>> => ok(null),
  };
  const log = {
    recordHead: async () => ({ number: world.number, hash: 'a'.repeat(64) }),
    appendRecord: async ({ kind, detail }: RecordEntry) => {
      world.number += 1;
      const { because } = detail;
      world.said.push(typeof because === 'string' ? `${kind} ${because}` : kind);
    },
  };
  const rows = { log } as unknown as Rows;
  const site = {
    name: 'tokyo' as ServerId,
    epoch: 7,
    isEnded: false,
    journal: { rows },
    log: pino({ enabled: false }),
    clock: { now: () => world.now, monotonic: () => world.now },
  } as unknown as Site;
  const loop = { submit: async (change: Change) => void (await change(rows)) };
  const heads = keptHeads(site, loop, {
    name: '/elsewhere',
    async keep({ number }) {
      const kept = await world.answer();
      if (kept.ok) world.kept.push(number);
      return kept;
    },
  });
  const look = async (): Promise<void> => {
    await heads.look();
    for (let turn = 0; turn < 5; turn++) await setImmediate();
  };
  return { world, look };
}

const full = async (): Promise<Result<null>> =>
  refuse(problem('DISK_FULL', { path: '/elsewhere' }));

test('the head is kept at the start, after so many lines, and after some minutes with any', async () => {
  const { world, look } = open();
  await look();
  world.number += limits.headsElsewhereLines - 1;
  await look();
  assert.deepEqual(world.kept, [5], 'not yet');
  world.number += 1;
  await look();
  world.number += 1;
  world.now += limits.headsElsewhereMs - 1;
  await look();
  assert.deepEqual(world.kept, [5, 105], 'not yet');
  world.now += 1;
  await look();
  world.now += limits.headsElsewhereMs;
  await look();
  assert.deepEqual(world.kept, [5, 105, 106], 'and nothing twice');
});

test('a place that is full is said once, tried again at leisure, and said when it is good again', async () => {
  const { world, look } = open();
  world.answer = full;
  for (let minutes = 0; minutes < 20; minutes++) {
    await look();
    world.now += 60_000;
    world.number += limits.headsElsewhereLines;
  }
  assert.deepEqual(world.said, ['heads-not-kept DISK_FULL']);
  world.answer = async () => ok(null);
  world.now += limits.headsElsewhereMs;
  await look();
  assert.deepEqual(world.said, ['heads-not-kept DISK_FULL', 'heads-kept-again']);
  assert.equal(world.kept.length, 1);
});

test('a place that does not answer is said, is not asked again meanwhile, and blocks nothing', async () => {
  const { world, look } = open();
  let asked = 0;
  let wake: (result: Result<null>) => void = () => undefined;
  world.answer = () => {
    asked += 1;
    return new Promise((done) => (wake = done));
  };
  for (let minutes = 0; minutes < 20; minutes++) {
    await look();
    world.now += 60_000;
  }
  assert.deepEqual([asked, world.said], [1, ['heads-not-kept FILE_UNREADABLE']]);
  wake(ok(null));
  await look();
  assert.deepEqual(world.said, ['heads-not-kept FILE_UNREADABLE', 'heads-kept-again']);
});

test('the list of revocations is kept anew every minute, whole, though nothing changed', async () => {
  const kept: Revocations[] = [];
  let now = 1_000_000;
  const server = serverId.parse('files-01');
  const standing: EnrolledServer = {
    server,
    state: 'revoked',
    since: 1,
    token: null,
    keyDigest: null,
    installId: 'install-1',
    machineId: 'm',
    remote: '::1',
    until: null,
    approvedBy: null,
    refusedBefore: 1,
  };
  const person = { name: 'sato', role: 'viewer', scope: 'whole', password: '$argon2id', at: 1 };
  const rows = {
    log: { recordHead: async () => ({ number: 5, hash: 'a'.repeat(64) }) },
    people: { people: async () => [person] },
  };
  const site = {
    name: 'tokyo',
    journal: { rows },
    log: pino({ enabled: false }),
    clock: { now: () => now, monotonic: () => now },
  } as unknown as Site;
  const loop = { submit: async () => assert.fail('nothing is wrong') };
  const refused = { all: () => [{ standing, certificates: [] }] };
  const keeper = keptRevocations(
    { site, loop, refused },
    {
      name: '/elsewhere',
      async keep(list) {
        kept.push(list);
        return ok(null);
      },
    },
  );
  for (let second = 0; second < 121; second += 10) {
    await keeper.look();
    await setImmediate();
    now += 10_000;
  }
  assert.deepEqual(
    kept.map(({ at }) => at),
    [1_000_000, 1_060_000, 1_120_000],
  );
  const [first] = kept;
  assert.deepEqual(revocationsSchema.parse(JSON.parse(JSON.stringify(first))), first);
  assert.deepEqual(first?.people, [{ name: 'sato', role: 'viewer', scope: 'whole' }]);
  assert.equal(first?.servers[0]?.standing.state, 'revoked');
});

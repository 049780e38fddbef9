/** Inboxes, real and simulated, over one suite. */

import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { openInbox } from '#adapters/share/inbox-disk.ts';
import type { Digest } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';
import type { FeedFile } from '#simulation/adapters/feed-folder.ts';
import { InboxFolder } from '#simulation/adapters/inbox-folder.ts';
import { openInboxSimulated } from '#simulation/adapters/inbox-simulated.ts';
import { digestOf } from '#simulation/fleet/releases.ts';
import { Chance } from '#simulation/world/chance.ts';
import { Machine } from '#simulation/world/machine.ts';
import { Path } from '#simulation/world/network.ts';
import { Schedule } from '#simulation/world/schedule.ts';
import { SharedLink } from '#simulation/world/shared-link.ts';
import { inboxContract, type InboxFixture } from './inbox.ts';
import { settledOn } from './simulated.ts';

const folders: string[] = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** Long answers are given in halves: the second when somebody has asked a second time. */
async function overHttp(): Promise<InboxFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-inbox-'));
  folders.push(folder);
  const offered = new Map<string, string>();
  const asked = new Map<string, number>();
  let served = 0;
  let isPausing = false;
  const server = createServer((request, response) => {
    const digest = request.url?.split('/').at(-1) ?? '';
    const text = offered.get(digest);
    if (text === undefined) return void response.writeHead(404).end();
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range = { 'content-range': `bytes ${from}-${text.length - 1}/${text.length}` };
    response.writeHead(from > 0 ? 206 : 200, from > 0 ? range : {});
    asked.set(digest, (asked.get(digest) ?? 0) + 1);
    const until = isPausing ? text.length / 2 : text.length;
    isPausing = false;
    served += until - from;
    if (until < text.length) response.write(text.slice(from, until));
    else response.end(text.slice(from));
    return undefined;
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const inbox = openInbox({ folder, source: `http://127.0.0.1:${address.port}`, security: null });
  const names = async () => {
    const all = await readdir(folder).catch((): string[] => []);
    const half = all.filter((one) => one.endsWith('.part')).map((one) => one.slice(0, 64));
    return { whole: all.filter((one) => !one.endsWith('.part')), half };
  };
  return {
    inbox,
    digestOf,
    offer: (digest, text) =>
      void (text === null ? offered.delete(digest) : offered.set(digest, text)),
    async end() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
    async someArrived(digest) {
      isPausing = true;
      while (!(await names()).half.includes(digest)) await sleep(5);
      // What was sent at once arrives at once.
      await sleep(100);
    },
    bytesServed: () => served,
    names,
    settled: (promise) => promise,
  };
}

inboxContract('a folder over HTTP', overHttp);

function simulated() {
  const schedule = new Schedule();
  const [upper, lower] = ['cm', 'site'].map(
    (name) => new Machine({ name, schedule, diskBytes: 1e9 }),
  );
  assert.ok(upper && lower);
  const chance = new Chance(1);
  const path = new Path(10, 0);
  const link = new SharedLink({ schedule, bytesPerSecond: 1_000 });
  const folder = new InboxFolder(lower.disk);
  const offered = new Map<Digest, FeedFile>();
  let server = upper.start('control-manager', chance);
  const open = () =>
    openInboxSimulated({
      process: lower.start('agent', chance),
      folder,
      path,
      link,
      source: {
        process: () => (server.isAlive ? server : null),
        find: (digest) => offered.get(digest) ?? null,
      },
    });
  const names = () => {
    const whole = folder.digests().filter((one) => folder.find(one) !== null);
    return { whole, half: folder.digests().filter((one) => folder.half(one).bytes > 0) };
  };
  const restart = (): void => {
    server = upper.start('control-manager', chance);
  };
  return { schedule, chance, upper, lower, path, link, folder, offered, open, names, restart };
}

inboxContract('simulated', async (): Promise<InboxFixture> => {
  const { schedule, link, offered, open, names } = simulated();
  return {
    inbox: open(),
    digestOf,
    offer(digest, text) {
      if (text === null) offered.delete(digest);
      else offered.set(digest, { digest: digestOf(text), bytes: text.length });
    },
    end: async () => undefined,
    someArrived: () => schedule.run({ time: schedule.now + 500 }),
    bytesServed: () => Math.round(link.bytesCarried),
    names: async () => names(),
    settled: (promise) => settledOn(schedule, promise),
  };
});

/** 10 kB over 1 kB/s: ten seconds, if nothing comes in between. */
function fetching(act: (world: ReturnType<typeof simulated>) => void) {
  const world = simulated();
  const item = { digest: digestOf('item'), bytes: 10_000 };
  world.offered.set(item.digest, item);
  const fetched = world.open().fetch(item, new AbortController().signal);
  act(world);
  const seconds = async (): Promise<string> => {
    const result: Result<null> = await settledOn(world.schedule, fetched);
    const what = result.ok ? 'ok' : result.because.code;
    return `${what} ${Math.round(world.schedule.now / 1_000)} s`;
  };
  return { ...world, item, fetched, seconds };
}

test('a control manager that is killed and back goes on where it was', async () => {
  const { seconds, link } = fetching(({ schedule, upper, restart }) => {
    schedule.at(4_000, () => upper.killAll());
    schedule.at(4_050, restart);
  });
  assert.match(await seconds(), /^ok 1[01] s$/);
  assert.equal(Math.round(link.bytesCarried), 10_000);
});

test('a path that is cut for less than a stall delays; one that stays cut is told', async () => {
  const short = fetching(({ schedule, path }) => {
    schedule.at(4_000, () => path.cut({ up: false, down: true }));
    schedule.at(14_000, () => path.cut({ up: false, down: false }));
  });
  assert.equal(await short.seconds(), 'ok 20 s');
  const long = fetching(({ schedule, path }) => {
    schedule.at(4_000, () => path.cut({ up: true, down: true }));
  });
  assert.match(await long.seconds(), /^ADDRESS_UNREACHABLE 1[3-9]\d s$/);
});

test('a path that begins to lose half of its packets halves the pace of what is under way', async () => {
  const { seconds, link } = fetching(({ schedule, path }) => {
    schedule.at(4_000, () => {
      path.lossShare = 0.5;
    });
  });
  assert.equal(await seconds(), 'ok 16 s');
  // The handshake took of the first four seconds what an answer takes.
  assert.equal(Math.round(link.bytesCarried / 100), 160);
});

test('on a path that loses packets each window waits for its round trip', async () => {
  const { schedule, path, link, offered, open } = simulated();
  link.setBandwidth(1e9);
  path.latencyMilliseconds = 500;
  path.lossShare = 0.000_001;
  const item = { digest: digestOf('item'), bytes: 10 * 262_144 };
  offered.set(item.digest, item);
  const fetched = await settledOn(schedule, open().fetch(item, new AbortController().signal));
  assert.ok(fetched.ok);
  // The handshake, and nine of ten round trips of a second; the last window's end is the end.
  assert.equal(Math.round(schedule.now / 1_000), 11);
});

test('an agent that is killed leaves its half file, and the next one goes on with it', async () => {
  const { schedule, lower, item, open, names, link, folder } = fetching(({ schedule, lower }) => {
    schedule.at(4_000, () => lower.killAll());
  });
  await schedule.run({ time: 5_000 });
  assert.deepEqual(names(), { whole: [], half: [item.digest] });
  assert.equal(lower.disk.bytesFree, 1e9 - folder.half(item.digest).bytes);
  const again = await settledOn(schedule, open().fetch(item, new AbortController().signal));
  assert.ok(again.ok);
  assert.equal(Math.round(link.bytesCarried), 10_000);
  assert.equal(lower.disk.bytesFree, 1e9 - 10_000);
});

test('a power cut may take of a half file what was not synced; a torn one is begun anew', async () => {
  const left = new Set<number>();
  for (let seed = 1; seed <= 40; seed++) {
    const { schedule, item, folder } = fetching(({ schedule, lower }) => {
      schedule.at(4_000, () => lower.powerCut(new Chance(seed)));
    });
    await schedule.run({ time: 5_000 });
    left.add(Math.round(folder.half(item.digest).bytes / 1_000));
  }
  assert.deepEqual(
    [...left].toSorted((a, b) => a - b),
    [0, 1, 2, 3, 4],
  );
  const torn = fetching(({ schedule, lower }) => schedule.at(4_000, () => lower.killAll()));
  await torn.schedule.run({ time: 5_000 });
  torn.folder.tear(torn.item.digest);
  const fetched = torn.open().fetch(torn.item, new AbortController().signal);
  assert.ok((await settledOn(torn.schedule, fetched)).ok);
  assert.equal(Math.round(torn.link.bytesCarried), 20_000, 'all of it was carried twice');
});

test('a disk that fills is told as one, and keeps what fitted', async () => {
  const { seconds, folder, item, lower } = fetching(({ lower }) => {
    lower.disk.bytesFree = 2_500;
  });
  assert.equal(await seconds(), 'DISK_FULL 3 s');
  assert.deepEqual([folder.half(item.digest).bytes, lower.disk.bytesFree], [2_500, 0]);
});

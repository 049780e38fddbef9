/** Downloads, real and simulated, over one suite; and what faults of links and disks leave. */

import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { packagesOver } from '#adapters/link/packages-http.ts';
import { openDownloads } from '#adapters/computer/downloads-disk.ts';
import { brand, type Digest } from '#domain/names.ts';
import {
  DownloadsSimulated,
  PackagesSimulated,
  type ServedPackages,
} from '#simulation/adapters/downloads-simulated.ts';
import { InboxFolder } from '#simulation/adapters/inbox-folder.ts';
import { digestOf } from '#simulation/fleet/releases.ts';
import { Chance } from '#simulation/world/chance.ts';
import { Machine } from '#simulation/world/machine.ts';
import { Path } from '#simulation/world/network.ts';
import { Schedule } from '#simulation/world/schedule.ts';
import { SharedLink } from '#simulation/world/shared-link.ts';
import { downloadsContract, type DownloadsFixture } from './downloads.ts';
import { settledOn } from './simulated.ts';

const folders: string[] = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** A long answer is given in halves where a test waits for the first. */
async function overHttp(): Promise<DownloadsFixture> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-downloads-'));
  folders.push(folder);
  const offered = new Map<string, string>();
  let served = 0;
  let isPausing = false;
  const server = createServer((request, response) => {
    const [, , kind = '', digest = '', name = ''] = request.url?.split('/') ?? [];
    const text = offered.get(kind === 'metadata' ? digestOf(`${digest}/${name}`) : digest);
    if (text === undefined) return void response.writeHead(404).end();
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range = { 'content-range': `bytes ${from}-${text.length - 1}/${text.length}` };
    response.writeHead(from > 0 ? 206 : 200, from > 0 ? range : {});
    const until = isPausing ? text.length / 2 : text.length;
    isPausing = false;
    if (kind === 'archives') served += until - from;
    if (until < text.length) response.write(text.slice(from, until));
    else response.end(text.slice(from));
    return undefined;
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const base = `http://127.0.0.1:${address.port}`;
  return {
    async open() {
      const downloads = await openDownloads(join(folder, 'downloads'));
      const address = (): string => base;
      const how = { address, security: null, manifestBytesMax: 1_000, pace: undefined };
      return {
        downloads,
        packages: packagesOver(how),
      };
    },
    digestOf,
    offer: (digest, text) =>
      void (text === null ? offered.delete(digest) : offered.set(digest, text)),
    async someArrived(file) {
      isPausing = true;
      const bytes = async () => (await stat(`${file}.part`).catch(() => null))?.size ?? 0;
      while ((await bytes()) === 0) await sleep(5);
      // What was sent at once arrives at once.
      await sleep(100);
    },
    bytesServed: () => served,
    settled: (promise) => promise,
    async end() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

downloadsContract('a folder over HTTP', overHttp);

function simulated() {
  const schedule = new Schedule();
  const [upper, lower] = ['site', 'server'].map(
    (name) => new Machine({ name, schedule, diskBytes: 1e9 }),
  );
  assert.ok(upper && lower);
  const path = new Path(10, 0);
  const link = new SharedLink({ schedule, bytesPerSecond: 1_000 });
  const folder = new InboxFolder(lower.disk);
  const offered = new Map<Digest, string>();
  const peer = upper.start('information-server', new Chance(1));
  let fetched = 0;
  const source: ServedPackages = {
    process: () => (peer.isAlive ? peer : null),
    find(digest) {
      const text = offered.get(digest);
      return text === undefined ? null : { digest: digestOf(text), bytes: text.length };
    },
    manifest(digest) {
      const text = offered.get(digest);
      return text === undefined ? null : new TextEncoder().encode(text);
    },
    metadata(lane, name) {
      const text = offered.get(digestOf(`${lane}/${name}`));
      return text === undefined ? null : new TextEncoder().encode(text);
    },
  };
  const open = (process = lower.start('normal-server', new Chance(2))) => ({
    process,
    downloads: new DownloadsSimulated(process, { downloads: folder }),
    packages: new PackagesSimulated(process, {
      downloads: folder,
      path,
      site: { link, source },
      seeFetched(_digest, bytes) {
        fetched += bytes;
      },
    }),
  });
  return { schedule, lower, peer, path, link, folder, offered, open, fetched: () => fetched };
}

downloadsContract('simulated', (): Promise<DownloadsFixture> => {
  const { schedule, link, offered, open } = simulated();
  return Promise.resolve({
    open: () => Promise.resolve(open()),
    digestOf,
    offer: (digest, text) =>
      void (text === null ? offered.delete(digest) : offered.set(digest, text)),
    someArrived: () => schedule.run({ time: schedule.now + 3_000 }),
    bytesServed: () => Math.round(link.bytesCarried),
    settled: (promise) => settledOn(schedule, promise),
    end: () => Promise.resolve(),
  });
});

const text = 'archive '.repeat(1_000);
const archive = { digest: digestOf(text), bytes: text.length };
const file = brand<Digest>(digestOf('release'));

function fetching({ packages }: ReturnType<ReturnType<typeof simulated>['open']>) {
  const signal = new AbortController().signal;
  return packages.archive({ archive, file, progress: () => undefined, signal });
}

test('a simulated transfer whose process is killed is taken up by the next one', async () => {
  const { schedule, folder, offered, open, fetched } = simulated();
  offered.set(archive.digest, text);
  const first = open();
  void fetching(first);
  schedule.at(4_000, () => first.process.kill());
  await schedule.run();
  const half = folder.half(file).bytes;
  assert.ok(half > 3_000 && half < 4_000, `${half}`);
  const ended = await settledOn(schedule, fetching(open()));
  assert.deepEqual(ended, { ok: true, value: { bytesReceived: text.length - half } });
  assert.equal(fetched(), text.length, 'each byte was seen once');
});

test('a simulated power cut may take what was not synced, and nothing that was complete', async () => {
  const left = new Set<boolean>();
  for (let seed = 1; seed <= 20; seed++) {
    const { schedule, lower, folder, offered, open } = simulated();
    offered.set(archive.digest, text);
    void fetching(open());
    await schedule.run({ time: 4_000 });
    lower.powerCut(new Chance(seed));
    left.add(folder.half(file).bytes > 0);
    lower.hasPower = true;
    await settledOn(schedule, fetching(open()));
    lower.powerCut(new Chance(seed));
    assert.deepEqual(folder.find(file), archive);
  }
  assert.equal(left.size, 2, 'once something was left, once nothing');
});

test('a cut path, or an information server that ends, breaks a simulated transfer for a while', async () => {
  const { schedule, path, offered, open } = simulated();
  offered.set(archive.digest, text);
  schedule.at(4_000, () => path.cut({ up: true, down: true }));
  schedule.at(40_000, () => path.cut({ up: false, down: false }));
  const ended = await settledOn(schedule, fetching(open()));
  assert.deepEqual(ended, { ok: true, value: { bytesReceived: text.length } });
  assert.ok(schedule.now > 40_000);
});

test('nobody there, for a manifest or an archive: it is tried again, and then said', async () => {
  const { schedule, peer, open } = simulated();
  peer.kill();
  const opened = open();
  const { signal } = new AbortController();
  const manifest = await settledOn(schedule, opened.packages.manifest(archive.digest, signal));
  assert.equal(manifest.ok ? 'ok' : manifest.because.code, 'ADDRESS_UNREACHABLE');
  assert.ok(schedule.now > 5_000, 'not at once');
  const fetched = await settledOn(schedule, fetching(opened));
  assert.equal(fetched.ok ? 'ok' : fetched.because.code, 'ADDRESS_UNREACHABLE');
});

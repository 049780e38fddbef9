/** Feeds, real and simulated, over one suite. */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { openFeedFolder } from '#adapters/feed/feed-folder.ts';
import { openFeedHttp } from '#adapters/feed/feed-http.ts';
import { FeedFolder } from '#simulation/adapters/feed-folder.ts';
import { Contents, openFeedSimulated } from '#simulation/adapters/feed-simulated.ts';
import { digestOf } from '#simulation/fleet/releases.ts';
import { feedContract, type FeedFixture } from './feed.ts';
import { HttpSiteForTests } from './feed-http-site.ts';
import { oneMachine, settledOn } from './simulated.ts';

const folders: string[] = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

feedContract('a folder', async (): Promise<FeedFixture> => {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-feed-'));
  folders.push(folder);
  const [feed, contents] = [join(folder, 'feed'), join(folder, 'contents')];
  const write = async (path: string, text: string | null): Promise<void> => {
    const file = join(feed, path);
    await mkdir(dirname(file), { recursive: true });
    await (text === null ? rm(file) : writeFile(file, text));
  };
  return {
    feed: openFeedFolder({ feed, contents }),
    writeCatalogue: (text) => write('server.ini', text),
    writeFile: write,
    removeFolder: () => rm(feed, { recursive: true }),
    kept: () => readdir(contents),
    leaveHalf: () => writeFile(join(contents, 'new.part-1-abc'), 'left by a kill'),
    settled: (promise) => promise,
  };
});

feedContract('a site behind HTTP', async (): Promise<FeedFixture> => {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-feed-'));
  folders.push(folder);
  const [files, contents] = [join(folder, 'feed'), join(folder, 'contents')];
  const site = await HttpSiteForTests.over(files);
  after(() => site.close());
  const write = async (path: string, text: string | null): Promise<void> => {
    const file = join(files, path);
    await mkdir(dirname(file), { recursive: true });
    await (text === null ? rm(file) : writeFile(file, text));
  };
  const feed = {
    url: site.url,
    proxy: null,
    authorities: null,
    digests: null,
    publicKey: null,
    databases: null,
  };
  return {
    feed: openFeedHttp({ feed, contents }),
    writeCatalogue: (text) => write('server.ini', text),
    writeFile: write,
    removeFolder: () => rm(files, { recursive: true }),
    withoutFolder: 'no server.ini',
    kept: async () => (await readdir(contents)).filter((name) => name !== 'site'),
    leaveHalf: () => writeFile(join(contents, 'new.part-1-abc'), 'left by a kill'),
    settled: (promise) => promise,
  };
});

function simulated() {
  const { schedule, machine, process } = oneMachine('cm');
  const folder = new FeedFolder('feed');
  const contents = new Contents(machine.disk);
  const feed = openFeedSimulated({ process, folder, contents, bytesPerSecond: 1_000 });
  const fixture: FeedFixture = {
    feed,
    async writeCatalogue(text) {
      folder.catalogue = text;
    },
    async writeFile(path, text) {
      if (text === null) folder.remove(path);
      else folder.put(path, { digest: digestOf(text), bytes: Buffer.byteLength(text) });
    },
    async removeFolder() {
      folder.isThere = false;
    },
    async kept() {
      return [...contents.digests(), ...(contents.halfBytes > 0 ? ['half'] : [])];
    },
    async leaveHalf() {
      contents.begin(14);
    },
    settled: (promise) => settledOn(schedule, promise),
  };
  return { schedule, machine, process, folder, contents, feed, fixture };
}

feedContract('simulated', async () => simulated().fixture);

const pattern = (version: string, bytes = 10_000) => {
  return { id: '2', version, bytes, digest: digestOf(version) };
};

test('a simulated disk that is full is told as one, and nothing of the download stays', async () => {
  const { schedule, machine, folder, contents, feed } = simulated();
  folder.publish(pattern('1.23'));
  machine.disk.bytesFree = 9_999;
  const answer = await settledOn(schedule, feed.download());
  assert.ok(!answer.ok);
  assert.deepEqual(
    answer.problems.map((one) => one.code),
    ['DISK_FULL'],
  );
  assert.deepEqual([contents.digests(), machine.disk.bytesFree], [[], 9_999]);
});

test('a simulated feed that changes while it is copied brings nothing this time', async () => {
  const { schedule, folder, feed } = simulated();
  folder.publish(pattern('1.23'));
  schedule.after(5_000, () => folder.publish(pattern('1.25')));
  const first = await settledOn(schedule, feed.download());
  assert.ok(!first.ok);
  assert.equal(first.problems[0]?.with['detail'], 'it changed while its files were read');
  const second = await settledOn(schedule, feed.download());
  assert.ok(second.ok);
  assert.deepEqual(
    second.download.items.map((one) => one.version),
    ['1.25'],
  );
});

test('what a keeper does to a simulated feed is seen, and mended', async () => {
  const { schedule, folder, feed } = simulated();
  const codes = async (): Promise<string[]> => {
    const answer = await settledOn(schedule, feed.download());
    return answer.ok
      ? answer.download.items.map((one) => one.digest.slice(0, 8))
      : answer.problems.map((one) => one.code);
  };
  folder.publish(pattern('1.23'));
  folder.spoil('2', 'short');
  assert.deepEqual(await codes(), ['CONTENT_SIZE_WRONG']);
  folder.spoil('2', 'missing');
  assert.deepEqual(await codes(), ['FEED_UNREADABLE']);
  folder.mend();
  folder.tear();
  assert.deepEqual(await codes(), ['CATALOGUE_LINE_UNREADABLE']);
  folder.mend();
  assert.deepEqual(await codes(), [pattern('1.23').digest.slice(0, 8)]);
  folder.exchange('2', digestOf('another'));
  assert.deepEqual(await codes(), [digestOf('another').slice(0, 8)]);
  folder.offerPrograms([{ section: 'Info_2_50000_4_1', version: '5.58' }]);
  assert.match(folder.catalogue ?? '', /^\[Info_2_50000_4_1\]\r\nVersion=5.58\r\n\[PATTERN\]\r\n/);
});

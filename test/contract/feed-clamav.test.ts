/** A mirror of ClamAV as a feed: what comes of its headers, and what is not taken. */

import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, before, beforeEach, test } from 'node:test';
import { feedSetting, openFeed, type FeedSetting } from '#adapters/feed/feed-settings.ts';
import { openFeedHttp } from '#adapters/feed/feed-http.ts';
import type { Feed } from '#ports/feed.ts';
import { cvd } from '../feed/cvd.testing.ts';
import { HttpSiteForTests } from './feed-http-site.ts';

let folder = '';
let contents = '';
let site: HttpSiteForTests;
let main: Buffer;
let daily: Buffer;
let newer: Buffer;

before(async () => {
  const large = { 'daily.ndb': Buffer.from(Array.from({ length: 9_000 }, Math.random).join()) };
  main = await cvd({ version: 62, files: { 'main.ndb': Buffer.from('main') } });
  daily = await cvd({ version: 27_000, files: large });
  newer = await cvd({ version: 27_001, files: large });
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-feed-clamav-'));
  contents = join(folder, 'contents');
  await mkdir(join(folder, 'mirror'));
  site = await HttpSiteForTests.over(join(folder, 'mirror'));
  await put('main.cvd', main);
  await put('daily.cvd', daily);
});
afterEach(async () => {
  await site.close();
  await rm(folder, { recursive: true });
});

const put = (path: string, bytes: string | Uint8Array): Promise<void> =>
  writeFile(join(folder, 'mirror', path), bytes);

/** As a daemon that has just started opens it. */
function opened(): Feed {
  const site_ = { url: site.url, proxy: null, authorities: null, digests: null, publicKey: null };
  const limits = { backOffMillisecondsMin: 1, backOffMillisecondsMax: 5, stallBytesMin: 1 };
  return openFeedHttp({ feed: { ...site_, databases: ['main', 'daily'] }, contents, limits });
}

async function polled(feed: Feed): Promise<string[]> {
  const answer = await feed.download();
  if (answer.ok) return answer.download.items.map((one) => `${one.component} ${one.version}`);
  return answer.problems.map((one) => `${one.code} ${one.with['detail'] ?? one.with['found']}`);
}

const taken = ['pattern-main 62', 'pattern-daily 27000'];
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test('each database becomes content of the version that its header says', async () => {
  const answer = await opened().download();
  assert.ok(answer.ok, JSON.stringify(answer));
  const { items, catalogue } = answer.download;
  assert.equal(
    catalogue,
    `[PATTERN]\r\nP.main=clamav/main.cvd,62,${main.length}\r\nP.daily=clamav/daily.cvd,27000,${daily.length}\r\n`,
  );
  assert.deepEqual(
    items.map(({ component, path, digest, bytes }) => ({ component, path, digest, bytes })),
    [
      {
        component: 'pattern-main',
        path: 'clamav/main.cvd',
        digest: sha256(main),
        bytes: main.length,
      },
      {
        component: 'pattern-daily',
        path: 'clamav/daily.cvd',
        digest: sha256(daily),
        bytes: daily.length,
      },
    ],
  );
  assert.ok((await readFile(join(contents, sha256(daily)))).equals(daily));
});

test('what did not change costs its header, also after a restart; what is newer is fetched', async () => {
  assert.deepEqual(await polled(opened()), taken);
  site.statuses();
  assert.deepEqual(await polled(opened()), taken);
  const headers = ['206 main.cvd 0-511', '206 daily.cvd 0-511'];
  assert.deepEqual(site.statuses(), [...headers, '304 main.cvd', '304 daily.cvd', ...headers]);
  await put('daily.cvd', newer);
  assert.deepEqual(await polled(opened()), ['pattern-main 62', 'pattern-daily 27001']);
  assert.deepEqual(site.statuses().slice(2, 4), ['304 main.cvd', '200 daily.cvd']);
});

test('a mirror that knows no ranges serves as well', async () => {
  site.knowsRanges = false;
  assert.deepEqual(await polled(opened()), taken);
  assert.equal(site.statuses()[0], '200 main.cvd');
});

test('a copy that was cut short goes on where it ended', async () => {
  site.cut = { bytes: 20_000, times: 2 };
  assert.ok(daily.length > 50_000);
  assert.deepEqual(await polled(opened()), taken);
  assert.deepEqual(site.statuses().slice(3, 6), [
    '200 daily.cvd',
    '206 daily.cvd from 20000',
    '206 daily.cvd from 40000',
  ]);
});

test('bytes that are not those of the header are told, nothing is taken, and all is fetched anew', async () => {
  const spoilt = Buffer.from(daily);
  spoilt.writeUInt8(spoilt.readUInt8(600) ^ 1, 600);
  await put('daily.cvd', spoilt);
  const [told = '', ...more] = await polled(opened());
  assert.match(
    told,
    /^FEED_UNREADABLE clamav\/daily\.cvd: its MD5 is [0-9a-f]{32}; its header says /,
  );
  assert.deepEqual(more, []);
  site.statuses();
  await put('daily.cvd', daily);
  assert.deepEqual(await polled(opened()), taken);
  assert.equal(site.statuses()[3], '200 daily.cvd');
});

test('what is no database, and a header of another version than the file, is told', async () => {
  await put('daily.cvd', '<html>please come back later</html>'.padEnd(1_000));
  assert.deepEqual(await polled(opened()), [
    'FEED_UNREADABLE daily.cvd: it does not begin as a database of ClamAV does',
  ]);
  await rm(join(folder, 'mirror/daily.cvd'));
  assert.deepEqual(await polled(opened()), ['FEED_UNREADABLE daily.cvd: no such file']);
  // A cache in between may have the header of one version and the body of another.
  await put('daily.cvd', newer);
  site.instead.set('daily.cvd', ({ headers }, response) => {
    const head = headers.range === undefined ? daily : newer;
    if (headers.range === undefined) response.writeHead(200).end(head);
    else
      response
        .writeHead(206, { 'content-range': `bytes 0-511/${daily.length}` })
        .end(head.subarray(0, 512));
  });
  assert.deepEqual(await polled(opened()), [
    'FEED_UNREADABLE clamav/daily.cvd: its header says 27000, not 27001',
  ]);
});

test('with published digests it is theirs that count, and a signed list makes plain HTTP enough', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const pem = join(folder, 'feed.pem');
  await writeFile(pem, publicKey.export({ type: 'spki', format: 'pem' }));
  const list = `${sha256(main)}  main.cvd\n${sha256(newer)}  daily.cvd\n`;
  await put('SHA256SUMS', list);
  await put('SHA256SUMS.sig', sign(null, Buffer.from(list), privateKey));
  const setting: Exclude<FeedSetting, string> = {
    url: site.url,
    databases: ['main', 'daily'],
    digests: 'SHA256SUMS',
    publicKey: pem,
  };
  const feed = await openFeed(folder, setting, contents);
  assert.ok(feed.ok);
  assert.match(
    (await polled(feed.value)).join(),
    /^FEED_UNREADABLE daily\.cvd: its digest is .* says /,
  );
  await put('daily.cvd', newer);
  assert.deepEqual(await polled(feed.value), ['pattern-main 62', 'pattern-daily 27001']);

  const isTaken = (more: object): boolean =>
    feedSetting.safeParse({ url: 'http://mirror.example/', databases: ['daily'], ...more }).success;
  assert.deepEqual(
    [
      isTaken({}),
      isTaken({ digests: 'SHA256SUMS', publicKey: pem }),
      isTaken({ url: 'https://mirror.example/' }),
      isTaken({ url: 'https://mirror.example/', databases: [] }),
      isTaken({ url: 'https://mirror.example/', databases: ['a', 'a'] }),
      isTaken({ url: 'https://mirror.example/', databases: ['../a'] }),
    ],
    [false, true, true, false, false, false],
  );
});

test('what no download names any more is forgotten', async () => {
  const feed = opened();
  await feed.download();
  await feed.keepOnly(new Set());
  assert.deepEqual(await readdir(contents), ['site']);
  assert.deepEqual(await polled(feed), taken);
});

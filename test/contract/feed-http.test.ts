/** What a feed behind HTTP does besides what every feed does: bytes saved, and nobody believed. */

import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { openFeed, type FeedSetting } from '#adapters/feed/feed-settings.ts';
import { openFeedHttp } from '#adapters/feed/feed-http.ts';
import type { Feed } from '#ports/feed.ts';
import { HttpSiteForTests, proxyForTests } from './feed-http-site.ts';

let folder = '';
let contents = '';
let site: HttpSiteForTests;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-feed-http-'));
  contents = join(folder, 'contents');
  site = await HttpSiteForTests.over(join(folder, 'site'));
  await put('pattern/lpt.123', 'pattern 123');
  await put('pattern/ssa.7', 'spyware 7');
  await put('server.ini', catalogue(11, 9));
});
afterEach(async () => {
  await site.close();
  await rm(folder, { recursive: true });
});

const catalogue = (first: number, second: number): string =>
  `[PATTERN]\r\nP.2=pattern/lpt.123,1.23,${first}\r\nP.4=pattern/ssa.7,7,${second}\r\n`;

async function put(path: string, text: string | Uint8Array): Promise<void> {
  const file = join(folder, 'site', path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

/** As a daemon that has just started opens it. */
function opened(): Feed {
  const feed = {
    url: site.url,
    proxy: null,
    authorities: null,
    digests: null,
    publicKey: null,
    databases: null,
  };
  const limits = { backOffMillisecondsMin: 1, backOffMillisecondsMax: 5, stallBytesMin: 1 };
  return openFeedHttp({ feed, contents, limits });
}

async function openedBy(setting: Exclude<FeedSetting, string>): Promise<Feed> {
  const made = await openFeed(folder, setting, contents);
  assert.ok(made.ok, JSON.stringify(made));
  return made.value;
}

async function polled(feed: Feed): Promise<string[]> {
  const answer = await feed.download();
  if (answer.ok) return answer.download.items.map((one) => `${one.component} ${one.version}`);
  return answer.problems.map((one) => `${one.code} ${one.with['detail'] ?? one.with['found']}`);
}

const taken = ['pattern 1.23', 'spyware-pattern 7'];

test('what did not change is not sent again, also not after a restart', async () => {
  assert.deepEqual(await polled(opened()), taken);
  site.statuses();
  assert.deepEqual(await polled(opened()), taken);
  const again = ['200 server.ini', '304 pattern/lpt.123', '304 pattern/ssa.7', '200 server.ini'];
  assert.deepEqual(site.statuses(), again);
  await put('pattern/ssa.7', 'SPYWARE 7');
  assert.deepEqual(await polled(opened()), taken);
  assert.equal(site.statuses()[2], '200 pattern/ssa.7');
});

test('a copy that was cut short goes on where it ended, however often, also after a restart', async () => {
  const large = Buffer.alloc(100_000, 'abcdefghij');
  await put('pattern/lpt.123', large);
  await put('server.ini', catalogue(large.length, 9));
  site.cut = { bytes: 30_000, times: 2 };
  assert.deepEqual(await polled(opened()), taken);
  assert.deepEqual(site.statuses().slice(1, 4), [
    '200 pattern/lpt.123',
    '206 pattern/lpt.123 from 30000',
    '206 pattern/lpt.123 from 60000',
  ]);
  const kept = await readFile(join(contents, createHash('sha256').update(large).digest('hex')));
  assert.ok(kept.equals(large));

  await rm(contents, { recursive: true });
  site.cut = { bytes: 30_000, times: 1 };
  site.instead.set('pattern/ssa.7', (_, response) => response.writeHead(503).end());
  const halved = openFeedHttp({
    feed: {
      url: site.url,
      proxy: null,
      authorities: null,
      digests: null,
      publicKey: null,
      databases: null,
    },
    contents,
    limits: { fruitlessAttemptsMax: 1, attemptsMax: 1 },
  });
  assert.match((await polled(halved)).join(), /FEED_UNREADABLE/);
  site.instead.clear();
  site.statuses();
  assert.deepEqual(await polled(opened()), taken);
  assert.equal(site.statuses()[1], '206 pattern/lpt.123 from 30000');
});

test('a half of what the site has replaced meanwhile is thrown away', async () => {
  const before = Buffer.alloc(100_000, 'before');
  const after = Buffer.alloc(100_000, 'after ');
  await put('pattern/lpt.123', before);
  await put('server.ini', catalogue(100_000, 9));
  const [cutShort, whole] = [opened(), opened()];
  site.cut = { bytes: 30_000, times: 1 };
  site.instead.set('pattern/ssa.7', (_, response) => {
    response.writeHead(404).end();
  });
  const poll = polled(cutShort);
  while (site.cut.times > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await put('pattern/lpt.123', after);
  await poll;
  site.instead.clear();
  assert.deepEqual(await polled(whole), taken);
  const kept = await readFile(join(contents, createHash('sha256').update(after).digest('hex')));
  assert.ok(kept.equals(after));
});

test('a site is led on to another place, and never from there to a worse one for ever', async () => {
  site.instead.set('pattern/lpt.123', (_, response) => {
    response.writeHead(302, { location: 'ssa.7' }).end();
  });
  await put('server.ini', catalogue(9, 9));
  assert.deepEqual(await polled(opened()), taken);
  site.instead.set('pattern/ssa.7', (_, response) => {
    response.writeHead(302, { location: 'ssa.7' }).end();
  });
  await put('pattern/ssa.7', 'other 777');
  await rm(contents, { recursive: true });
  assert.match((await polled(opened())).join(), /leads on to ssa\.7/);
});

test('a failure that passes is waited for; one that stays is told with its number', async () => {
  let busy = 2;
  site.instead.set('server.ini', (_, response) => {
    busy -= 1;
    if (busy === 0) site.instead.clear();
    response.writeHead(503).end();
  });
  assert.deepEqual(await polled(opened()), taken);
  site.instead.set('server.ini', (_, response) => response.writeHead(403).end());
  assert.deepEqual(await polled(opened()), ['FEED_UNREADABLE server.ini: HTTP status 403']);
});

test('a body longer than its line says is cut off, and nothing of it stays', async () => {
  site.instead.set('pattern/ssa.7', (_, response) => {
    response.writeHead(200);
    const more = setInterval(() => response.write(Buffer.alloc(1_000)), 1);
    response.on('close', () => clearInterval(more));
  });
  assert.match((await polled(opened())).join(), /^CONTENT_SIZE_WRONG \d+$/);
  assert.deepEqual((await readdir(join(contents, 'site'))).toSorted(), ['files.json']);
});

test('what is kept of a site is forgotten with its files, and damage to it costs bytes alone', async () => {
  const feed = opened();
  const answer = await feed.download();
  assert.ok(answer.ok);
  const [first] = answer.download.items;
  assert.ok(first);
  await feed.keepOnly(new Set([first.digest]));
  assert.deepEqual((await readdir(contents)).toSorted(), [first.digest, 'site'].toSorted());
  site.statuses();
  assert.deepEqual(await polled(opened()), taken);
  assert.deepEqual(site.statuses().slice(1, 3), ['304 pattern/lpt.123', '200 pattern/ssa.7']);
  await writeFile(join(contents, 'site/files.json'), '{"format":1,"files":{"a":');
  assert.deepEqual(await polled(opened()), taken);
});

test('with published digests, a byte that somebody changed on the way is told, and fetched anew', async () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const pem = join(folder, 'feed.pem');
  await writeFile(pem, publicKey.export({ type: 'spki', format: 'pem' }));
  const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');
  const list = [
    `${digestOf(catalogue(11, 9))}  server.ini`,
    `${digestOf('pattern 123')} *./pattern/LPT.123`,
    `${digestOf('spyware 7')}  pattern/ssa.7`,
    '',
  ].join('\n');
  await put('SHA256SUMS', list);
  await put('SHA256SUMS.sig', sign(null, Buffer.from(list), privateKey));
  const setting = { url: site.url, digests: 'SHA256SUMS', publicKey: pem };
  assert.deepEqual(await polled(await openedBy(setting)), taken);

  await put('pattern/ssa.7', 'SPYWARE 7');
  const wrong = await polled(await openedBy(setting));
  assert.match(wrong.join(), /^FEED_UNREADABLE pattern\/ssa\.7: its digest is .* says /);
  await put('pattern/ssa.7', 'spyware 7');
  assert.deepEqual(await polled(await openedBy(setting)), taken);

  await put('server.ini', catalogue(11, 9).replace('1.23', '1.24'));
  assert.match((await polled(await openedBy(setting))).join(), /server\.ini: its digest is/);
  await put('SHA256SUMS', list.replace(digestOf('spyware 7'), digestOf('other')));
  assert.match((await polled(await openedBy(setting))).join(), /not signed by the key/);
  await put('SHA256SUMS', 'what is this');
  await put(
    'SHA256SUMS.sig',
    sign(null, Buffer.from('what is this'), privateKey).toString('base64'),
  );
  assert.match((await polled(await openedBy(setting))).join(), /not what sha256sum writes/);
});

test('a proxy leads there, with the login of its secret', async () => {
  const proxy = await proxyForTests('reader:gate word');
  try {
    const setting = { url: site.url, proxy: proxy.url };
    assert.match((await polled(await openedBy(setting))).join(), /HTTP status 407/);
    await mkdir(join(folder, 'secrets'));
    await writeFile(join(folder, 'secrets/feed-proxy.login'), 'reader:gate word\n');
    assert.deepEqual(await polled(await openedBy(setting)), taken);
    assert.ok(proxy.led.includes(`${site.url}server.ini`));
  } finally {
    await proxy.close();
  }
});

test('a key that is none is said before anything is fetched', async () => {
  const pem = join(folder, 'feed.pem');
  await writeFile(pem, 'no key');
  const setting = { url: site.url, digests: 'SHA256SUMS', publicKey: pem };
  const made = await openFeed(folder, setting, contents);
  assert.ok(!made.ok && made.because.code === 'FILE_UNREADABLE');
  assert.deepEqual(site.statuses(), []);
});

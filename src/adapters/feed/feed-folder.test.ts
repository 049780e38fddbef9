import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import type { Feed } from '#ports/feed.ts';
import { feedLimits } from './feed-download.ts';
import { openFeedFolder } from './feed-folder.ts';

const folders: string[] = [];
let feed = '';
let contents = '';
let opened: Feed;

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-feed-'));
  folders.push(folder);
  feed = join(folder, 'feed');
  contents = join(folder, 'contents');
  await mkdir(join(feed, 'pattern'), { recursive: true });
  await writeFile(join(feed, 'pattern/lpt.123'), 'pattern 123');
  await writeFile(join(feed, 'pattern/ssa.7'), 'spyware 7');
  await catalogue('P.2=pattern/lpt.123,1.23,11', 'P.4=pattern/ssa.7,7,9');
  opened = openFeedFolder({ feed, contents });
});
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

function catalogue(...lines: string[]): Promise<void> {
  const programs = '[Info_2_50000_4_1]\r\nVersion=5.58\r\n';
  return writeFile(join(feed, 'server.ini'), `${programs}[PATTERN]\r\n${lines.join('\r\n')}\r\n`);
}

/** `component version` of each item, or `CODE detail` of each problem. */
async function polled(): Promise<string[]> {
  const answer = await opened.download();
  if (answer.ok) return answer.download.items.map((one) => `${one.component} ${one.version}`);
  return answer.problems.map(
    (one) => `${one.code} ${one.with['detail'] ?? one.with['found'] ?? ''}`,
  );
}

test('every file is kept under the digest of its bytes', async () => {
  const answer = await opened.download();
  assert.ok(answer.ok);
  for (const item of answer.download.items) {
    const bytes = await readFile(join(contents, item.digest));
    assert.equal(createHash('sha256').update(bytes).digest('hex'), item.digest);
    assert.equal(bytes.length, item.bytes);
  }
  assert.equal((await readdir(contents)).length, 2);
  assert.match(answer.download.catalogue, /Info_2_50000_4_1/);
});

test('a Japanese feed keeps its text', async () => {
  const text = Buffer.concat([
    Buffer.from('; '),
    Buffer.from([0x83, 0x70, 0x83, 0x5e, 0x81, 0x5b, 0x83, 0x93]), // パターン in Shift_JIS
    Buffer.from('\r\n[PATTERN]\r\nP.2=pattern\\LPT.123, 1.23, 11\r\n'),
  ]);
  await writeFile(join(feed, 'server.ini'), text);
  const answer = await opened.download();
  assert.ok(answer.ok, 'backslash, blanks and another case are no obstacle');
  assert.match(answer.download.catalogue, /^; パターン\r\n/);
});

test('a folder where a file should be', async () => {
  await catalogue('P.2=pattern,1,0');
  assert.deepEqual(await polled(), ['FEED_UNREADABLE pattern: not a file']);
});

test('a link out of the feed is not followed', async () => {
  await symlink('/etc/hostname', join(feed, 'pattern/out'));
  await catalogue('P.2=pattern/out,1,5');
  assert.deepEqual(await polled(), ['FEED_UNREADABLE pattern/out: leads out of the feed']);
});

test('a line that is no line is told by its number', async () => {
  await catalogue('P.2=pattern/lpt.123,1.23,11', 'what is this');
  const answer = await opened.download();
  assert.ok(!answer.ok);
  assert.deepEqual(answer.problems[0]?.with, { line: 5, text: 'what is this' });
});

test('50 MB of garbage are refused before they are read', async () => {
  await writeFile(join(feed, 'server.ini'), Buffer.alloc(50_000_000, 0x83));
  const before = process.memoryUsage().rss;
  const answer = await opened.download();
  assert.ok(!answer.ok);
  assert.deepEqual(answer.problems, [
    {
      code: 'CATALOGUE_TOO_LARGE',
      with: { bytes: 50_000_000, bytesMax: feedLimits.catalogueBytesMax },
    },
  ]);
  assert.ok(process.memoryUsage().rss - before < 30_000_000, 'its bytes were not read');
});

test('garbage of an allowed size is refused by its line', async () => {
  await writeFile(join(feed, 'server.ini'), Buffer.alloc(feedLimits.catalogueBytesMax, 0x83));
  assert.match((await polled())[0] ?? '', /^CATALOGUE_/);
});

test('an unchanged file is not copied again; a changed one is', async () => {
  const first = await opened.download();
  assert.ok(first.ok);
  const digest = first.download.items[0]?.digest ?? '';
  await writeFile(join(contents, digest), 'marked by hand');
  await opened.download();
  assert.equal(await readFile(join(contents, digest), 'utf8'), 'marked by hand');
  await writeFile(join(feed, 'pattern/lpt.123'), 'PATTERN 123');
  const second = await opened.download();
  assert.ok(second.ok && second.download.items[0]?.digest !== digest);
});

/** Deltas between what stands on a computer and what is wanted: made, fetched, applied, refused. */

import assert from 'node:assert/strict';
import { copyFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { pino } from 'pino';
import { digestOfBytes } from '#adapters/files/digest.ts';
import { openDeltas, removeDeltaLeftovers } from '#adapters/share/deltas-disk.ts';
import { slotNameOf } from '#domain/catalogue/slot-name.ts';
import { ServedDeltas } from '#information-server/content/deltas.ts';
import { running, Site, type MadeRelease } from './site.ts';

const data = Array.from({ length: 40_000 }, (_, line) => digestOfBytes(String(line))).join('\n');

/** A site whose normal server runs version 1 of a sensor, and has version 2 to fetch. */
async function siteWithTwo(context: Parameters<typeof Site.open>[0]) {
  const site = await Site.open(context);
  await running(site);
  const of = { component: 'sensor', kind: 'tree' } as const;
  const one = await site.release({ ...of, version: '1', files: { data, notes: 'one' } });
  const changed = data.replace('\n', '\nand a line more\n');
  const two = await site.release({ ...of, version: '2', files: { data: changed, more: 'two' } });
  const store = await storeOf(site, [one, two]);
  site.want(one);
  await site.status(one, 'installed');
  return { site, one, two, store };
}

/** Of an information server that has these releases. */
async function storeOf(site: Site, releases: readonly MadeRelease[]): Promise<string> {
  const store = join(site.folder, 'store');
  await mkdir(join(store, 'archives'), { recursive: true });
  for (const { archiveFile, manifest } of releases) {
    const digest = manifest.packages[0]?.archive.digest ?? '';
    await copyFile(archiveFile, join(store, 'archives', digest));
  }
  return store;
}

type Two = Awaited<ReturnType<typeof siteWithTwo>>;

function serveDeltas({ site, one, two, store }: Two): ServedDeltas {
  const log = pino({ enabled: false });
  const releases = async (): Promise<readonly MadeRelease[]> => [one, two];
  const served = new ServedDeltas({ deltas: openDeltas(store), releases, log });
  site.policy.delta = async (pair) => {
    const answer = await served.answer(pair);
    if (answer.state === 'made') {
      site.policy.files[answer.digest] = join(store, 'archives', answer.digest);
    }
    return answer;
  };
  return served;
}

const askedWhole = ({ site, two }: Two): boolean =>
  site.asked.includes(`/v1/archives/${two.manifest.packages[0]?.archive.digest}`);

async function assertInstalled(of: Two): Promise<void> {
  const { site, one, two } = of;
  const from = site.mark();
  site.want(two);
  await site.status(two, 'installed', from);
  const tree = join(site.root, 'programs', 'sensor', 'versions', slotNameOf(two), 'tree');
  assert.match(await readFile(join(tree, 'data'), 'utf8'), /and a line more/);
  assert.deepEqual((await readdir(tree)).toSorted(), ['data', 'more']);
  assert.deepEqual(await readdir(join(site.root, 'downloads')), [], 'no download is left');
  assert.notEqual(one.digest, two.digest);
}

suite('deltas', { concurrency: 2 }, () => {
  test('what the site makes of two packages is all that crosses the wire', async (t) => {
    const of = await siteWithTwo(t);
    serveDeltas(of);
    await assertInstalled(of);
    assert.ok(!askedWhole(of), 'the package itself was not asked for');
    const [file = ''] = Object.values(of.site.policy.files);
    const wholeBytes = of.two.manifest.packages[0]?.archive.bytes ?? 0;
    assert.ok((await stat(file)).size * 1_000 < wholeBytes);
    const pairs = of.site.asked.filter((path) => path.startsWith('/v1/deltas/'));
    assert.ok(pairs.length >= 2, 'it was made when it was asked for, and asked for again');
    assert.deepEqual(
      (await readdir(of.store)).filter((name) => name.startsWith('delta-')),
      [],
      'nothing of the making is left',
    );
  });

  test('content comes as a delta from the content before it', async (t) => {
    const site = await Site.open(t);
    await running(site);
    const of = { component: 'pattern', kind: 'content' } as const;
    const one = await site.release({ ...of, version: '1', files: { pattern: data } });
    const more = `${data}\nand a line more\n`;
    const two = await site.release({ ...of, version: '2', files: { pattern: more } });
    const store = await storeOf(site, [one, two]);
    site.want(one);
    await site.status(one, 'installed');
    const content = { site, one, two, store };
    serveDeltas(content);
    const from = site.mark();
    site.want(two);
    await site.status(two, 'installed', from);
    assert.ok(!askedWhole(content), 'the package itself was not asked for');
    assert.equal(Object.keys(site.policy.files).length, 1, 'a delta was');
  });

  test('an old version that somebody changed is no base: the package comes whole', async (t) => {
    const of = await siteWithTwo(t);
    serveDeltas(of);
    const { site, one } = of;
    await writeFile(
      join(site.root, 'programs', 'sensor', 'versions', slotNameOf(one), 'tree', 'data'),
      'x',
    );
    await assertInstalled(of);
    assert.ok(askedWhole(of));
  });

  test('a delta that gives another tree is dropped, and the package comes whole', async (t) => {
    const of = await siteWithTwo(t);
    const { site } = of;
    const wrong = Buffer.from('dankai-delta 1\nand nothing that it should be');
    const file = join(site.folder, 'wrong');
    await writeFile(file, wrong);
    const digest = digestOfBytes(wrong);
    site.policy.files[digest] = file;
    site.policy.delta = async () => ({ state: 'made', digest, bytes: wrong.length });
    await assertInstalled(of);
    assert.ok(askedWhole(of));
    assert.match(site.log, /delta-refused.*PACKAGE_UNREADABLE/);
  });

  test('an answer that nobody understands, and a delta larger than the package, are passed over', async (t) => {
    const of = await siteWithTwo(t);
    const bytes = of.two.manifest.packages[0]?.archive.bytes ?? 0;
    const digest = digestOfBytes('large');
    of.site.policy.delta = async (pair) =>
      pair === '' ? { state: 'later version' } : { state: 'made', digest, bytes };
    await assertInstalled(of);
    assert.ok(!of.site.asked.includes(`/v1/archives/${digest}`));
  });
});

test('a pair is made once, for whom ever asks; what is no pair of the store is none', async (t) => {
  const of = await siteWithTwo(t);
  const served = serveDeltas(of);
  const [from, to] = [of.one, of.two].map(({ manifest }) => manifest.packages[0]?.treeDigest);
  assert.deepEqual(await served.answer(`${from}-${to}`), { state: 'coming' });
  assert.deepEqual(await served.answer(`${from}-${to}`), { state: 'coming' });
  for (const wrong of [
    '',
    'a-b',
    `${from}`,
    `${from}-${from}`,
    `${from}-${digestOfBytes('')}`,
    `../${from}-${to}`,
  ]) {
    assert.deepEqual(await served.answer(wrong), { state: 'none' }, wrong);
  }
  let answer = await served.answer(`${from}-${to}`);
  for (let wait = 0; wait < 300 && answer.state === 'coming'; wait += 1) {
    await new Promise((done) => setTimeout(done, 50));
    answer = await served.answer(`${from}-${to}`);
  }
  assert.equal(answer.state, 'made');
  // A later life finds it.
  assert.deepEqual(await serveDeltas(of).answer(`${from}-${to}`), answer);
  await mkdir(join(of.store, 'delta-killed'));
  await removeDeltaLeftovers(of.store);
  assert.ok(!(await readdir(of.store)).includes('delta-killed'));
});

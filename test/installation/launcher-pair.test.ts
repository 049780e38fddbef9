/**
 * What a daemon lays down as `launcher/next`: whole or not at all, and only where it is another
 * launcher than the one in place, newer, and not one that failed here.
 */

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { layInstalledPair, layNextPair } from '#adapters/installation/launcher-pair.ts';
import { ownIn } from '#adapters/installation/installation-names.ts';
import type { Release } from '#domain/catalogue/release.ts';
import { openPairDisk, pairId, readPair } from '#launcher/pair.ts';
import type { LauncherSelf } from '#protocol/launcher/messages.ts';
import { buildSelfRelease } from '../../scripts/release/release.ts';

let folder: string;
let older: Release;
let newer: Release;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-pair-'));
  older = await made('5.70', '// a launcher', 'old node');
  newer = await made('5.80', '// another', 'new node');
});
after(() => rm(folder, { recursive: true }));

const treeOf = ({ manifest }: Release): string => join(folder, `tree-${manifest.version}`);

async function made(version: string, launcher: string, node: string): Promise<Release> {
  const tree = join(folder, `tree-${version}`);
  for (const name of ['app', 'runtime']) await mkdir(join(tree, name), { recursive: true });
  await writeFile(join(tree, 'app', 'main.mjs'), '// a daemon');
  await writeFile(join(tree, 'app', 'launcher.mjs'), launcher);
  await writeFile(join(tree, 'runtime', 'node'), node, { mode: 0o755 });
  const outFile = join(folder, `${version}.release`);
  const built = await buildSelfRelease({
    bundleFolder: tree,
    version,
    outFile,
    withRuntime: false,
  });
  assert.ok(built.ok);
  return built.value;
}

let count = 0;
async function installed(release = older): Promise<string> {
  const root = join(folder, `root-${(count += 1)}`);
  const laid = await layInstalledPair(root, treeOf(release), release);
  assert.ok(laid.ok);
  return root;
}

const self: LauncherSelf = { version: '5.70', renewal: null };
const next = (root: string, ...names: string[]): string => join(root, 'launcher', 'next', ...names);
const outcome = async (root: string, release: Release, of = self) => {
  const laid = await layNextPair({ root, tree: treeOf(release), release, self: of });
  return laid.ok ? laid.value : laid.because.code;
};

test('another launcher is laid down with its Node, once', async () => {
  const root = await installed();
  assert.equal(readPair(join(root, 'launcher'))?.version, '5.70');
  assert.equal(await outcome(root, newer), 'laid');
  const pair = readPair(next(root));
  assert.equal(pair?.version, '5.80');
  assert.deepEqual(
    pair.files.map(({ name }) => name),
    ['launcher.mjs', 'node'],
  );
  assert.equal(await readFile(next(root, 'launcher.mjs'), 'utf8'), '// another');
  const [theirs, own] = await Promise.all([
    stat(join(treeOf(newer), 'runtime', 'node')),
    stat(next(root, 'node')),
  ]);
  assert.deepEqual([own.ino, own.mode & 0o777], [theirs.ino, 0o755], 'one file, two names');
  assert.equal(await outcome(root, newer), 'laid');
  assert.deepEqual((await readdir(join(root, 'launcher'))).toSorted(), [
    'launcher.mjs',
    'next',
    'node',
    'pair.json',
  ]);
});

test('it is put into place by links, the one before it stays, and all of it is ours to remove', async () => {
  const root = await installed();
  assert.equal(await outcome(root, newer), 'laid');
  const disk = openPairDisk(join(root, 'launcher'));
  const id = disk.laid()?.id ?? '';
  const names = () => readdir(join(root, 'launcher'));
  assert.ok((await names()).every((name) => ownIn('launcher')?.(name)));
  disk.place(id);
  disk.place(id);
  assert.equal(disk.inPlace()?.version, '5.80');
  assert.equal(await readFile(join(root, 'launcher', 'node'), 'utf8'), 'new node');
  assert.equal(await readFile(join(root, 'launcher', 'pair-1', 'node'), 'utf8'), 'old node');
  const own = ['current', 'launcher.mjs', 'node', 'pair-1', 'pair-2', 'pair.json'];
  assert.deepEqual((await names()).toSorted(), own);
  assert.ok([...own, 'intent.log', 'next.part-1-a'].every((name) => ownIn('launcher')?.(name)));
  assert.equal(ownIn('launcher')?.('precious.txt'), false);
  assert.equal(await outcome(root, newer, { version: '5.80', renewal: null }), 'same');
});

test('what lies there already, of a release before, makes room for it', async () => {
  const root = await installed();
  await mkdir(next(root));
  await writeFile(next(root, 'launcher.mjs'), 'half of something');
  assert.equal(await outcome(root, newer), 'laid');
  assert.equal(readPair(next(root))?.version, '5.80');
});

test('the same, an older one, one that failed here, and none at all are not laid down', async () => {
  const root = await installed();
  assert.equal(await outcome(root, older), 'same');
  const id = pairId(
    ['app/launcher.mjs', 'runtime/node'].map((path, at) => ({
      name: ['launcher.mjs', 'node'][at] ?? '',
      digest: newer.manifest.packages[0]?.proof.find((one) => one.path === path)?.digest ?? '',
    })),
  );
  const of = { version: '5.80', pair: id, cause: 'crash', detail: '', at: 1 };
  const failed: LauncherSelf = { version: '5.70', renewal: { ended: 'failed', ...of } };
  assert.equal(await outcome(root, newer, failed), 'failed-here');
  const fresh = await installed(newer);
  assert.equal(await outcome(fresh, older, { version: '5.80', renewal: null }), 'older');
  const without = join(folder, 'without');
  await cp(treeOf(newer), without, { recursive: true });
  await rm(join(without, 'app', 'launcher.mjs'));
  const laid = await layNextPair({ root, tree: without, release: newer, self });
  assert.deepEqual(laid, { ok: true, value: 'same' });
  assert.ok(!existsSync(next(root)));
});

test('a launcher that is not what its manifest says is not laid down', async () => {
  const root = await installed();
  const tree = join(folder, 'changed');
  await cp(treeOf(newer), tree, { recursive: true });
  await writeFile(join(tree, 'app', 'launcher.mjs'), '// of somebody else');
  const laid = await layNextPair({ root, tree, release: newer, self });
  assert.equal(laid.ok ? '' : laid.because.code, 'PACKAGE_DIGEST_WRONG');
  assert.deepEqual((await readdir(join(root, 'launcher'))).toSorted(), [
    'launcher.mjs',
    'node',
    'pair.json',
  ]);
});

test('where none was installed with a Node of its own, none gets one', async () => {
  const root = await installed();
  await rm(join(root, 'launcher', 'node'));
  assert.equal(await outcome(root, newer), 'laid');
  assert.deepEqual((await readdir(next(root))).toSorted(), ['launcher.mjs', 'pair.json']);
});

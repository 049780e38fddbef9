/** Deltas that are made with a release: beside its packages in the file, and with it into a store. */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { packTar, unpackTar } from 'modern-tar';
import { digestOfBytes } from '#adapters/files/digest.ts';
import { applyDelta } from '#adapters/release/delta-file-apply.ts';
import { digestOfTree } from '#adapters/release/package-archive.ts';
import { buildRelease } from '#adapters/release/release-file-build.ts';
import {
  checkReleaseFile,
  readReleaseFile,
  storedArchive,
} from '#adapters/release/release-file.ts';
import { copyWithMetadata } from '#adapters/release/release-file-write.ts';
import { openDeltas } from '#adapters/share/deltas-disk.ts';
import { brand, type ComponentName, type Digest, type Platform } from '#domain/names.ts';
import type { ReleaseRequest } from '#ports/packages.ts';

let folder: string;
/** The trees of versions 1, 2 and 3, and the digests of these. */
const trees: string[] = [];
const digests: Digest[] = [];

const data = Array.from({ length: 20_000 }, (_, line) => digestOfBytes(String(line))).join('\n');

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-delta-release-'));
  for (const version of ['1', '2', '3']) {
    const tree = join(folder, `tree-${version}`);
    await mkdir(join(tree, 'app'), { recursive: true });
    await writeFile(join(tree, 'app', 'data'), `${version}\n${data}`);
    trees.push(tree);
    digests.push((await digestOfTree(tree)).treeDigest);
  }
});
after(() => rm(folder, { recursive: true }));

const fileOf = (version: number): string => join(folder, `scan-${version}.dankai`);

function requestOf(version: number, more: Partial<ReleaseRequest> = {}): ReleaseRequest {
  return {
    trees: [{ platform: brand<Platform>('any'), folder: trees[version - 1] ?? '' }],
    file: fileOf(version),
    component: brand<ComponentName>('scan'),
    kind: 'tree',
    version: String(version),
    ordering: 'decimal',
    appliesTo: { min: '1', max: '9' },
    ...more,
  };
}

async function built(version: number, more: Partial<ReleaseRequest> = {}) {
  const made = await buildRelease(requestOf(version, more));
  assert.ok(made.ok, JSON.stringify(made));
  return made.value;
}

test('from a folder, a release file and a version; into a store with the release', async () => {
  await built(1);
  await built(2);
  const release = await built(3, { deltasFrom: [trees[0] ?? '', fileOf(1), '2', trees[2] ?? ''] });
  const [first, second, third, itself] = release.deltas ?? [];
  assert.deepEqual(
    [first, second, third, itself].map((one) => one?.fromTree),
    [digests[0], digests[0], digests[1], digests[2]],
  );
  assert.equal(itself?.bytes, null, 'there is nothing to change');
  assert.ok((first?.bytes ?? 0) < 1_000 && (first?.bytes ?? 0) > 0);
  const store = join(folder, 'store');
  const read = await readReleaseFile(fileOf(3), store);
  assert.ok(read.ok);
  const deltas = openDeltas(store);
  for (const from of digests.slice(0, 2)) {
    const kept = await deltas.find({ from, to: digests[2] ?? from });
    assert.ok(kept !== null && kept !== 'absent');
    const out = join(folder, `out-${from.slice(0, 8)}`);
    const applied = await applyDelta({
      deltaFile: storedArchive(store, kept.digest),
      oldFolder: trees[digests.indexOf(from)] ?? '',
      folder: out,
      treeDigest: digests[2] ?? from,
      bytesMax: 10_000_000,
      filesMax: 10,
    });
    assert.deepEqual(applied, { ok: true, value: null });
  }
  const left = (await readdir(store, { recursive: true })).filter((name) => name.includes('.part'));
  assert.deepEqual(left, []);
});

test('a check shows them, and signing takes them along', async () => {
  const checked = await checkReleaseFile(fileOf(3));
  assert.ok(checked.ok);
  assert.equal(checked.value.deltas?.length, 2);
  const signed = join(folder, 'signed.dankai');
  const metadata = new Map([['timestamp.json', '{}']]);
  assert.ok((await copyWithMetadata(fileOf(3), signed, metadata)).ok);
  const again = await checkReleaseFile(signed);
  assert.ok(again.ok);
  assert.deepEqual(again.value.deltas, checked.value.deltas);
});

test('a version that stands nowhere is refused before anything is written', async () => {
  const file = join(folder, 'none.dankai');
  const made = await buildRelease(requestOf(3, { file, deltasFrom: ['7'] }));
  assert.equal(made.ok ? '' : made.because.code, 'DELTA_BASE_UNKNOWN');
  assert.ok(!(await readdir(folder)).includes('none.dankai'));
});

test('what does not add up stays out, with the whole release', async () => {
  const entries = await unpackTar(await readFile(fileOf(3)));
  const isDelta = ({ header }: (typeof entries)[number]): boolean =>
    header.name.startsWith('deltas/');
  const delta = entries.find(isDelta);
  assert.ok(delta?.data);
  const others = entries.filter((one) => !isDelta(one));
  const [name, bytes] = [delta.header.name, Buffer.from(delta.data)];
  const changed = Buffer.from(bytes);
  changed[bytes.length - 1] = (changed[bytes.length - 1] ?? 0) ^ 1;
  const from = digests[0] ?? '';
  const cases: readonly (readonly [string, readonly (readonly [string, Buffer])[]])[] = [
    ['a byte changed', [[name, changed]]],
    ['a byte gone', [[name, bytes.subarray(0, -1)]]],
    ['a byte more', [[name, Buffer.concat([bytes, Buffer.from('x')])]]],
    ['to a tree of another release', [[`deltas/${digests[2]}-${from}`, bytes]]],
    ['the name of no pair', [['deltas/x', bytes]]],
    [
      'the same pair twice',
      [
        [name, bytes],
        [name, bytes],
      ],
    ],
    ['larger than its package', [[name, Buffer.alloc(5_000_000)]]],
  ];
  for (const [title, deltas] of cases) {
    const file = join(folder, 'wrong.dankai');
    const tar = await packTar([
      ...others.map(({ header, data: body }) => ({ header, body: body ?? new Uint8Array() })),
      ...deltas.map(([as, body]) => ({
        header: { name: as, size: body.length, mtime: new Date(0) },
        body,
      })),
    ]);
    await writeFile(file, tar);
    const store = join(folder, 'store-wrong');
    const read = await readReleaseFile(file, store);
    assert.equal(read.ok ? '' : read.because.code, 'PACKAGE_UNREADABLE', title);
    const left = (await readdir(store, { recursive: true })).filter((one) => one.includes('/'));
    assert.deepEqual(left, [], title);
  }
});

test('what a store keeps of deltas goes with the versions, and no other delta with it', async () => {
  const store = join(folder, 'store');
  const deltas = openDeltas(store);
  const [one, two, three] = digests;
  assert.ok(one !== undefined && two !== undefined && three !== undefined);
  const kept = await deltas.find({ from: two, to: three });
  const before = await readdir(join(store, 'archives'));
  const gone = await deltas.keepOnly(({ from }) => from !== one);
  assert.deepEqual(gone, [{ from: one, to: three }]);
  assert.equal(await deltas.find({ from: one, to: three }), 'absent');
  assert.deepEqual(await deltas.find({ from: two, to: three }), kept);
  assert.equal((await readdir(join(store, 'archives'))).length, before.length - 1);
});

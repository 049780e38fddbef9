/** Release files: into a store and back, and everything that such a file may try. */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { packTar, type TarEntry } from 'modern-tar';
import { digestOfBytes } from '#adapters/files/digest.ts';
import { packTree } from '#adapters/release/package-archive.ts';
import { readMetadataEntries } from '#adapters/release/release-file-metadata.ts';
import {
  copyWithMetadata,
  writeMetadataBundle,
  writeReleaseFile,
} from '#adapters/release/release-file-write.ts';
import {
  checkReleaseFile,
  readReleaseFile,
  readReleaseStream,
} from '#adapters/release/release-file.ts';
import type { Release, ReleaseManifest } from '#domain/catalogue/release.ts';
import { brand, type ComponentName, type Digest, type Platform } from '#domain/names.ts';
import { canonicalJson } from '#protocol/shared/release.ts';

let folder: string;
let manifest: ReleaseManifest;
let archive: Buffer;
let release: Release;
let file: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-release-'));
  await mkdir(join(folder, 'tree'));
  await writeFile(join(folder, 'tree', 'a'), 'content of a\n'.repeat(1_000));
  const made = await packTree(join(folder, 'tree'), join(folder, 'archive'));
  archive = await readFile(join(folder, 'archive'));
  manifest = {
    format: 1,
    component: brand<ComponentName>('program'),
    lane: 'program',
    kind: 'tree',
    version: '5.80.1179',
    ordering: 'decimal',
    appliesTo: { min: '5.0', max: '6.0' },
    needsComponents: [],
    needs: { diskBytes: 0, memoryBytes: 0 },
    precautions: ['read this'],
    returnTo: [],
    rebootRecommended: true,
    packages: [{ platform: brand<Platform>('any'), ...made, proof: [] }],
    catalogue: { version: '5.80', sections: [] },
  };
  file = join(folder, 'x.release');
  const written = await writeReleaseFile({
    manifest,
    archiveFile: () => join(folder, 'archive'),
    file,
  });
  assert.ok(written.ok);
  release = written.value;
});
after(() => rm(folder, { recursive: true }));

let count = 0;
const freshStore = (): string => join(folder, `store-${(count += 1)}`);

async function contentOf(store: string): Promise<readonly string[]> {
  const names = await readdir(store, { recursive: true });
  return names.filter((name) => name.includes('/')).toSorted();
}

const whole = (): readonly string[] => [
  `archives/${manifest.packages[0]?.archive.digest}`,
  `manifests/${release.digest}.json`,
];

describe('a release file', () => {
  test('goes into a store and says what it is', async () => {
    const store = freshStore();
    assert.deepEqual(await readReleaseFile(file, store), { ok: true, value: release });
    assert.deepEqual(await contentOf(store), whole());
    const bytes = await readFile(join(store, whole()[1] ?? ''));
    assert.equal(digestOfBytes(bytes), release.digest);
    assert.ok(archive.equals(await readFile(join(store, whole()[0] ?? ''))));
  });

  test('is the same file whenever it is made', async () => {
    const again = join(folder, 'again.release');
    await writeReleaseFile({ manifest, archiveFile: () => join(folder, 'archive'), file: again });
    assert.ok((await readFile(file)).equals(await readFile(again)));
  });

  test('can be checked without a store', async () => {
    assert.deepEqual(await checkReleaseFile(file), { ok: true, value: release });
  });

  test('may be imported many times at once, and heals a damaged copy', async () => {
    const store = freshStore();
    const imports = Array.from({ length: 5 }, () => readReleaseFile(file, store));
    for (const answer of await Promise.all(imports)) assert.equal(answer.ok, true);
    assert.deepEqual(await contentOf(store), whole());
    await writeFile(join(store, whole()[0] ?? ''), 'damaged');
    await readReleaseFile(file, store);
    assert.ok(archive.equals(await readFile(join(store, whole()[0] ?? ''))));
  });

  test('clears up what a killed import left', async () => {
    const store = freshStore();
    await mkdir(join(store, 'archives'), { recursive: true });
    await writeFile(join(store, `${whole()[0]}.part-4194303-abcd`), 'half');
    await readReleaseFile(file, store);
    assert.deepEqual(await contentOf(store), whole());
  });
});

const entry = (name: string, body: string | Uint8Array, more: object = {}): TarEntry => ({
  header: { name, size: Buffer.byteLength(body), mtime: new Date(0), ...more },
  body,
});

describe('signed metadata in a release file', () => {
  const metadata = new Map([
    ['1.root.json', '{"root":1}'],
    ['timestamp.json', '{"時":1}'],
  ]);
  const signed = (): string => join(folder, 'signed.release');

  test('stands first, and the release stays what it was', async () => {
    assert.ok((await copyWithMetadata(file, signed(), metadata)).ok);
    assert.deepEqual(await readMetadataEntries(signed()), { ok: true, value: metadata });
    assert.deepEqual(await checkReleaseFile(signed()), { ok: true, value: release });
    const again = join(folder, 'again.release');
    const other = new Map([['timestamp.json', '{}']]);
    assert.ok((await copyWithMetadata(signed(), again, other)).ok);
    assert.deepEqual(await readMetadataEntries(again), { ok: true, value: other });
    assert.deepEqual(await checkReleaseFile(again), { ok: true, value: release });
  });

  test('is the same file, whether written at once or added later', async () => {
    const once = join(folder, 'once.release');
    const archiveFile = (): string => join(folder, 'archive');
    await writeReleaseFile({ manifest, archiveFile, file: once, metadata });
    await copyWithMetadata(file, signed(), metadata);
    assert.deepEqual(await readFile(once), await readFile(signed()));
  });

  test('is shown to who judges the release, before any archive is read', async () => {
    await copyWithMetadata(file, signed(), metadata);
    let shown: unknown = null;
    const store = freshStore();
    await readReleaseStream(Readable.from([await readFile(signed())]), {
      name: 'upload',
      intoStore: store,
      against: async (_release, files) => {
        shown = files;
        return { code: 'DISK_FULL', with: { path: 'x' } };
      },
    });
    assert.deepEqual(shown, metadata);
    assert.deepEqual(await contentOf(store), []);
  });

  test('may stand in a file alone', async () => {
    const bundle = join(folder, 'metadata.bundle');
    assert.ok((await writeMetadataBundle(bundle, metadata)).ok);
    assert.deepEqual(await readMetadataEntries(bundle), { ok: true, value: metadata });
    const read = await checkReleaseFile(bundle);
    assert.equal(!read.ok && read.because.code, 'PACKAGE_UNREADABLE');
  });

  test('need not be there', async () => {
    assert.deepEqual(await readMetadataEntries(file), { ok: true, value: new Map() });
    const absent = await readMetadataEntries(join(folder, 'absent'));
    assert.equal(!absent.ok && absent.because.code, 'PACKAGE_UNREADABLE');
  });

  const many = Array.from({ length: 261 }, (_, index) =>
    entry(`metadata/${index + 1}.root.json`, ''),
  );
  const large = ' '.repeat(2 * 1024 * 1024);
  const crafted: readonly (readonly [string, string, readonly TarEntry[]])[] = [
    ['a name twice', 'PACKAGE_UNREADABLE', [many[0]!, many[0]!]],
    ['a name that is none', 'PACKAGE_UNREADABLE', [entry('metadata/passwd', 'x')]],
    ['a name that climbs out', 'PACKAGE_UNREADABLE', [entry('metadata/../1.root.json', 'x')]],
    [
      'a link',
      'PACKAGE_UNREADABLE',
      [entry('metadata/1.root.json', '', { type: 'symlink', linkname: '/etc/passwd' })],
    ],
    ['files without end', 'PACKAGE_UNREADABLE', many],
    ['endless data', 'METADATA_TOO_LARGE', [entry('metadata/1.root.json', `${large} `)]],
    [
      'endless data in many files',
      'METADATA_TOO_LARGE',
      many.slice(0, 5).map(({ header }) => entry(header.name, large)),
    ],
  ];
  for (const [what, code, entries] of crafted) {
    test(`refused: ${what}`, async () => {
      const bad = join(folder, 'bad-metadata');
      await writeFile(bad, await packTar([...entries]));
      for (const answer of [await readMetadataEntries(bad), await checkReleaseFile(bad)]) {
        assert.equal(!answer.ok && answer.because.code, code);
      }
    });
  }
});

describe('a file that is refused leaves nothing in the store', () => {
  const manifestEntry = (changed: object = {}): TarEntry =>
    entry('release.json', canonicalJson({ ...manifest, ...changed }));
  const archiveEntry = (body: Uint8Array = archive): TarEntry =>
    entry(`archives/${manifest.packages[0]?.archive.digest}`, body);
  const foreignDigest: Digest = digestOfBytes('foreign');

  const crafted: readonly (readonly [string, string, () => readonly TarEntry[]])[] = [
    ['no entries', 'PACKAGE_UNREADABLE', () => []],
    ['no archive', 'PACKAGE_UNREADABLE', () => [manifestEntry()]],
    ['the archive first', 'PACKAGE_UNREADABLE', () => [archiveEntry(), manifestEntry()]],
    [
      'two manifests',
      'PACKAGE_UNREADABLE',
      () => [manifestEntry(), manifestEntry(), archiveEntry()],
    ],
    [
      'the archive twice',
      'PACKAGE_UNREADABLE',
      () => [manifestEntry(), archiveEntry(), archiveEntry()],
    ],
    [
      'an archive that the manifest does not name',
      'PACKAGE_UNREADABLE',
      () => [manifestEntry(), archiveEntry(), entry(`archives/${foreignDigest}`, 'x')],
    ],
    [
      'a name that climbs out',
      'PACKAGE_UNREADABLE',
      () => [manifestEntry(), entry('archives/../../outside', archive)],
    ],
    [
      'an archive of another size',
      'PACKAGE_UNREADABLE',
      () => [manifestEntry(), archiveEntry(archive.subarray(1))],
    ],
    [
      'an archive of other bytes',
      'PACKAGE_DIGEST_WRONG',
      () => [manifestEntry(), archiveEntry(Buffer.from(archive).fill(7, 50, 60))],
    ],
    [
      'a manifest that is a link',
      'PACKAGE_UNREADABLE',
      () => [entry('release.json', '', { type: 'symlink', linkname: '/etc/passwd' })],
    ],
    ['a manifest of another format', 'PACKAGE_UNREADABLE', () => [manifestEntry({ format: 2 })]],
    ['a manifest that says more', 'PACKAGE_UNREADABLE', () => [manifestEntry({ more: true })]],
    [
      'a manifest that is not canonical',
      'PACKAGE_UNREADABLE',
      () => [entry('release.json', JSON.stringify(manifest, null, 2)), archiveEntry()],
    ],
    ['a manifest that is no JSON', 'PACKAGE_UNREADABLE', () => [entry('release.json', '{')]],
    [
      'a manifest without end',
      'PACKAGE_TOO_LARGE',
      () => [entry('release.json', ' '.repeat(5_000_000))],
    ],
  ];
  for (const [what, code, entries] of crafted) {
    test(what, async () => {
      const bad = join(folder, `bad-${(count += 1)}`);
      await writeFile(bad, await packTar(entries()));
      const store = freshStore();
      const answer = await readReleaseFile(bad, store);
      assert.equal(!answer.ok && answer.because.code, code);
      assert.deepEqual(await contentOf(store), []);
      const checked = await checkReleaseFile(bad);
      assert.deepEqual(checked, answer);
    });
  }

  const lies: readonly (readonly [string, string, object])[] = [
    ['its tree', 'PACKAGE_DIGEST_WRONG', { treeDigest: foreignDigest }],
    ['fewer bytes', 'PACKAGE_TOO_LARGE', { treeBytes: 5 }],
    ['more bytes', 'PACKAGE_UNREADABLE', { treeBytes: 50_000 }],
    ['more files', 'PACKAGE_UNREADABLE', { fileCount: 2 }],
    ['no files', 'PACKAGE_TOO_LARGE', { fileCount: 0 }],
    ['a proof', 'PACKAGE_DIGEST_WRONG', { proof: [{ path: 'a', digest: foreignDigest }] }],
    [
      'a proof that is not there',
      'PACKAGE_DIGEST_WRONG',
      { proof: [{ path: 'b', digest: foreignDigest }] },
    ],
  ];
  for (const [what, code, lie] of lies) {
    test(`a manifest that lies about ${what}`, async () => {
      const packages = manifest.packages.map((one) => ({ ...one, ...lie }));
      const bad = join(folder, `bad-${(count += 1)}`);
      await writeFile(bad, await packTar([manifestEntry({ packages }), archiveEntry()]));
      const store = freshStore();
      const answer = await readReleaseFile(bad, store);
      assert.equal(!answer.ok && answer.because.code, code);
      assert.deepEqual(await contentOf(store), []);
    });
  }

  test('any cut through the file, and bytes that are no tar', async () => {
    const bytes = await readFile(file);
    const cuts = [0, 1, 511, 512, 700, 1_024, bytes.length - 1_600, bytes.length - 1];
    const bad = join(folder, 'cut');
    for (const content of [...cuts.map((cut) => bytes.subarray(0, cut)), Buffer.from('no tar')]) {
      await writeFile(bad, content);
      const store = freshStore();
      const answer = await readReleaseFile(bad, store);
      assert.equal(!answer.ok && answer.because.code, 'PACKAGE_UNREADABLE', `${content.length}`);
      assert.deepEqual(await contentOf(store), []);
    }
  });

  test('a sender that goes away in the middle', async () => {
    const bytes = await readFile(file);
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(0, bytes.length / 2);
      throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    }
    const store = freshStore();
    const answer = await readReleaseStream(broken(), { name: 'upload', intoStore: store });
    assert.deepEqual(answer, {
      ok: false,
      because: { code: 'PACKAGE_UNREADABLE', with: { file: 'upload', detail: 'ECONNRESET' } },
    });
    assert.deepEqual(await contentOf(store), []);
  });

  test('a sender that is gone before the first byte', async () => {
    const gone = new Readable({ read: () => undefined });
    const reading = readReleaseStream(gone, { name: 'upload', intoStore: freshStore() });
    gone.destroy(new Error('aborted'));
    const answer = await reading;
    assert.equal(!answer.ok && answer.because.code, 'PACKAGE_UNREADABLE');
  });

  test('a file that is not there', async () => {
    const answer = await readReleaseFile(join(folder, 'absent'), freshStore());
    assert.equal(!answer.ok && answer.because.code, 'PACKAGE_UNREADABLE');
  });
});

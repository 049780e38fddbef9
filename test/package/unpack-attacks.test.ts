/**
 * What an archive may try, and what becomes of it: each attack by its name, against the code that
 * unpacks what a server was sent. After each of them the folder is empty, and nothing beside it has
 * been touched.
 */

import assert from 'node:assert/strict';
import {
  chmod,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { packTar, type TarEntry } from 'modern-tar';
import { digestOfBytes } from '#adapters/files/digest.ts';
import { digestOfTree, unpackTree } from '#adapters/release/package-archive.ts';
import { foldedPath, linkIsSafe, pathIsSafe } from '#adapters/release/package-archive-names.ts';
import type { Digest } from '#domain/names.ts';
import type { ProblemCode } from '#domain/problem.ts';
import {
  file,
  folder as at,
  link,
  packed,
  paxRecords,
  rawArchive,
  rawEntry,
} from './archive-for-tests.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-unpack-'));
});
after(() => rm(folder, { recursive: true }));

let count = 0;
let out: string;
/** Stands beside what is unpacked; whoever climbs out finds it first. */
const beside = 'nobody wrote here';
beforeEach(async () => {
  out = join(folder, `out-${(count += 1)}`, 'inside', 'tree');
  await mkdir(dirname(dirname(out)));
  await writeFile(join(dirname(dirname(out)), 'outside'), beside);
});

type Options = {
  readonly treeDigest?: Digest;
  readonly bytesMax?: number;
  readonly filesMax?: number;
};

async function unpacked(
  archive: Uint8Array,
  { treeDigest = digestOfBytes('any'), bytesMax = 10_000_000, filesMax = 1_000 }: Options = {},
): Promise<ProblemCode | 'done'> {
  const archiveFile = join(folder, `archive-${(count += 1)}`);
  await writeFile(archiveFile, archive);
  const answer = await unpackTree({ archiveFile, folder: out, treeDigest, bytesMax, filesMax });
  const around = dirname(dirname(out));
  assert.deepEqual((await readdir(around)).toSorted(), ['inside', 'outside']);
  assert.equal(await readFile(join(around, 'outside'), 'utf8'), beside);
  if (answer.ok) return 'done';
  assert.deepEqual(await readdir(dirname(out)), [], 'nothing is left behind');
  return answer.because.code;
}

/** The digest that the tree of one file would have. */
async function treeOf(name: string, content: string): Promise<Digest> {
  const tree = join(folder, `tree-${(count += 1)}`);
  await mkdir(tree);
  await writeFile(join(tree, name), content, { mode: 0o644 });
  return (await digestOfTree(tree)).treeDigest;
}

type Attacks = Readonly<Record<string, readonly TarEntry[]>>;

function areUnsafe(attacks: Attacks): void {
  for (const [what, entries] of Object.entries(attacks)) {
    test(what, async () => {
      assert.equal(await unpacked(await packed(entries)), 'PACKAGE_PATH_UNSAFE');
    });
  }
}

describe('unpacking: names that leave the folder', () => {
  areUnsafe({
    'a name with ..': [file('../outside')],
    'a name with .. behind a folder': [at('a'), file('a/../../outside')],
    'a name that is .. alone': [at('..')],
    'an absolute name': [file('/etc/outside')],
    'an absolute name of two slashes': [file('//etc/outside')],
    'a drive': [file('C:outside')],
    'a share of Windows': [file('\\\\server\\share')],
    'the other slash': [file('..\\outside')],
    'a name of nothing': [file('a//b')],
    'a control character': [file('a\nb')],
    'a NUL behind which the name goes on': [file('a', 'x', { pax: { path: 'a\0/../../outside' } })],
    'a name with .. that a pax header brings': [file('a', 'x', { pax: { path: '../../outside' } })],
  });

  test('a name with .. that a long name of GNU tar brings', async () => {
    const long = rawEntry({ name: '././@LongLink', type: 'L', body: Buffer.from('../outside\0') });
    const body = Buffer.from('x');
    const archive = rawArchive([long, rawEntry({ name: 'a', type: '0', body })]);
    assert.equal(await unpacked(archive), 'PACKAGE_PATH_UNSAFE');
  });

  test('a name with .. that a pax header for all entries brings', async () => {
    const all = rawEntry({ name: 'g', type: 'g', body: paxRecords({ path: '../outside' }) });
    const body = Buffer.from('x');
    const archive = rawArchive([all, rawEntry({ name: 'a', type: '0', body })]);
    assert.equal(await unpacked(archive), 'PACKAGE_PATH_UNSAFE');
  });
});

describe('unpacking: links', () => {
  areUnsafe({
    'a symbolic link to an absolute path': [link('a', '/etc/passwd')],
    'a symbolic link out of the tree': [at('a'), link('a/b', '../../outside')],
    'a symbolic link out of the tree behind a name': [link('a', 'b/../../outside')],
    'a symbolic link to nothing': [link('a', '')],
    'a symbolic link out of the tree that a pax header brings': [
      { header: { ...link('a', 'b').header, pax: { linkpath: '../outside' } } },
    ],
    'a hard link out of the tree': [link('a', '../outside', 'link')],
    'a hard link within the tree': [file('a'), link('b', 'a', 'link')],
    'a link, then a file written through it': [at('real'), link('a', 'real'), file('a/b')],
    'a link to the folder itself, then a file through it': [link('a', '.'), file('a/b')],
    'a link, then a file in its place': [at('real'), link('a', 'real/b'), file('a')],
    'a link, then a folder in its place': [at('real'), link('a', 'real'), at('a'), file('a/b')],
  });
});

describe('unpacking: what is no file', () => {
  areUnsafe({
    'a character device': [file('a', '', { type: 'character-device' })],
    'a block device': [file('a', '', { type: 'block-device' })],
    'a pipe': [file('a', '', { type: 'fifo' })],
  });

  test('a set-user-id bit does not come out', async () => {
    const archive = await packed([file('a', 'x', { mode: 0o6755 })]);
    const tree = join(folder, `tree-${(count += 1)}`);
    await mkdir(tree);
    await writeFile(join(tree, 'a'), 'x');
    await chmod(join(tree, 'a'), 0o755);
    const { treeDigest } = await digestOfTree(tree);
    assert.equal(await unpacked(archive, { treeDigest }), 'done');
    assert.equal((await stat(join(out, 'a'))).mode & 0o7777, 0o755);
  });

  test('a folder that is already there, or a link in its place, is not written into', async () => {
    const treeDigest = await treeOf('a', 'x');
    const archive = await packed([file('a')]);
    await mkdir(dirname(out));
    await symlink('../outside', out);
    const archiveFile = join(folder, `archive-${(count += 1)}`);
    await writeFile(archiveFile, archive);
    const limits = { bytesMax: 1, filesMax: 1 };
    const answer = await unpackTree({ archiveFile, folder: out, treeDigest, ...limits });
    assert.equal(answer.ok, false);
    assert.equal(await readFile(join(dirname(dirname(out)), 'outside'), 'utf8'), beside);
  });
});

describe('unpacking: names that another disk takes for others', () => {
  areUnsafe({
    'names that differ by case alone': [file('readme'), file('README')],
    'folders that differ by case alone': [at('a'), at('A'), file('A/b')],
    'names that differ by a case that has two letters': [file('straße'), file('STRASSE')],
    'names that differ by a capital that is seldom written': [file('straße'), file('straẞe')],
    'Unicode twins: the writing of an accent': [file('caf\u00e9'), file('cafe\u0301')],
    'Unicode twins: a sign that is a letter': [file('\u212a'), file('k')],
    'Unicode twins: a letter that nobody sees': [file('ab'), file('a\u200bb')],
    'Unicode twins: a mark of direction': [file('ab'), file('a\u202eb')],
    'the name of a Windows device': [file('aux')],
    'the name of a Windows device with an ending': [at('a'), file('a/COM1.txt')],
    'the name of a Windows device with a blank before its ending': [file('nul .txt')],
    'the name of a Windows device with a raised number': [file('com\u00b9')],
    'a stream of another file, as Windows has them': [file('main'), file('main:b')],
    'a name that Windows would shorten': [file('a.')],
    'a name that Windows would shorten by a blank': [file('a ')],
  });
});

describe('unpacking: entries that contradict each other', () => {
  areUnsafe({
    'the same file twice': [file('a'), file('a', 'y')],
    'the same folder twice': [at('a'), at('a')],
    'a file, then a folder of its name': [file('a'), at('a')],
    'a file in a file': [file('a'), file('a/b')],
    'a file in a folder that was not named': [file('a/b')],
  });
});

describe('unpacking: long names and deep paths', () => {
  const deep = (parts: number): TarEntry[] =>
    Array.from({ length: parts }, (_, index) =>
      at(
        Array(index + 1)
          .fill('d')
          .join('/'),
      ),
    );
  areUnsafe({
    'a part of 256 bytes': [file('a'.repeat(256))],
    'a part of 256 bytes in few letters': [file('深'.repeat(86))],
    'a path of more than 1,000 bytes': [
      at('a'.repeat(250)),
      at(`${'a'.repeat(250)}/${'b'.repeat(250)}`),
      at(`${'a'.repeat(250)}/${'b'.repeat(250)}/${'c'.repeat(250)}`),
      file(`${'a'.repeat(250)}/${'b'.repeat(250)}/${'c'.repeat(250)}/${'d'.repeat(250)}`),
    ],
    'folders 65 deep': deep(65),
    'a link of more than 1,000 bytes': [link('a', Array(600).fill('b').join('/'))],
  });

  test('a name of 9 MB in a pax header', async () => {
    const body = paxRecords({ path: 'a'.repeat(9_000_000) });
    const archive = rawArchive([
      rawEntry({ name: 'x', type: 'x', body }),
      rawEntry({ name: 'a', type: '0', body: Buffer.from('x') }),
    ]);
    assert.equal(await unpacked(archive), 'PACKAGE_UNREADABLE');
  });
});

describe('unpacking: more than was signed', () => {
  test('more bytes than were signed', async () => {
    const archive = await packed([file('a', 'x'.repeat(100))]);
    assert.equal(await unpacked(archive, { bytesMax: 99 }), 'PACKAGE_TOO_LARGE');
  });

  test('more files than were signed', async () => {
    const many = Array.from({ length: 11 }, (_, index) => file(`a${index}`));
    assert.equal(await unpacked(await packed(many), { filesMax: 10 }), 'PACKAGE_TOO_LARGE');
  });

  test('more folders than were signed', async () => {
    const many = Array.from({ length: 11 }, (_, index) => at(`a${index}`));
    assert.equal(await unpacked(await packed(many), { filesMax: 10 }), 'PACKAGE_TOO_LARGE');
  });

  test('I12: a tree that is not the one of its manifest', async () => {
    assert.equal(await unpacked(await packed([file('a')])), 'PACKAGE_DIGEST_WRONG');
  });

  test('a compression bomb of a large file', async () => {
    const bomb = zstdCompressSync(await packTar([file('a', '\0'.repeat(5_000_000))]));
    assert.ok(bomb.byteLength < 10_000);
    assert.equal(await unpacked(bomb, { bytesMax: 4_999_999 }), 'PACKAGE_TOO_LARGE');
  });

  test('a compression bomb behind the end of the archive', async () => {
    const tar = await packTar([file('a')]);
    const endless = zstdCompressSync(Buffer.concat([tar, Buffer.alloc(20_000_000)]));
    assert.equal(await unpacked(endless, { bytesMax: 1, filesMax: 1 }), 'PACKAGE_TOO_LARGE');
  });

  test('a compression bomb of headers, none of which is a file', async () => {
    const header = rawEntry({ name: 'x', type: 'x', body: paxRecords({ comment: 'x' }) });
    const archive = rawArchive(Array(20_000).fill(header));
    assert.equal(await unpacked(archive, { bytesMax: 1, filesMax: 1 }), 'PACKAGE_TOO_LARGE');
  });

  test('a compression bomb that asks for 2 GB of memory to begin with', async () => {
    const magic = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
    // No content size, a window of 2 GB, and one raw block of a byte.
    const frame = Buffer.concat([magic, Buffer.from([0x00, 21 << 3, 0x09, 0x00, 0x00, 0x61])]);
    const before = process.memoryUsage().rss;
    assert.equal(await unpacked(frame), 'PACKAGE_UNREADABLE');
    assert.ok(process.memoryUsage().rss - before < 500_000_000);
  });
});

describe('unpacking: sizes that lie', () => {
  const body = Buffer.from('x');

  test('a pax header that makes a file larger than its header says', async () => {
    const larger = paxRecords({ size: '9000000000' });
    const archive = rawArchive([
      rawEntry({ name: 'x', type: 'x', body: larger }),
      rawEntry({ name: 'a', type: '0', body }),
    ]);
    assert.equal(await unpacked(archive), 'PACKAGE_TOO_LARGE');
  });

  test('a pax header that makes a file end before the next header', async () => {
    const hidden = rawEntry({ name: '../outside', type: '0', body });
    const archive = rawArchive([
      rawEntry({ name: 'x', type: 'x', body: paxRecords({ size: '0' }) }),
      rawEntry({ name: 'a', type: '0', body: hidden }),
    ]);
    assert.equal(await unpacked(archive), 'PACKAGE_PATH_UNSAFE');
  });

  test('a size that is no number, is negative, or has no end', async () => {
    const sizes = ['-1', 'NaN', '1e9', '0x10', '9'.repeat(30)];
    for (const size of sizes) {
      const archive = rawArchive([
        rawEntry({ name: 'x', type: 'x', body: paxRecords({ size }) }),
        rawEntry({ name: 'a', type: '0', body }),
      ]);
      // Left out or refused; what comes out is never another tree.
      assert.notEqual(await unpacked(archive), 'done', size);
    }
    const negative = rawEntry({ name: 'a', type: '0', body });
    negative.fill(0xff, 124, 136);
    assert.equal(await unpacked(rawArchive([negative])), 'PACKAGE_UNREADABLE');
  });

  test('a sparse file, in the form of GNU tar and in that of pax, is not blown up', async () => {
    const map = Buffer.from('1\n0\n1\n'.padEnd(512, '\0'));
    const records = {
      'GNU.sparse.major': '1',
      'GNU.sparse.minor': '0',
      'GNU.sparse.name': '../outside',
      'GNU.sparse.realsize': '9000000000000',
    };
    const pax = [
      rawEntry({ name: 'x', type: 'x', body: paxRecords(records) }),
      rawEntry({ name: 'GNUSparseFile.0', type: '0', body: Buffer.concat([map, body]) }),
    ];
    const gnu = [rawEntry({ name: 'a', type: 'S', body })];
    assert.equal(await unpacked(rawArchive(pax)), 'PACKAGE_DIGEST_WRONG');
    assert.equal(await unpacked(rawArchive(gnu)), 'PACKAGE_DIGEST_WRONG');
  });

  test('a folder that has bytes', async () => {
    const archive = rawArchive([rawEntry({ name: 'a/', type: '5', size: 512 })]);
    assert.notEqual(await unpacked(archive), 'done');
  });
});

describe('unpacking: broken bytes', () => {
  const noise = 'abcdefghij'.repeat(5_000);

  test('no archive at all', async () => {
    const tar = await packTar([file('b', noise)]);
    const broken = [new Uint8Array(0), Buffer.from('no archive at all'), tar];
    for (const archive of broken) assert.equal(await unpacked(archive), 'PACKAGE_UNREADABLE');
  });

  test('truncated, at every place where a part ends, and at some others', async () => {
    const whole = await packed([at('a'), file('a/b', noise), file('c', noise)]);
    const tar = await packTar([file('b', noise)]);
    for (const length of [1, 4, whole.byteLength / 2, whole.byteLength - 1]) {
      assert.equal(await unpacked(whole.subarray(0, length)), 'PACKAGE_UNREADABLE', `${length}`);
    }
    for (const length of [100, 512, 40_000, tar.byteLength - 1024, tar.byteLength - 512]) {
      const cut = zstdCompressSync(tar.subarray(0, length));
      assert.equal(await unpacked(cut), 'PACKAGE_UNREADABLE', `${length}`);
    }
  });

  test('a header whose sum is wrong', async () => {
    const tar = Buffer.from(await packTar([file('b', noise)])).fill(0xff, 100, 108);
    assert.equal(await unpacked(zstdCompressSync(tar)), 'PACKAGE_UNREADABLE');
  });

  test('trailing bytes behind the end of the archive', async () => {
    const tar = await packTar([file('a')]);
    const second = await packTar([file('../outside')]);
    const treeDigest = await treeOf('a', 'x');
    for (const rest of [Buffer.from('more'), second]) {
      const archive = zstdCompressSync(Buffer.concat([tar, rest]));
      assert.equal(await unpacked(archive, { treeDigest }), 'PACKAGE_UNREADABLE');
    }
  });

  test('trailing bytes behind the end of the compressed stream', async () => {
    const whole = zstdCompressSync(await packTar([file('a')]));
    const second = zstdCompressSync(await packTar([file('../outside')]));
    const treeDigest = await treeOf('a', 'x');
    for (const rest of [Buffer.from('more'), second]) {
      const archive = Buffer.concat([whole, rest]);
      assert.equal(await unpacked(archive, { treeDigest }), 'PACKAGE_UNREADABLE');
    }
  });
});

test('no path of safe parts leaves its tree, and no safe link does', () => {
  const part = fc.constantFrom('..', '.', '', 'a', 'b', 'con', '/');
  const path = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'));
  fc.assert(
    fc.property(path, path, (left, right) => {
      if (!pathIsSafe(left)) return;
      assert.ok(join('/tree', left).startsWith('/tree/'));
      if (!linkIsSafe(left, right)) return;
      const reached = join('/tree', dirname(left), right);
      assert.ok(reached === '/tree' || reached.startsWith('/tree/'), `${left} -> ${right}`);
    }),
    { numRuns: 2_000 },
  );
});

test('two names that are one in any case or form of Unicode are folded to one', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 12 }), (name) => {
      for (const form of ['NFC', 'NFD'] as const) {
        const other = name.normalize(form);
        for (const twin of [other, other.toLowerCase(), other.toUpperCase()]) {
          assert.equal(foldedPath(twin), foldedPath(name));
        }
      }
    }),
    { numRuns: 2_000 },
  );
});

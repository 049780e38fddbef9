/**
 * What an archive may try (attacks.testing.ts, and what needs more than its bytes), and what becomes
 * of it: each attack by its name, against the code that unpacks what a server was sent. After each
 * of them the folder is empty, and nothing beside it has been touched. The same attacks on a whole
 * server: test/trust/unpacking.test.ts.
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
import { packTar } from 'modern-tar';
import { digestOfBytes } from '#adapters/files/digest.ts';
import { digestOfTree, unpackTree } from '#adapters/release/package-archive.ts';
import { foldedPath, linkIsSafe, pathIsSafe } from '#adapters/release/package-archive-names.ts';
import type { Digest } from '#domain/names.ts';
import type { ProblemCode } from '#domain/problem.ts';
import {
  file,
  folder as at,
  packed,
  paxRecords,
  rawArchive,
  rawEntry,
} from './archive-for-tests.ts';
import { attacks } from './attacks.testing.ts';

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

for (const [group, named] of Object.entries(attacks)) {
  describe(`unpacking: ${group}`, () => {
    for (const [what, { archive, code, ...signed }] of Object.entries(named)) {
      test(what, async () => {
        assert.equal(await unpacked(await archive(), signed), code);
      });
    }
  });
}

describe('unpacking: what is no attack by itself', () => {
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

  test('I12: a tree that is not the one of its manifest', async () => {
    assert.equal(await unpacked(await packed([file('a')])), 'PACKAGE_DIGEST_WRONG');
  });

  test('a compression bomb that asks for 2 GB of memory takes none', async () => {
    const before = process.memoryUsage().rss;
    const bomb = attacks['more than was signed']['a window of 2 GB'].archive();
    assert.equal(await unpacked(bomb), 'PACKAGE_UNREADABLE');
    assert.ok(process.memoryUsage().rss - before < 500_000_000);
  });

  test('a size that is no number, is negative, or has no end', async () => {
    const body = Buffer.from('x');
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

  test('a folder that has bytes', async () => {
    const archive = rawArchive([rawEntry({ name: 'a/', type: '5', size: 512 })]);
    assert.notEqual(await unpacked(archive), 'done');
  });
});

describe('unpacking: broken bytes', () => {
  const noise = 'abcdefghij'.repeat(5_000);

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

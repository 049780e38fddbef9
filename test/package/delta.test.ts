/** Deltas as files: what was one tree becomes the other, and nothing else does, whatever is sent. */

import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { applyDelta } from '#adapters/release/delta-file-apply.ts';
import { buildDelta } from '#adapters/release/delta-file-build.ts';
import { digestOfTree } from '#adapters/release/package-archive.ts';

let folder: string;
let count = 0;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-delta-'));
});
after(() => rm(folder, { recursive: true }));

type Tree = Readonly<Record<string, Uint8Array | { readonly link: string } | 'folder'>>;

async function lay(tree: Tree): Promise<string> {
  const root = join(folder, `tree-${(count += 1)}`);
  await mkdir(root);
  for (const [path, content] of Object.entries(tree)) {
    const place = join(root, path);
    await mkdir(dirname(place), { recursive: true });
    if (content === 'folder') await mkdir(place, { recursive: true });
    else if (content instanceof Uint8Array) {
      await writeFile(place, content);
      if (path.endsWith('.sh')) await chmod(place, 0o755);
    } else await symlink(content.link, place);
  }
  return root;
}

async function delta(oldFolder: string, newFolder: string) {
  const file = join(folder, `delta-${(count += 1)}`);
  const made = await buildDelta({ oldFolder, newFolder, file });
  assert.ok(made.ok);
  return { file, ...made.value };
}

async function apply(oldFolder: string, deltaFile: string, newFolder: string) {
  const out = join(folder, `out-${(count += 1)}`, 'tree');
  const { treeDigest } = await digestOfTree(newFolder);
  const limits = { bytesMax: 50_000_000, filesMax: 10_000 };
  const applied = await applyDelta({ deltaFile, oldFolder, folder: out, treeDigest, ...limits });
  return { applied, out };
}

async function becomes(old: Tree, next: Tree): Promise<number> {
  const [oldFolder, newFolder] = [await lay(old), await lay(next)];
  const made = await delta(oldFolder, newFolder);
  const { applied, out } = await apply(oldFolder, made.file, newFolder);
  assert.deepEqual(applied, { ok: true, value: null });
  assert.deepEqual(await digestOfTree(out), await digestOfTree(newFolder));
  return made.bytes;
}

/** The same bytes each time: a test that fails must fail again. */
function noise(bytes: number, seed: number): Buffer {
  let state = seed;
  const made = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    made[at] = state >>> 24;
  }
  return made;
}

describe('one tree becomes the other', () => {
  const text = Buffer.from(
    Array.from({ length: 20_000 }, (_, line) => `line ${line} of a program\n`).join(''),
  );
  const half = text.length / 2;
  const changed = Buffer.concat([text.subarray(0, half), noise(50, 1), text.subarray(half)]);

  test('files that change, come, go, stay, are renamed, or change their mode', async () => {
    const bytes = await becomes(
      { 'a/one': text, 'a/gone': noise(9_000, 2), 'b/same': noise(70_000, 3), 'run.sh': text },
      {
        'a/one': changed,
        'a/new': noise(500, 4),
        'b/same': noise(70_000, 3),
        'c/renamed': noise(9_000, 2),
        run: text,
        'empty/folder': 'folder',
        nothing: Buffer.alloc(0),
        link: { link: 'b/same' },
      },
    );
    assert.ok(bytes < 1_500, `${bytes} bytes`);
  });

  test('nothing to something, something to nothing, the same to the same', async () => {
    await becomes({}, { one: text });
    await becomes({ one: text }, {});
    assert.ok((await becomes({ one: text }, { one: text })) < 200);
  });

  test('a file longer than a segment, whose halves change places', async () => {
    const large = noise(18 * 1024 * 1024, 5);
    const middle = large.length / 2;
    const swapped = Buffer.concat([large.subarray(middle), large.subarray(0, middle)]);
    const bytes = await becomes({ large }, { large: swapped });
    assert.ok(bytes < 1_000, `${bytes} bytes`);
  });

  test('of a thousand small files only those that changed cost anything', async () => {
    const small = (file: number): Buffer => noise(300, file + 100);
    const nameOf = (file: number): string => `folder-${file % 10}/file-${file}`;
    const old = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, at) => [nameOf(at), small(at)]),
    );
    const { [nameOf(5)]: renamed = Buffer.alloc(0), [nameOf(6)]: _gone, ...kept } = old;
    const next = { ...kept, [nameOf(7)]: noise(200, 7), 'folder-3/another': renamed };
    const bytes = await becomes(old, next);
    assert.ok(bytes < 500, `${bytes} bytes`);
  });

  test('what changed alike in an earlier segment costs little again', async () => {
    // Two files of which each is a segment, as two builds of one program may be.
    const large = noise(7 * 1024 * 1024, 6);
    const news = noise(30_000, 13);
    const built = Buffer.from(large);
    for (let at = 0; at < news.length; at += 10) built.set(news.subarray(at, at + 10), at * 100);
    const other = Buffer.concat([noise(100, 14), built]);
    const one = await becomes({ a: large }, { a: built });
    const both = await becomes({ a: large, b: large }, { a: built, b: other });
    assert.ok(both < one * 1.2, `${both} bytes of two, ${one} of one`);
  });

  test('whatever two trees they are', async () => {
    const names = fc.constantFrom('a', 'b', 'c/d', 'c/e', 'f.sh');
    const words = fc.array(fc.constantFrom('alpha ', 'beta ', 'gamma ', '\0\0\0\0', 'x'), {
      maxLength: 400,
    });
    const bytes = words.map((parts) => Uint8Array.from(Buffer.from(parts.join(''))));
    const tree = fc.dictionary(names, bytes, { noNullPrototype: true, maxKeys: 5 });
    await fc.assert(
      fc.asyncProperty(tree, tree, async (old, next) => {
        await becomes(old, next);
      }),
      { numRuns: 40 },
    );
  });
});

/** An ELF program for x86-64: one area of code, made of calls to places in it. */
function program(callsTo: readonly number[], padding: { at: number; bytes: number }): Buffer {
  const header = Buffer.alloc(120);
  header.writeUInt32LE(0x464c457f);
  header.set([2, 1, 1], 4);
  header.writeUInt16LE(62, 18);
  header.writeBigUInt64LE(64n, 32);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  const placeOf = (call: number): number => 16 * call + (call >= padding.at ? padding.bytes : 0);
  const code = Buffer.alloc(placeOf(callsTo.length), 0x90);
  callsTo.forEach((target, call) => {
    const place = placeOf(call);
    code[place] = 0xe8;
    code.writeInt32LE(placeOf(target) - (place + 5), place + 1);
    noise(11, call + 7).copy(code, place + 5);
  });
  const base = 0x400000n;
  header.writeUInt32LE(1, 64);
  header.writeUInt32LE(5, 68);
  header.writeBigUInt64LE(0n, 72);
  header.writeBigUInt64LE(base, 80);
  header.writeBigUInt64LE(BigInt(header.length + code.length), 96);
  return Buffer.concat([header, code]);
}

test('addresses that changed because something was put in between are foretold', async () => {
  const calls = 20_000;
  const random = noise(calls * 2, 8);
  const targets = Array.from({ length: calls }, (_, call) => random.readUInt16LE(call * 2) % calls);
  const old = program(targets, { at: 0, bytes: 0 });
  const next = program(targets, { at: calls / 2, bytes: 48 });
  const asProgram = await becomes({ app: old }, { app: next });
  // The same bytes without the mark of a program: every call over the gap needs corrections.
  const [oldData, nextData] = [Buffer.from(old), Buffer.from(next)];
  oldData[0] = 0;
  nextData[0] = 0;
  const asData = await becomes({ app: oldData }, { app: nextData });
  assert.ok(asProgram < 1_000, `${asProgram} bytes`);
  assert.ok(asData > 5 * asProgram, `${asData} bytes as data, ${asProgram} as a program`);
});

describe('what is not right changes nothing', () => {
  const old = { 'a/one': noise(40_000, 9), 'a/two': noise(3_000, 10) };
  const next = {
    'a/one': Buffer.concat([noise(40_000, 9), noise(100, 11)]),
    'b/two': noise(3_000, 10),
  };

  test('a delta with a byte changed, a byte gone, or bytes behind it', async () => {
    const [oldFolder, newFolder] = [await lay(old), await lay(next)];
    const made = await delta(oldFolder, newFolder);
    const bytes = await readFile(made.file);
    const wrong = Buffer.from(bytes);
    for (let at = 0; at < bytes.length; at += 1) {
      wrong[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
      await writeFile(made.file, at % 3 === 0 ? bytes.subarray(0, at) : wrong);
      wrong[at] = bytes[at] ?? 0;
      const { applied, out } = await apply(oldFolder, made.file, newFolder);
      assert.equal(
        applied.ok ? 'applied' : applied.because.code,
        'PACKAGE_UNREADABLE',
        `byte ${at}`,
      );
      assert.deepEqual(await readdir(dirname(out)), []);
    }
    assert.deepEqual((await digestOfTree(oldFolder)).treeBytes, 43_000);
  });

  test('an old tree that is not the one that the delta is from', async () => {
    const [oldFolder, newFolder] = [await lay(old), await lay(next)];
    const made = await delta(oldFolder, newFolder);
    await writeFile(join(oldFolder, 'a/one'), noise(40_000, 12));
    const other = await apply(oldFolder, made.file, newFolder);
    assert.equal(other.applied.ok ? '' : other.applied.because.code, 'PACKAGE_DIGEST_WRONG');
    await writeFile(join(oldFolder, 'a/one'), noise(20, 9));
    const shorter = await apply(oldFolder, made.file, newFolder);
    assert.equal(shorter.applied.ok ? '' : shorter.applied.because.code, 'PACKAGE_UNREADABLE');
    assert.deepEqual(await readdir(dirname(shorter.out)), []);
  });
});

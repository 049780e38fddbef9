/** Packages as files: the round trip, and everything that an archive may try. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { packTar, type TarEntry } from 'modern-tar';
import { digestOfBytes } from '#adapters/digest.ts';
import { digestOfTree, packTree, unpackTree } from '#adapters/package-archive.ts';
import { linkIsSafe, pathIsSafe } from '#adapters/package-archive-names.ts';
import { PackageRefused } from '#adapters/package-archive-tree.ts';
import type { Digest } from '#domain/names.ts';
import type { ProblemCode } from '#domain/problem.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-package-'));
});
after(() => rm(folder, { recursive: true }));

let count = 0;
let out: string;
beforeEach(() => {
  out = join(folder, `out-${(count += 1)}`, 'tree');
});

async function makeTree(files: Readonly<Record<string, string>>): Promise<string> {
  const root = join(folder, `tree-${(count += 1)}`);
  await mkdir(root);
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  return root;
}

const generous = { bytesMax: 10_000_000, filesMax: 1_000 };

async function codeOfUnpacking(
  archive: Uint8Array,
  options: { treeDigest?: Digest; bytesMax?: number; filesMax?: number } = {},
): Promise<ProblemCode | 'done'> {
  const archiveFile = join(folder, `archive-${(count += 1)}`);
  await writeFile(archiveFile, archive);
  const treeDigest = options.treeDigest ?? digestOfBytes('any');
  const answer = await unpackTree({
    ...generous,
    archiveFile,
    folder: out,
    ...options,
    treeDigest,
  });
  if (answer.ok) return 'done';
  assert.deepEqual(await readdir(dirname(out)), [], 'nothing is left behind');
  return answer.because.code;
}

const packed = async (entries: readonly TarEntry[]): Promise<Uint8Array> =>
  zstdCompressSync(await packTar(entries));

const file = (name: string, body = 'x', more: object = {}): TarEntry => ({
  header: { name, size: body.length, mode: 0o644, mtime: new Date(0), ...more },
  body,
});
const at = (name: string): TarEntry => ({
  header: { name: `${name}/`, size: 0, type: 'directory', mtime: new Date(0) },
});
const link = (name: string, linkname: string, type: 'symlink' | 'link' = 'symlink'): TarEntry => ({
  header: { name, size: 0, type, linkname, mtime: new Date(0) },
});

describe('round trip', () => {
  test('contents, modes, empty folders and inner links come out as they went in', async () => {
    const long = `${'深'.repeat(60)}/${'d'.repeat(120)}/${'e'.repeat(120)}`;
    const tree = await makeTree({
      'bin/dankai': '#!/bin/sh\n',
      'app/main.mjs': '',
      [long]: 'long',
    });
    await chmod(join(tree, 'bin/dankai'), 0o755);
    await mkdir(join(tree, 'empty/inside'), { recursive: true });
    await symlink('../bin/dankai', join(tree, 'app/dankai'));
    const archiveFile = join(folder, 'round.tar.zst');
    const made = await packTree(tree, archiveFile);
    assert.equal(made.archive.digest, digestOfBytes(await readFile(archiveFile)));
    assert.equal(made.archive.bytes, (await stat(archiveFile)).size);
    assert.deepEqual(await digestOfTree(tree), {
      treeDigest: made.treeDigest,
      treeBytes: made.treeBytes,
      fileCount: made.fileCount,
    });
    const answer = await unpackTree({
      archiveFile,
      folder: out,
      treeDigest: made.treeDigest,
      bytesMax: made.treeBytes,
      filesMax: made.fileCount,
    });
    assert.deepEqual(answer, { ok: true, value: null });
    assert.equal(await readlink(join(out, 'app/dankai')), '../bin/dankai');
    assert.equal((await stat(join(out, 'bin/dankai'))).mode & 0o777, 0o755);
    assert.equal((await stat(join(out, 'app/main.mjs'))).mode & 0o777, 0o644);
    assert.equal((await stat(join(out, 'empty/inside'))).isDirectory(), true);
    assert.equal(await readFile(join(out, long), 'utf8'), 'long');
    assert.deepEqual(await readdir(dirname(out)), ['tree']);
  });

  test('the same tree gives the same archive, whatever its times and finer modes', async () => {
    const tree = await makeTree({ 'b/2': 'two', 'a-b': 'dash', 'a/1': 'one' });
    const first = await packTree(tree, join(folder, 'first'));
    const copy = join(folder, 'copy');
    await cp(tree, copy, { recursive: true });
    await utimes(join(copy, 'a/1'), 1, 1);
    await chmod(join(copy, 'a/1'), 0o600);
    await chmod(join(copy, 'b'), 0o700);
    const second = await packTree(copy, join(folder, 'second'));
    assert.deepEqual(second, first);
    assert.ok(
      (await readFile(join(folder, 'first'))).equals(await readFile(join(folder, 'second'))),
    );
  });

  test('every change of a tree changes its digest, and back again', async () => {
    const name = fc.stringMatching(/^[a-z]{1,3}$/).filter((text) => text !== 'con');
    const files = fc.dictionary(name, fc.string({ maxLength: 20 }), { minKeys: 1, maxKeys: 5 });
    await fc.assert(
      fc.asyncProperty(files, fc.string({ maxLength: 20 }), async (contents, changed) => {
        const tree = await makeTree(contents);
        const before = (await digestOfTree(tree)).treeDigest;
        const [first, content] = Object.entries(contents)[0] ?? ['', ''];
        await writeFile(join(tree, first), changed);
        const changedDigest = (await digestOfTree(tree)).treeDigest;
        assert.equal(changedDigest === before, changed === content);
        await writeFile(join(tree, first), content);
        await chmod(join(tree, first), 0o755);
        assert.notEqual((await digestOfTree(tree)).treeDigest, before);
        await chmod(join(tree, first), 0o644);
        await mkdir(join(tree, 'zzzz'));
        assert.notEqual((await digestOfTree(tree)).treeDigest, before);
        await rm(join(tree, 'zzzz'), { recursive: true });
        assert.equal((await digestOfTree(tree)).treeDigest, before);
        await rm(tree, { recursive: true });
      }),
      { numRuns: 25 },
    );
  });

  test('what the page about packages gives as an example is what the code computes', async () => {
    const tree = await makeTree({ 'app/main.mjs': 'x\n' });
    const page = await readFile(new URL('../docs/protocol/package.md', import.meta.url), 'utf8');
    const listing = /```listing\n([\s\S]*?)```/.exec(page)?.[1];
    assert.ok(listing !== undefined, 'the example is there');
    assert.equal((await digestOfTree(tree)).treeDigest, digestOfBytes(listing));
    assert.ok(page.includes(digestOfBytes(listing)));
  });
});

describe('refusals while unpacking', () => {
  const unsafe: readonly (readonly [string, readonly TarEntry[]])[] = [
    ['a name that climbs out', [file('../outside')]],
    ['a name that climbs out from within', [at('a'), file('a/../../outside')]],
    ['an absolute name', [file('/etc/outside')]],
    ['a drive', [file('C:outside')]],
    ['the other slash', [file('..\\outside')]],
    ['a name of nothing', [file('a//b')]],
    ['a control character', [file('a\nb')]],
    ['a Windows device', [file('aux')]],
    ['a Windows device with an ending', [at('a'), file('a/COM1.txt')]],
    ['a name that Windows would shorten', [file('a.')]],
    ['a hard link', [file('a'), link('b', 'a', 'link')]],
    ['a link to an absolute path', [link('a', '/etc/passwd')]],
    ['a link that climbs out', [at('a'), link('a/b', '../../outside')]],
    ['a link that climbs out behind a name', [link('a', 'b/../../outside')]],
    ['a file through a link', [at('real'), link('a', 'real'), file('a/b')]],
    ['a file in a file', [file('a'), file('a/b')]],
    ['a file in a folder that was not named', [file('a/b')]],
    ['the same name twice', [file('a'), file('a', 'y')]],
    ['names that differ by case alone', [file('readme'), file('README')]],
    ['names that differ by the writing of an accent', [file('caf\u00e9'), file('cafe\u0301')]],
    ['a device', [file('a', '', { type: 'character-device' })]],
    ['a pipe', [file('a', '', { type: 'fifo' })]],
  ];
  for (const [what, entries] of unsafe) {
    test(what, async () => {
      assert.equal(await codeOfUnpacking(await packed(entries)), 'PACKAGE_PATH_UNSAFE');
      await assert.rejects(stat(join(folder, 'outside')));
    });
  }

  test('I12: a tree that is not the one of its manifest', async () => {
    assert.equal(await codeOfUnpacking(await packed([file('a')])), 'PACKAGE_DIGEST_WRONG');
  });

  test('more bytes than the manifest says, before they reach the disk', async () => {
    const bomb = zstdCompressSync(await packTar([file('a', '\0'.repeat(5_000_000))]));
    assert.ok(bomb.byteLength < 10_000);
    assert.equal(await codeOfUnpacking(bomb, { bytesMax: 4_999_999 }), 'PACKAGE_TOO_LARGE');
  });

  test('more files than the manifest says', async () => {
    const many = Array.from({ length: 11 }, (_, index) => file(`a${index}`));
    assert.equal(await codeOfUnpacking(await packed(many), { filesMax: 10 }), 'PACKAGE_TOO_LARGE');
  });

  test('an archive that never ends behind its end', async () => {
    const tar = await packTar([file('a')]);
    const endless = zstdCompressSync(Buffer.concat([tar, Buffer.alloc(20_000_000)]));
    assert.equal(await codeOfUnpacking(endless, { bytesMax: 1, filesMax: 1 }), 'PACKAGE_TOO_LARGE');
  });

  test('bytes that are no archive, cut short, or changed', async () => {
    const noise = 'abcdefghij'.repeat(5_000);
    const whole = await packed([at('a'), file('a/b', noise), file('c', noise)]);
    const tar = await packTar([file('b', noise)]);
    const broken: readonly Uint8Array[] = [
      new Uint8Array(0),
      Buffer.from('no archive at all'),
      tar,
      whole.subarray(0, whole.byteLength / 2),
      whole.subarray(0, -1),
      zstdCompressSync(tar.subarray(0, 40_000)),
      zstdCompressSync(Buffer.from(tar).fill(0xff, 100, 108)),
    ];
    for (const archive of broken) {
      assert.equal(await codeOfUnpacking(archive), 'PACKAGE_UNREADABLE');
    }
  });

  test('an archive that is not there', async () => {
    const archiveFile = join(folder, 'absent');
    const treeDigest = digestOfBytes('any');
    const answer = await unpackTree({ ...generous, archiveFile, folder: out, treeDigest });
    assert.equal(!answer.ok && answer.because.code, 'PACKAGE_UNREADABLE');
  });

  test('a set-user-id bit does not come out', async () => {
    const archive = await packed([file('a', 'x', { mode: 0o6755 })]);
    const tree = await makeTree({ a: 'x' });
    await chmod(join(tree, 'a'), 0o755);
    const { treeDigest } = await digestOfTree(tree);
    assert.equal(await codeOfUnpacking(archive, { treeDigest }), 'done');
    assert.equal((await stat(join(out, 'a'))).mode & 0o7777, 0o755);
  });
});

describe('refusals while packing', () => {
  async function codeOfPacking(tree: string): Promise<ProblemCode> {
    const archiveFile = join(folder, 'refused', `archive-${(count += 1)}`);
    await mkdir(dirname(archiveFile), { recursive: true });
    const error = await packTree(tree, archiveFile).then(
      () => assert.fail('packed'),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof PackageRefused);
    assert.deepEqual(await readdir(dirname(archiveFile)), []);
    return error.because.code;
  }

  test('a link that leaves, a pipe, names that collide elsewhere', async () => {
    const leaving = await makeTree({ a: 'x' });
    await symlink('/etc/passwd', join(leaving, 'b'));
    assert.equal(await codeOfPacking(leaving), 'PACKAGE_PATH_UNSAFE');
    const colliding = await makeTree({ a: 'x', A: 'y' });
    assert.equal(await codeOfPacking(colliding), 'PACKAGE_PATH_UNSAFE');
    const pipe = await makeTree({ a: 'x' });
    await once(spawn('mkfifo', [join(pipe, 'p')]), 'exit');
    assert.equal(await codeOfPacking(pipe), 'PACKAGE_PATH_UNSAFE');
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

describe('in a process of its own', () => {
  const program = `
    import { unpackTree } from '#adapters/package-archive.ts';
    const options = JSON.parse(process.argv[1]);
    console.log(JSON.stringify(await unpackTree(options)));
  `;
  const cwd = new URL('..', import.meta.url);
  const nodeArguments = (options: object): string[] => [
    '--input-type=module-typescript',
    '--eval',
    program,
    JSON.stringify(options),
  ];

  async function largeArchive(): Promise<Parameters<typeof unpackTree>[0]> {
    const contents = Array.from({ length: 300 }, (_, index) => [`d/${index}`, 'y'.repeat(20_000)]);
    const tree = await makeTree(Object.fromEntries(contents));
    const archiveFile = join(folder, `large-${(count += 1)}`);
    const made = await packTree(tree, archiveFile);
    const { treeDigest, treeBytes: bytesMax, fileCount: filesMax } = made;
    return { archiveFile, folder: out, treeDigest, bytesMax, filesMax };
  }

  test('a kill in the middle leaves no tree, and the next try clears up and succeeds', async () => {
    const options = await largeArchive();
    const child = spawn(process.execPath, nodeArguments(options), { cwd, stdio: 'ignore' });
    const exited = once(child, 'exit');
    const begun = async (): Promise<boolean> => {
      const parts = await readdir(dirname(out)).catch(() => []);
      const inside = parts.map((part) => readdir(join(dirname(out), part, 'd')).catch(() => []));
      return (await Promise.all(inside)).some((files) => files.length > 10);
    };
    const deadline = performance.now() + 20_000;
    while (!(await begun())) {
      assert.ok(performance.now() < deadline && child.exitCode === null, 'unpacking was seen');
      await sleep(1);
    }
    child.kill('SIGKILL');
    await exited;
    const left = await readdir(dirname(out));
    assert.equal(left.length, 1);
    assert.match(left[0] ?? '', /^tree\.part-/);
    assert.deepEqual(await unpackTree(options), { ok: true, value: null });
    assert.deepEqual(await readdir(dirname(out)), ['tree']);
  });

  test('a disk that takes no more bytes is DISK_FULL, with nothing left behind', async () => {
    const tree = await makeTree({ small: 'x', large: 'z'.repeat(3_000_000) });
    const archiveFile = join(folder, 'too-large');
    const { treeDigest } = await packTree(tree, archiveFile);
    const options = { ...generous, archiveFile, folder: out, treeDigest };
    const limit = 'trap "" XFSZ; ulimit -f 2000; exec "$0" "$@"';
    const shell = ['-c', limit, process.execPath, ...nodeArguments(options)];
    const child = spawn('sh', shell, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
    const said = await new Response(child.stdout).text();
    assert.deepEqual(JSON.parse(said), {
      ok: false,
      because: { code: 'DISK_FULL', with: { path: out } },
    });
    assert.deepEqual(await readdir(dirname(out)), []);
  });
});

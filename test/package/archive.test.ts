/** Packages as files: the round trip, kills and full disks. What an archive may try: `unpack-attacks`. */

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
import fc from 'fast-check';
import { digestOfBytes } from '#adapters/files/digest.ts';
import { digestOfTree, packTree, unpackTree } from '#adapters/release/package-archive.ts';
import { PackageRefused } from '#adapters/release/package-archive-tree.ts';
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
    const page = await readFile(new URL('../../docs/protocol/package.md', import.meta.url), 'utf8');
    const listing = /```listing\n([\s\S]*?)```/.exec(page)?.[1];
    assert.ok(listing !== undefined, 'the example is there');
    assert.equal((await digestOfTree(tree)).treeDigest, digestOfBytes(listing));
    assert.ok(page.includes(digestOfBytes(listing)));
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

describe('in a process of its own', () => {
  const program = `
    import { unpackTree } from '#adapters/release/package-archive.ts';
    const options = JSON.parse(process.argv[1]);
    console.log(JSON.stringify(await unpackTree(options)));
  `;
  const cwd = new URL('../..', import.meta.url);
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

/** Installations on a real disk: whole or absent, whatever was asked or killed before. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  readlink,
  realpath,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  addSlot,
  currentSlot,
  install,
  readSlot,
  removeUnusedSlots,
  type InstallOptions,
} from '#adapters/installation/installation-disk.ts';
import { servicesOf } from '#adapters/installation/installation-disk-source.ts';
import { openPackages } from '#adapters/installation/packages-here.ts';
import { digestOfTree } from '#adapters/release/package-archive.ts';
import { readReleaseFile, releaseOf, storedArchive } from '#adapters/release/release-file.ts';
import { slotNameOf } from '#domain/catalogue/slot-name.ts';
import type { Release } from '#domain/catalogue/release.ts';
import { brand, type Platform } from '#domain/names.ts';
import { canonicalJson } from '#protocol/shared/release.ts';
import { buildSelfRelease } from '../../scripts/release/release.ts';

const platform = brand<Platform>('linux-x64');
const settings = 'normalServer:\n  server: a\n';

let folder: string;
let bundleFolder: string;
type Made = { readonly release: Release; readonly archiveFile: string; readonly file: string };
let older: Made;
let newer: Made;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-installation-'));
  bundleFolder = join(folder, 'bundle');
  await mkdir(join(bundleFolder, 'app'), { recursive: true });
  await writeFile(join(bundleFolder, 'app', 'main.mjs'), 'console.log(...process.argv.slice(2));');
  await writeFile(join(bundleFolder, 'app', 'launcher.mjs'), '// a launcher');
  older = await makeRelease('5.70.1000');
  await writeFile(join(bundleFolder, 'app', 'chunk.mjs'), `//${'x'.repeat(200_000)}`);
  newer = await makeRelease('5.80.1179');
});
after(() => rm(folder, { recursive: true }));

async function makeRelease(version: string): Promise<Made> {
  const file = join(folder, `${version}.release`);
  const store = join(folder, `store-${version}`);
  const made = await buildSelfRelease({ bundleFolder, version, outFile: file, withRuntime: false });
  assert.ok(made.ok);
  const read = await readReleaseFile(file, store);
  assert.deepEqual(read, made);
  const digest = made.value.manifest.packages[0]?.archive.digest;
  assert.ok(digest !== undefined);
  return { release: made.value, archiveFile: storedArchive(store, digest), file };
}

let count = 0;
let root: string;
beforeEach(() => {
  root = join(folder, `root-${(count += 1)}`);
});

const asked = (more: Partial<InstallOptions> = {}): InstallOptions => ({
  root,
  release: older.release,
  archiveFile: older.archiveFile,
  services: servicesOf(['information-server']),
  settings,
  tokens: { console: 'console-secret' },
  platform,
  ...more,
});

const done = { ok: true, value: null };
const code = (answer: { ok: boolean; because?: { code: string } }): string =>
  answer.ok ? 'done' : (answer.because?.code ?? '');

async function listingOf(of: string): Promise<readonly string[]> {
  const entries = await readdir(of, { recursive: true, withFileTypes: true });
  return entries.map((entry) => join(entry.parentPath, entry.name).slice(of.length + 1)).toSorted();
}

describe('install', () => {
  test('lays down what the launcher wants to find', async () => {
    assert.deepEqual(await install(asked()), done);
    const slot = slotNameOf(older.release);
    assert.match(slot, /^5\.70\.1000-[0-9a-f]{12}$/);
    const description: unknown = JSON.parse(await readFile(join(root, 'launcher.json'), 'utf8'));
    assert.deepEqual(description, {
      format: 1,
      services: [
        { name: 'information-server', track: 'program' },
        { name: 'normal-server', track: 'program' },
        { name: 'agent', track: 'agent' },
      ],
    });
    for (const track of ['program', 'agent'] as const) {
      const current = join(root, 'tracks', track, 'current');
      assert.equal(await readlink(current), 'generations/1');
      assert.equal(
        await realpath(join(current, 'slot')),
        join(await realpath(root), 'slots', slot),
      );
      assert.equal((await stat(join(current, 'data'))).isDirectory(), true);
      assert.equal(await currentSlot(root, track), slot);
    }
    assert.equal(await readFile(join(root, 'settings.yaml'), 'utf8'), settings);
    assert.equal(await readFile(join(root, 'launcher', 'launcher.mjs'), 'utf8'), '// a launcher');
    assert.equal((await stat(join(root, 'secrets'))).mode & 0o777, 0o700);
    const file = join(root, 'secrets', 'console.token');
    assert.equal(await readFile(file, 'utf8'), 'console-secret\n');
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.deepEqual(await readSlot(root, slot), { ok: true, value: older.release });
    const stored = older.release.manifest.packages[0]?.archive.digest ?? '';
    assert.deepEqual(await readdir(join(root, 'store', 'archives')), [stored]);
    assert.deepEqual(await readdir(join(root, 'store', 'manifests')), [
      `${older.release.digest}.json`,
    ]);
  });

  test('again changes nothing; otherwise is refused and changes nothing', async () => {
    assert.deepEqual(await install(asked()), done);
    const before = await listingOf(root);
    assert.deepEqual(await install(asked({ tokens: { console: 'other' } })), done);
    const others: readonly Partial<InstallOptions>[] = [
      { release: newer.release, archiveFile: newer.archiveFile },
      { services: servicesOf(['normal-server']) },
      { settings: 'other: 1\n' },
    ];
    for (const other of others) {
      assert.equal(code(await install(asked(other))), 'INSTALLATION_EXISTS');
    }
    assert.deepEqual(await listingOf(root), before);
    const token = await readFile(join(root, 'secrets', 'console.token'), 'utf8');
    assert.equal(token, 'console-secret\n');
  });

  test('a folder of something else stays as it is', async () => {
    await mkdir(root);
    await writeFile(join(root, 'precious.txt'), 'x');
    assert.equal(code(await install(asked())), 'INSTALLATION_EXISTS');
    assert.deepEqual(await readdir(root), ['precious.txt']);
  });

  test('a runtime is one file under two names', async () => {
    const tree = join(folder, 'with-runtime');
    await cp(bundleFolder, tree, { recursive: true });
    await mkdir(join(tree, 'runtime'));
    await writeFile(join(tree, 'runtime', 'node'), '#!/bin/sh\n', { mode: 0o755 });
    const file = join(folder, 'with-runtime.release');
    const request = { bundleFolder: tree, version: '5.90', outFile: file, withRuntime: false };
    const made = await buildSelfRelease(request);
    assert.ok(made.ok);
    const proof = made.value.manifest.packages[0]?.proof.map(({ path }) => path);
    assert.deepEqual(proof, ['app/chunk.mjs', 'app/launcher.mjs', 'app/main.mjs', 'runtime/node']);
    const packages = openPackages('/nowhere');
    const roles = ['normal-server'] as const;
    const answer = await packages.install({
      root,
      roles,
      settings,
      tokens: {},
      trust: null,
      releaseFile: file,
    });
    assert.deepEqual(answer, made);
    const slot = join(root, 'slots', slotNameOf(made.value));
    const own = await stat(join(root, 'launcher', 'node'));
    assert.equal(own.ino, (await stat(join(slot, 'tree', 'runtime', 'node'))).ino);
    assert.deepEqual(await listingOf(join(root, 'launcher')), [
      'launcher.mjs',
      'node',
      'pair.json',
    ]);
    await assert.rejects(stat(join(root, 'store')), 'a normal server keeps no store');
  });

  test('from its own unpacked release, through a link, and not when that was changed', async () => {
    const own = join(folder, 'own');
    const digest = older.release.digest;
    assert.deepEqual(
      await install(asked({ root: own, services: servicesOf(['normal-server']) })),
      done,
    );
    const tree = join(own, 'slots', slotNameOf(older.release), 'tree');
    await symlink(join(tree, 'bin', 'dankai'), join(folder, 'dankai'));
    const child = spawn(join(folder, 'dankai'), ['a b', 'c'], {
      env: { ...process.env, DANKAI_NODE: process.execPath },
    });
    assert.equal(await new Response(child.stdout).text(), 'a b c\n');
    const packages = openPackages(join(tree, 'app', 'main.mjs'));
    const request = {
      root,
      roles: ['information-server'] as const,
      settings,
      tokens: {},
      trust: null,
    };
    const answer = await packages.install({ ...request, releaseFile: null });
    assert.equal(answer.ok && answer.value.digest, digest);
    await writeFile(join(tree, 'app', 'main.mjs'), 'changed');
    const other = { ...request, root: `${root}-other`, releaseFile: null };
    assert.equal(code(await packages.install(other)), 'PACKAGE_DIGEST_WRONG');
    await assert.rejects(stat(`${root}-other`), 'nothing was begun');
    const left = (await readdir(folder)).filter((name) => name.includes('.part-'));
    assert.deepEqual(left, []);
  });

  test('killed at any point, it is completed by the next call', async () => {
    const program = `
      import { install } from '#adapters/installation/installation-disk.ts';
      await install(JSON.parse(process.argv[1]));
    `;
    const cwd = new URL('../..', import.meta.url);
    const stages = ['slots', 'launcher', 'secrets', 'store', 'settings.yaml', 'tracks/agent'];
    let unfinished = 0;
    for (const stage of stages) {
      root = join(folder, `killed-${stage.replace('/', '-')}`);
      const args = ['--input-type=module-typescript', '--eval', program, JSON.stringify(asked())];
      const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 2, 2] });
      const exited = once(child, 'exit');
      while (!existsSync(join(root, stage))) {
        assert.equal(child.exitCode, null);
        await nextTurn();
      }
      child.kill('SIGKILL');
      await exited;
      if (!existsSync(join(root, 'launcher.json'))) unfinished += 1;
      assert.deepEqual(await install(asked()), done);
      const names = await listingOf(root);
      assert.deepEqual(
        names.filter((name) => /^slots\/[^/]*\.part-/.test(name)),
        [],
      );
      assert.equal(await currentSlot(root, 'agent'), slotNameOf(older.release));
    }
    assert.ok(unfinished > 0, 'at least one was killed before its end');
  });
});

describe('slots', () => {
  const slotOptions = (made: Made) => ({ root, ...made, platform });

  test('several calls at once leave one whole slot', async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => addSlot(slotOptions(newer))));
    const slot = slotNameOf(newer.release);
    for (const answer of answers) assert.deepEqual(answer, { ok: true, value: { slot } });
    assert.deepEqual(await readdir(join(root, 'slots')), [slot]);
    const { treeDigest } = await digestOfTree(join(root, 'slots', slot, 'tree'));
    assert.equal(treeDigest, newer.release.manifest.packages[0]?.treeDigest);
  });

  test('a damaged slot is replaced, but never under a running generation', async () => {
    await install(asked());
    const damage = async (made: Made): Promise<void> => {
      const file = join(root, 'slots', slotNameOf(made.release), 'tree', 'app', 'main.mjs');
      await chmod(file, 0o644);
      await writeFile(file, 'damaged');
    };
    await addSlot(slotOptions(newer));
    await damage(newer);
    assert.equal(code(await addSlot(slotOptions(newer))), 'done');
    const tree = join(root, 'slots', slotNameOf(newer.release), 'tree');
    const { treeDigest } = await digestOfTree(tree);
    assert.equal(treeDigest, newer.release.manifest.packages[0]?.treeDigest);
    await damage(older);
    assert.equal(code(await addSlot(slotOptions(older))), 'PACKAGE_DIGEST_WRONG');
  });

  test('a slot is refused for another platform, another archive, another release', async () => {
    const elsewhere = releaseOf({
      ...older.release.manifest,
      packages: older.release.manifest.packages.map((one) => ({
        ...one,
        platform: brand<Platform>('win32-arm64'),
      })),
    });
    const foreign = { root, release: elsewhere, archiveFile: older.archiveFile, platform };
    assert.equal(code(await addSlot(foreign)), 'PACKAGE_NO_PLATFORM');
    const mixed = { ...slotOptions(older), archiveFile: newer.archiveFile };
    assert.match(code(await addSlot(mixed)), /PACKAGE_(TOO_LARGE|DIGEST_WRONG)/);
    assert.deepEqual(await readdir(join(root, 'slots')), []);
    const { slot } = { slot: slotNameOf(older.release) };
    await addSlot(slotOptions(older));
    const file = join(root, 'slots', slot, 'release.json');
    await writeFile(file, canonicalJson(newer.release.manifest));
    assert.equal(code(await readSlot(root, slot)), 'PACKAGE_UNREADABLE');
    assert.equal(code(await readSlot(root, 'absent')), 'FILE_UNREADABLE');
  });

  test('a version that is a path stays a name', () => {
    const strange = releaseOf({ ...older.release.manifest, version: '../../etc' });
    assert.match(slotNameOf(strange), /^v\.\._\.\._etc-[0-9a-f]{12}$/);
  });

  test('unused slots go; the current, the kept and a living part stay', async () => {
    await install(asked());
    await addSlot(slotOptions(newer));
    const slots = join(root, 'slots');
    await mkdir(join(slots, `x.part-${process.pid}-1`));
    await mkdir(join(slots, 'x.part-4194303-1'));
    await removeUnusedSlots(root, [slotNameOf(newer.release)]);
    const kept = [slotNameOf(older.release), slotNameOf(newer.release)];
    assert.deepEqual(
      (await readdir(slots)).toSorted(),
      [...kept, `x.part-${process.pid}-1`].toSorted(),
    );
    await removeUnusedSlots(root, []);
    assert.equal((await readdir(slots)).includes(slotNameOf(newer.release)), false);
    assert.equal((await readdir(slots)).includes(slotNameOf(older.release)), true);
  });
});

/** Stores, real and simulated, over one suite. */

import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { digestOfFile } from '#adapters/files/digest.ts';
import { thisPlatform } from '#adapters/installation/installation-disk.ts';
import { buildRelease } from '#adapters/release/release-file-build.ts';
import { openShare } from '#adapters/share/share-disk.ts';
import { openStore, storeFolder } from '#adapters/share/store-disk.ts';
import { brand, type ComponentName, type Digest } from '#domain/names.ts';
import type { FileFacts } from '#simulation/adapters/store-folder.ts';
import { digestOfText, StoreFolder } from '#simulation/adapters/store-folder.ts';
import { openStoreSimulated } from '#simulation/adapters/store-simulated.ts';
import type { VersionFolder } from '#simulation/adapters/version-folders-simulated.ts';
import { ownRelease } from '#simulation/fleet/releases.ts';
import { Chance } from '#simulation/world/chance.ts';
import { Machine } from '#simulation/world/machine.ts';
import { Schedule } from '#simulation/world/schedule.ts';
import { storeContract, type StorePlace } from './store.ts';

const folders: string[] = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

const clock = { now: () => 0, monotonic: () => 0, after: () => () => undefined };

async function onDisk(): Promise<StorePlace> {
  const root = await mkdtemp(join(tmpdir(), 'dankai-store-'));
  folders.push(root);
  const share = openShare({
    shareFolder: join(root, 'share'),
    storeFolder: storeFolder(root),
    evidenceFolder: join(root, 'evidence'),
    clock,
  });
  const platform = thisPlatform();
  const store = openStore({ root, share, platform });
  const files = new Map<Digest, string>();
  const slots = join(root, 'slots');
  return {
    store,
    platform,
    async release(version, on) {
      const folder = join(root, 'trees', version);
      await mkdir(join(folder, 'app'), { recursive: true });
      await writeFile(join(folder, 'app/main.mjs'), `// ${version}\n`);
      const file = join(root, 'releases', version);
      const built = await buildRelease({
        trees: [{ platform: on, folder }],
        file,
        component: brand<ComponentName>('program'),
        kind: 'self',
        version,
        ordering: 'decimal',
        appliesTo: { min: '5.0', max: '6.0' },
      });
      assert.ok(built.ok, JSON.stringify(built));
      files.set(built.value.digest, file);
      return built.value;
    },
    async import({ digest }, against) {
      const stream = createReadStream(files.get(digest) ?? '');
      const read = await store.importRelease(stream, async (release) => {
        assert.ok(release !== null, 'every file here holds a release');
        return against(release);
      });
      if (!read.ok) return read;
      assert.ok(read.value !== null);
      return { ok: true, value: read.value };
    },
    async put(file, bytes) {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, Buffer.alloc(bytes, 'x'));
      return digestOfFile(file);
    },
    async holds(file) {
      const found = file === null ? null : await stat(file).catch(() => null);
      return found?.isFile() === true && (await readFile(file ?? '')).byteLength > 0;
    },
    slots: () => readdir(slots).catch(() => []),
    async setCurrent(slot) {
      const track = join(root, 'tracks/program');
      await mkdir(join(track, 'generations/1'), { recursive: true });
      await symlink(join(slots, slot), join(track, 'generations/1/slot'));
      await symlink('generations/1', join(track, 'current'));
    },
  };
}

async function simulated(): Promise<StorePlace> {
  const machine = new Machine({ name: 'is', schedule: new Schedule(), diskBytes: 1e9 });
  const { disk } = machine;
  const folder = new StoreFolder(disk);
  const put = new Map<string, FileFacts>();
  const empty: readonly VersionFolder[] = [];
  const unpacked = disk.store(empty);
  let current: readonly string[] = [];
  const platform = thisPlatform();
  const store = openStoreSimulated({
    process: machine.start('information-server', new Chance(1)),
    platform,
    folder,
    folders: unpacked,
    fileAt: (path) => put.get(path) ?? null,
    currentSlots: () => current,
    unpackMilliseconds: () => 2_000,
    unpacked: () => undefined,
  });
  return {
    store: { ...store, stageSelf: (release) => inTime(machine, store.stageSelf(release)) },
    platform,
    async release(version, on) {
      const { digest, manifest } = ownRelease(version, 1_000);
      const packages = manifest.packages.map((one) => ({ ...one, platform: on }));
      return { digest, manifest: { ...manifest, packages } };
    },
    import: (release, against) => store.importReady(release, against),
    async put(path, bytes) {
      const file = { digest: digestOfText(path), bytes };
      put.set(path, file);
      return file.digest;
    },
    holds: async (file) => file !== null && folder.find(file) !== null,
    slots: async () => unpacked.read().map(({ name }) => name),
    async setCurrent(slot) {
      current = [slot];
    },
  };
}

/** Unpacking takes its time, which only goes on when it is run. */
async function inTime<Value>(machine: Machine, work: Promise<Value>): Promise<Value> {
  await machine.schedule.run();
  return work;
}

storeContract('disk', onDisk);
storeContract('simulated', simulated);

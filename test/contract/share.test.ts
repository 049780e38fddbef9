/** Shares, real and simulated, over one suite. */

import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after } from 'node:test';
import { openShare } from '#adapters/share/share-disk.ts';
import { brand, type Digest } from '#domain/names.ts';
import { ShareFolder } from '#simulation/adapters/share-folder.ts';
import { openShareSimulated } from '#simulation/adapters/share-simulated.ts';
import { StoreFolder, storePath } from '#simulation/adapters/store-folder.ts';
import { Chance } from '#simulation/world/chance.ts';
import { Machine } from '#simulation/world/machine.ts';
import { Schedule } from '#simulation/world/schedule.ts';
import { shareContract, type Damage, type SharePlace } from './share.ts';

const folders: string[] = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

const clock = { now: () => 0, monotonic: () => 0, after: () => () => undefined };

async function onDisk(): Promise<SharePlace> {
  const root = await mkdtemp(join(tmpdir(), 'dankai-share-'));
  folders.push(root);
  const shareFolder = join(root, 'share');
  const storeFolder = join(root, 'store');
  const evidenceFolder = join(root, 'evidence');
  const write = async (file: string, bytes: Uint8Array | string): Promise<void> => {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
  };
  const ini = join(shareFolder, 'server.ini');
  return {
    share: openShare({ shareFolder, storeFolder, evidenceFolder, clock }),
    store: (file, bytes) => write(join(storeFolder, storePath(file)), bytes),
    spoil: (file) => write(join(storeFolder, storePath(file)), 'planted'),
    catalogue: () => readFile(ini, 'utf8').catch(() => null),
    setCatalogue: (text) => (text === null ? rm(ini) : write(ini, text)),
    damage: (path, how) => damage(join(shareFolder, path), how),
    deleteAll: () => rm(shareFolder, { recursive: true }),
    async paths() {
      const all = await readdir(shareFolder, { recursive: true, withFileTypes: true });
      const files = all.filter((entry) => entry.isFile() && entry.name !== 'server.ini');
      return files
        .map(({ parentPath, name }) => join(parentPath, name).slice(shareFolder.length + 1))
        .toSorted();
    },
    async evidence() {
      const names = await readdir(evidenceFolder).catch(() => []);
      return names.filter((name) => !name.includes('.')).map((name) => brand<Digest>(name));
    },
  };
}

async function damage(file: string, how: Damage): Promise<void> {
  if (how === 'short') return truncate(file, 5);
  if (how === 'other bytes')
    return writeFile(
      file,
      (await readFile(file)).map((byte) => ~byte),
    );
  await rm(file);
  if (how === 'folder') await mkdir(file);
}

async function simulated(): Promise<SharePlace> {
  const machine = new Machine({ name: 'is', schedule: new Schedule(), diskBytes: 1e9 });
  const { disk } = machine;
  const folder = new ShareFolder({ disk, site: 'is', see: () => undefined });
  const store = new StoreFolder(disk);
  const process = machine.start('information-server', new Chance(1));
  return {
    share: openShareSimulated({ process, folder, store }),
    async store(file, content) {
      const digest = brand<Digest>(createHash('sha256').update(content).digest('hex'));
      store.put(storePath(file), { digest, bytes: content.byteLength });
    },
    spoil: async (file) => store.spoil(storePath(file)),
    catalogue: async () => folder.catalogue,
    setCatalogue: async (text) => folder.tamperCatalogue(text),
    damage: async (path, how) => folder.tamperFile(path, how),
    deleteAll: async () => folder.deleteAll(),
    paths: async () => folder.paths(),
    evidence: async () => folder.evidence.map(({ digest }) => digest),
  };
}

shareContract('disk', onDisk);
shareContract('simulated', simulated);

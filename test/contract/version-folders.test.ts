/** Version folders, real and simulated, over one suite; and what kills and full disks leave. */

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { thisPlatform } from '#adapters/installation/installation-disk.ts';
import { versionFolders } from '#adapters/computer/version-folders-disk.ts';
import { packageFor, type Release } from '#domain/catalogue/release.ts';
import type { Digest } from '#domain/names.ts';
import {
  VersionFoldersSimulated,
  type VersionFolder,
} from '#simulation/adapters/version-folders-simulated.ts';
import { digestOf, fleetPlatform, ownRelease } from '#simulation/fleet/releases.ts';
import { Chance } from '#simulation/world/chance.ts';
import type { Process } from '#simulation/world/machine.ts';
import { makeRelease } from '../normal-server/site.ts';
import { oneMachine, settledOn } from './simulated.ts';
import { versionFoldersContract, type VersionFoldersFixture } from './version-folders.ts';

const folders: string[] = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function onDisk(): Promise<VersionFoldersFixture> {
  const root = await mkdtemp(join(tmpdir(), 'dankai-versions-'));
  folders.push(root);
  const folder = join(root, 'versions');
  const link = join(root, 'current');
  return {
    open: () => versionFolders({ folder, link, platform: thisPlatform() }),
    async pack(version) {
      const files = { 'a.txt': `version ${version}` };
      const made = await makeRelease(root, { component: 'app', version, kind: 'tree', files });
      const { digest, manifest, archiveFile } = made;
      return { release: { digest, manifest }, archiveFile };
    },
    async notAnArchive() {
      const file = join(root, 'text');
      await writeFile(file, 'no archive at all');
      return file;
    },
    damage: (name) => writeFile(join(folder, name, 'tree', 'a.txt'), 'changed'),
  };
}

versionFoldersContract('a disk', onDisk);

function simulated() {
  const { schedule, machine } = oneMachine('server');
  const stored = machine.disk.store<readonly VersionFolder[]>([]);
  const link = machine.disk.store<string | null>(null);
  const archives = new Map<string, Digest>();
  const seen: string[] = [];
  const on = (process: Process): VersionFoldersSimulated =>
    new VersionFoldersSimulated({
      process,
      platform: fleetPlatform,
      folders: stored,
      link,
      unpack(file) {
        const tree = archives.get(file);
        return tree === undefined ? null : { tree };
      },
      unpackMilliseconds: () => 1_000,
      unpacked: ({ name }) => void seen.push(`unpacked ${name}`),
      pointed: (from, to) => void seen.push(`${from ?? 'none'} -> ${to ?? 'none'}`),
    });
  const pack = (version: string): { release: Release; archiveFile: string } => {
    const release = ownRelease(version, 1_000);
    const tree = packageFor(release.manifest, fleetPlatform)?.treeDigest;
    assert.ok(tree);
    archives.set(`archive ${version}`, tree);
    return { release, archiveFile: `archive ${version}` };
  };
  const start = () => machine.start('normal-server', new Chance(1));
  return { schedule, machine, stored, link, seen, on, pack, start };
}

versionFoldersContract('simulated', (): Promise<VersionFoldersFixture> => {
  const { schedule, stored, on, pack, start } = simulated();
  return Promise.resolve({
    open() {
      const real = on(start());
      // Time passes while something is unpacked; everything else is there at once.
      const add = real.add.bind(real);
      real.add = (release, archiveFile) => settledOn(schedule, add(release, archiveFile));
      return real;
    },
    pack: (version) => Promise.resolve(pack(version)),
    notAnArchive: () => Promise.resolve('text'),
    damage(name) {
      const tree = digestOf('changed');
      stored.write(
        stored.read().map((one) => (one.name === name ? { ...one, tree } : one)),
        { synced: true },
      );
      return Promise.resolve();
    },
  });
});

test('a simulated version is complete or not there, wherever its process is killed', async () => {
  const found = new Set<string>();
  for (let effect = 1; effect <= 6; effect++) {
    for (const when of ['before', 'after'] as const) {
      const { schedule, machine, stored, link, on, pack, start } = simulated();
      const { release, archiveFile } = pack('1.0');
      const bytes = machine.disk.bytesFree;
      const process = start();
      process.killAt({ effect, when });
      const killed = on(process);
      void killed
        .add(release, archiveFile)
        .then(() => killed.point(killed.nameOf(release)))
        .then(() => killed.keepOnly([]));
      await schedule.run();
      machine.powerCut(new Chance(effect));
      const whole = stored.read().length;
      found.add(`${whole} ${link.read() === null ? 'none' : 'current'}`);
      const taken = (packageFor(release.manifest, fleetPlatform)?.treeBytes ?? 0) * whole;
      assert.equal(machine.disk.bytesFree, bytes - taken);
    }
  }
  assert.deepEqual([...found].toSorted(), ['0 current', '0 none', '1 current', '1 none']);
});

test('on a simulated disk without room nothing is unpacked, and the link can still be taken away', async () => {
  const { schedule, machine, stored, link, seen, on, pack, start } = simulated();
  const { release, archiveFile } = pack('1.0');
  const full = on(start());
  machine.disk.bytesFree = 100;
  const added = await settledOn(schedule, full.add(release, archiveFile));
  assert.equal(added.ok ? 'ok' : added.because.code, 'DISK_FULL');
  assert.deepEqual(stored.read(), []);
  const pointed = await full.point('1.0');
  assert.equal(pointed.ok ? 'ok' : pointed.because.code, 'DISK_FULL');
  assert.equal((await full.point(null)).ok, true);
  assert.equal(link.read(), null);
  machine.disk.bytesFree = 1e9;
  assert.equal((await settledOn(schedule, full.add(release, archiveFile))).ok, true);
  const place = full.nameOf(release);
  await full.point(place);
  assert.deepEqual(seen, [`unpacked ${place}`, `none -> ${place}`]);
});

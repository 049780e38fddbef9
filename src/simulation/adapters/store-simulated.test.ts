import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Release } from '#domain/catalogue/release.ts';
import { slotNameOf } from '#domain/catalogue/slot-name.ts';
import { brand, type ComponentName, type Digest } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';
import { fleetPlatform, ownRelease } from '../fleet/releases.ts';
import { Chance } from '../world/chance.ts';
import { Machine, type Process } from '../world/machine.ts';
import { Schedule } from '../world/schedule.ts';
import { digestOfText, StoreFolder, storePath } from './store-folder.ts';
import { openStoreSimulated, type StoreSimulated } from './store-simulated.ts';
import type { VersionFolder } from './version-folders-simulated.ts';

const release = ownRelease('5.80.1179', 1_000);
const slot = slotNameOf(release);
const noFolders: readonly VersionFolder[] = [];

class Computer {
  readonly machine = new Machine({ name: 'is', schedule: new Schedule(), diskBytes: 1e6 });
  readonly folder = new StoreFolder(this.machine.disk);
  readonly folders = this.machine.disk.store(noFolders);
  readonly unpacked: string[] = [];

  life(): { readonly process: Process; readonly store: StoreSimulated } {
    const process = this.machine.start('information-server', new Chance(1));
    const store = openStoreSimulated({
      process,
      platform: fleetPlatform,
      folder: this.folder,
      folders: this.folders,
      fileAt: () => ({ digest: digestOfText('pattern'), bytes: 70 }),
      currentSlots: () => [],
      unpackMilliseconds: () => 2_000,
      unpacked: ({ name }) => void this.unpacked.push(name),
    });
    return { process, store };
  }

  slots(): readonly string[] {
    return this.folders.read().map(({ name }) => name);
  }

  async run<Value>(work: Promise<Value>): Promise<Value> {
    await this.machine.schedule.run();
    return work;
  }
}

function codeOf(result: Result<unknown>): string {
  return result.ok ? '' : result.because.code;
}

async function wanted(): Promise<null> {
  return null;
}

function has({ folder }: Computer, { digest, manifest }: Release): readonly boolean[] {
  const archives = manifest.packages.map(({ archive }) =>
    storePath({ kind: 'archive', ...archive }),
  );
  return [...archives, storePath({ kind: 'manifest', digest })].map(
    (path) => folder.find(path) !== null,
  );
}

test('killed between any two effects of an import, its manifest names nothing absent', async () => {
  const found = new Set<string>();
  for (let effect = 1; effect <= 4; effect++) {
    for (const when of ['before', 'after'] as const) {
      const computer = new Computer();
      const { process, store } = computer.life();
      process.killAt({ effect, when });
      void store.importReady(release, wanted);
      await computer.machine.schedule.run();
      found.add(has(computer, release).join(' '));
      const next = computer.life().store;
      assert.equal((await next.importReady(release, wanted)).ok, true);
      assert.deepEqual(has(computer, release), [true, true]);
    }
  }
  assert.deepEqual([...found], ['false false', 'true false', 'true true']);
});

test('killed while it unpacks, a slot is not there; the next life makes it', async () => {
  const computer = new Computer();
  const { process, store } = computer.life();
  await store.importReady(release, wanted);
  void store.stageSelf(release);
  computer.machine.schedule.after(1_000, () => process.kill());
  await computer.machine.schedule.run();
  assert.deepEqual(computer.slots(), []);
  const next = computer.life().store;
  assert.deepEqual(await computer.run(next.stageSelf(release)), { ok: true, value: { slot } });
  assert.deepEqual([computer.slots(), computer.unpacked], [[slot], [slot]]);
});

test('a disk without room, or broken, refuses each of them and keeps nothing', async () => {
  const component = brand<ComponentName>('pattern');
  const digest = digestOfText('pattern');
  const file = { ordering: 'counter', path: 'pattern/lpt.1', digest, bytes: 70 } as const;
  const item = { ...file, component, version: '1' };
  const computer = new Computer();
  const { store } = computer.life();
  const { disk } = computer.machine;
  disk.bytesFree = 50;
  assert.equal(codeOf(await store.importReady(release, wanted)), 'DISK_FULL');
  assert.equal(codeOf(await store.takeContent(item, 'inbox/file')), 'DISK_FULL');
  assert.deepEqual(has(computer, release), [false, false]);
  disk.bytesFree = 1e6;
  assert.equal((await store.importReady(release, wanted)).ok, true);
  disk.isBroken = true;
  assert.equal(codeOf(await store.importReady(release, wanted)), 'FILE_UNREADABLE');
  assert.equal(codeOf(await computer.run(store.stageSelf(release))), 'FILE_UNREADABLE');
  disk.isBroken = false;
  disk.bytesFree = 50;
  assert.equal(codeOf(await computer.run(store.stageSelf(release))), 'DISK_FULL');
  assert.deepEqual(computer.slots(), []);
});

test('an archive that is not what its name says any more makes no slot', async () => {
  const computer = new Computer();
  const { store } = computer.life();
  await store.importReady(release, wanted);
  const archive = release.manifest.packages[0]?.archive.digest ?? brand<Digest>('');
  computer.folder.spoil(storePath({ kind: 'archive', digest: archive }));
  assert.equal(codeOf(await computer.run(store.stageSelf(release))), 'PACKAGE_UNREADABLE');
});

test('a slot that goes gives its room back', async () => {
  const computer = new Computer();
  const { store } = computer.life();
  await store.importReady(release, wanted);
  const before = computer.machine.disk.bytesFree;
  await computer.run(store.stageSelf(release));
  assert.equal(computer.machine.disk.bytesFree, before - 3_000);
  await store.keepSlots({ slots: [], releases: [] });
  assert.equal(computer.machine.disk.bytesFree, before);
  assert.deepEqual(computer.slots(), []);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isClean } from '#domain/catalogue/drift.ts';
import type { CatalogueRevision, ShareFile } from '#domain/catalogue/revision.ts';
import type { Share } from '#ports/share.ts';
import type { Observation } from '../observation.ts';
import { Chance } from '../world/chance.ts';
import { Machine, type Process } from '../world/machine.ts';
import { Schedule } from '../world/schedule.ts';
import { ShareFolder } from './share-folder.ts';
import { openShareSimulated } from './share-simulated.ts';
import { digestOfText, StoreFolder, storePath } from './store-folder.ts';

const dayMs = 24 * 3_600_000;

function contentFile(name: string, bytes: number): ShareFile {
  return { kind: 'content', path: `pattern/${name}`, digest: digestOfText(name), bytes };
}

const files = [contentFile('one.1', 1_000), contentFile('two.1', 2_000)];
const revision: CatalogueRevision = {
  fence: { epoch: 1, number: 1 },
  manifests: [],
  text: '[PATTERN]\r\nP.1=pattern/one.1,1,1000\r\n',
  watched: [],
  files,
};

class Computer {
  readonly machine = new Machine({ name: 'is', schedule: new Schedule(), diskBytes: 1e6 });
  readonly seen: Observation[] = [];
  readonly store = new StoreFolder(this.machine.disk);
  readonly folder = new ShareFolder({
    disk: this.machine.disk,
    site: 'is',
    see: (observation) => void this.seen.push(observation),
  });

  constructor() {
    for (const file of files) this.store.put(storePath(file), file);
  }

  life(): { readonly process: Process; readonly share: Share } {
    const { machine, folder, store } = this;
    const process = machine.start('information-server', new Chance(1));
    return { process, share: openShareSimulated({ process, folder, store }) };
  }
}

function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test('killed between any two effects, the share is told as it is and laid by the next life', async () => {
  const found = new Set<string>();
  for (let effect = 1; effect <= 16; effect++) {
    for (const when of ['before', 'after'] as const) {
      const computer = new Computer();
      const { process, share } = computer.life();
      process.killAt({ effect, when });
      void share.lay(revision);
      await quiet();
      const { share: next } = computer.life();
      const text = computer.folder.catalogue;
      const paths = computer.folder.paths();
      found.add(`${paths.length} files, ${text === null ? 'no' : 'a'} catalogue`);
      assert.ok(text === null || paths.length === 2, 'the catalogue names nothing that is absent');
      const drift = await next.check(revision, { thorough: true });
      assert.equal(isClean(drift), text !== null);
      assert.equal((await next.restore(revision, drift)).ok, true);
      assert.equal(isClean(await next.check(revision, { thorough: true })), true);
    }
  }
  assert.deepEqual(
    [...found],
    [
      '0 files, no catalogue',
      '1 files, no catalogue',
      '2 files, no catalogue',
      '2 files, a catalogue',
    ],
  );
});

test('a disk without room, or broken, refuses with its reason; what stands stays', async () => {
  const computer = new Computer();
  const { share } = computer.life();
  const { disk } = computer.machine;
  const before = disk.bytesFree;
  disk.bytesFree = 1_500;
  const full = await share.lay(revision);
  assert.equal(full.ok ? '' : full.because.code, 'DISK_FULL');
  assert.deepEqual(computer.folder.paths(), ['pattern/one.1']);
  disk.bytesFree += before;
  disk.isBroken = true;
  const broken = await share.restore(revision, await share.check(revision, { thorough: true }));
  assert.equal(broken.ok ? '' : broken.because.code, 'FILE_UNREADABLE');
  disk.isBroken = false;
  assert.equal((await share.lay(revision)).ok, true);
});

test('room that is taken is given back when what took it goes', async () => {
  const computer = new Computer();
  const { share } = computer.life();
  const { disk } = computer.machine;
  const before = disk.bytesFree;
  await share.lay(revision);
  assert.equal(disk.bytesFree, before - 3_000);
  computer.folder.tamperFile('pattern/two.1', 'short');
  assert.equal(disk.bytesFree, before - 2_000);
  await share.restore(revision, await share.check(revision, { thorough: true }));
  assert.equal(disk.bytesFree, before - 4_000, 'the evidence takes room too');
  computer.machine.clockOffset += 91 * dayMs;
  await share.lay(revision);
  assert.equal(disk.bytesFree, before - 3_000, 'for 90 days');
  assert.deepEqual(computer.folder.evidence, []);
});

test('whoever changes the share is seen, with the catalogue that stands then', async () => {
  const computer = new Computer();
  const { share } = computer.life();
  await share.lay(revision);
  await share.lay(revision);
  computer.folder.tamperCatalogue('; emptied\r\n');
  await share.restore(revision, await share.check(revision, { thorough: true }));
  const seen = computer.seen.flatMap((one) =>
    one.type === 'share-changed' ? [[one.by, one.text]] : [],
  );
  assert.deepEqual(seen, [
    ['lay', null],
    ['lay', null],
    ['lay', revision.text],
    ['somebody', '; emptied\r\n'],
    ['restore', `; emptied\r\n${revision.text}`],
  ]);
});

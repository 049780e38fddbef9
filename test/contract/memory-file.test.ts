/** Small files that are replaced whole, real and simulated, over one suite. */

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { memoryFile } from '#adapters/computer/memory-file.ts';
import { MemoryFileSimulated } from '#simulation/adapters/memory-simulated.ts';
import { Chance } from '#simulation/world/chance.ts';
import { memoryFileContract, type MemoryFileFixture } from './memory-file.ts';
import { oneMachine } from './simulated.ts';

const folders: string[] = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

memoryFileContract('a disk', async (): Promise<MemoryFileFixture> => {
  const root = await mkdtemp(join(tmpdir(), 'dankai-memory-'));
  folders.push(root);
  const [folder, elsewhere] = [join(root, 'data'), join(root, 'elsewhere')];
  await mkdir(folder);
  const file = join(folder, 'memory.json');
  return {
    open: () => memoryFile(file),
    spoil: () => writeFile(file, '{"before":'),
    refuse: () => rename(folder, elsewhere),
    mend: () => rename(elsewhere, folder),
  };
});

function simulated() {
  const { machine } = oneMachine('server');
  const stored = machine.disk.store<unknown>(null);
  const process = () => machine.start('normal-server', new Chance(1));
  return { machine, stored, process, open: () => new MemoryFileSimulated(process(), stored) };
}

memoryFileContract('simulated', async (): Promise<MemoryFileFixture> => {
  const { machine, stored, open } = simulated();
  return {
    open,
    async spoil() {
      stored.write(undefined, { synced: true });
    },
    async refuse() {
      machine.disk.isBroken = true;
    },
    async mend() {
      machine.disk.isBroken = false;
    },
  };
});

test('a simulated file that was written outlives a power cut; a kill before leaves the old one', async () => {
  const { machine, process, stored, open } = simulated();
  await open().write({ count: 1 });
  const killed = process();
  killed.killAt({ effect: 1, when: 'before' });
  void new MemoryFileSimulated(killed, stored).write({ count: 2 });
  assert.equal(killed.isAlive, false);
  for (let seed = 1; seed <= 10; seed++) machine.powerCut(new Chance(seed));
  assert.deepEqual(await open().read(), { count: 1 });
});

test('a simulated disk that is full says so', async () => {
  const { machine, open } = simulated();
  machine.disk.bytesFree = 0;
  const written = await open().write({ count: 1 });
  assert.equal(written.ok ? null : written.because.code, 'DISK_FULL');
});

import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { diskBytesFree, readInventory, rebootFlag } from './inventory-linux.ts';

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-inventory-'));
});
after(async () => rm(folder, { recursive: true, force: true }));

test('the inventory names this computer, and the same one each time', async () => {
  const inventory = await readInventory(folder);
  assert.equal(inventory.platform, `${process.platform}-${process.arch}`);
  assert(inventory.os.length > 0 && inventory.memoryBytes > 0);
  assert.match(inventory.machineId, /^[0-9a-f]{32}$/);
  assert.deepEqual(await readInventory(folder), inventory);
  assert((await diskBytesFree(folder)) > 0);
});

test('a recommended reboot is remembered until the next boot', async () => {
  const bootId = join(folder, 'boot_id');
  await writeFile(bootId, 'boot-1\n');
  assert.equal(await rebootFlag(folder, bootId).read(), null);
  await rebootFlag(folder, bootId).set('program 5.80.1179');
  // Another process of the same boot.
  assert.equal(await rebootFlag(folder, bootId).read(), 'program 5.80.1179');
  await writeFile(bootId, 'boot-2\n');
  assert.equal(await rebootFlag(folder, bootId).read(), null);
  assert(!(await readdir(folder)).includes('reboot.json'));
  await writeFile(bootId, 'boot-1\n');
  assert.equal(await rebootFlag(folder, bootId).read(), null);
});

test('a note that cannot be read is no recommendation', async () => {
  await writeFile(join(folder, 'reboot.json'), '{"bootId":');
  assert.equal(await rebootFlag(folder).read(), null);
});

/** Delivery stores, real and simulated, over one suite. */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { brand, type ServerId } from '#domain/names.ts';
import { JournalFailed } from '#ports/journal.ts';
import { openDeliveryStore } from '#adapters/database/delivery-database.ts';
import {
  emptyDeliveryState,
  openDeliveryStoreSimulated,
} from '#simulation/adapters/delivery-store-simulated.ts';
import { Chance } from '#simulation/world/chance.ts';
import { Machine } from '#simulation/world/machine.ts';
import { Schedule } from '#simulation/world/schedule.ts';
import { deliveryStoreContract, type Database } from './delivery-store.ts';

const folders: string[] = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

function inSqlite(folder: string, number: number): Database {
  return {
    async open() {
      const file = join(folder, `data-${number}`, 'control-manager.sqlite');
      const store = await openDeliveryStore({ file });
      assert.ok(store.ok);
      return store.value;
    },
    another: () => inSqlite(folder, number + 1),
  };
}

deliveryStoreContract('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-state-'));
  folders.push(folder);
  return inSqlite(folder, 1);
});

test('a row of SQLite that an earlier version wrote has no partial holds, no evidence and no campaigns', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-state-'));
  folders.push(folder);
  const opened = await inSqlite(folder, 1).open();
  const site = brand<ServerId>('tokyo-is');
  const status = {
    programVersion: '5.80',
    holds: [],
    partialHolds: [],
    contents: [],
    keptBack: [],
    evidence: [],
    campaigns: [],
  };
  const row = { site, folder: null, agentVersion: null, lastSeen: null, status, offer: null };
  await opened.save({ sites: [row] });
  await opened.close();
  const database = new DatabaseSync(join(folder, 'data-1', 'control-manager.sqlite'));
  database.exec(
    `update site set status = json_remove(status, '$.partialHolds', '$.evidence', '$.campaigns')`,
  );
  database.close();
  const again = await inSqlite(folder, 1).open();
  assert.deepEqual((await again.load(0, brand('head-office'))).sites, [row]);
  await again.close();
});

function simulated(machine: Machine): Database {
  const stored = machine.disk.store(emptyDeliveryState());
  return {
    async open() {
      const process = machine.start('control-manager', new Chance(1));
      return openDeliveryStoreSimulated({ process, stored });
    },
    another: () => simulated(machine),
  };
}

deliveryStoreContract('simulated', async () =>
  simulated(new Machine({ name: 'cm', schedule: new Schedule(), diskBytes: 1e9 })),
);

test('a simulated disk that is full is told as one; what stood stands', async () => {
  const machine = new Machine({ name: 'cm', schedule: new Schedule(), diskBytes: 1e9 });
  const store = await simulated(machine).open();
  const { epoch } = await store.load(0, brand('head-office'));
  machine.disk.bytesFree = 0;
  await assert.rejects(store.save({ deploymentsMade: 99 }), JournalFailed);
  machine.disk.bytesFree = 1e9;
  const after = await store.load(0, brand('head-office'));
  assert.deepEqual([after.epoch, after.deploymentsMade], [epoch + 1, 0]);
});

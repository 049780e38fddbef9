import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  brand,
  type ComponentName,
  type Digest,
  type HoldId,
  type ServerId,
} from '#domain/names.ts';
import type { DeliveryChanges, DeliveryRecord } from '#ports/delivery-store.ts';
import { openDeliveryStore } from './state-sqlite.ts';

const folders: string[] = [];
after(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function newFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-state-'));
  folders.push(folder);
  return join(folder, 'data', 'control-manager.sqlite');
}

/** Opens, loads at that time, saves, closes: one life of a control manager. */
async function life(
  file: string,
  now: number,
  changes: DeliveryChanges = {},
): Promise<DeliveryRecord> {
  const store = await openDeliveryStore(file);
  assert.ok(store.ok);
  const record = await store.value.load(now);
  await store.value.save(changes);
  await store.value.close();
  return record;
}

const site = brand<ServerId>('tokyo-is');
const digest = brand<Digest>('a'.repeat(64));
const component = brand<ComponentName>('pattern');
const hold = {
  id: brand<HoldId>('cm-1'),
  reason: 'upgrade',
  owner: 'Sato',
  from: 1,
  until: 9,
  releasedAt: null,
  sites: [site],
};
const whole: Required<DeliveryChanges> = {
  sites: [
    {
      site,
      folder: 'tokyo',
      agentVersion: '5.80',
      lastSeen: 7,
      status: {
        programVersion: '5.80.1179',
        holds: [hold],
        contents: [{ component, version: '1.2', digest }],
        keptBack: [{ component, version: '1.3' }],
      },
      offer: { fence: { epoch: 3, number: 4 }, deployment: 5, download: 6, plan: 'nightly', at: 8 },
    },
  ],
  holds: [hold, { ...hold, id: brand<HoldId>('cm-2'), sites: 'all', releasedAt: 5 }],
  forgetHolds: [],
  downloads: [
    {
      number: 6,
      finishedAt: 6,
      items: [{ component, version: '1.3', ordering: 'dotted', path: 'a/b', digest, bytes: 3 }],
      catalogue: '; パターン\r\n[PATTERN]\r\n',
    },
  ],
  forgetDownloads: [],
  deployments: [{ number: 5, download: 6, plan: 'nightly', folder: 'tokyo', dueAt: 8 }],
  deploymentsMade: 5,
};

test('everything comes back as it was saved', async () => {
  const file = await newFile();
  await life(file, 0, whole);
  const { epoch, ...record } = await life(file, 0);
  const { forgetHolds, forgetDownloads, ...saved } = whole;
  assert.deepEqual([forgetHolds, forgetDownloads], [[], []]);
  assert.deepEqual(record, saved);
  assert.equal(epoch, 2);
});

test('rows are replaced and forgotten', async () => {
  const file = await newFile();
  await life(file, 0, whole);
  const sites = whole.sites.map((one) => ({ ...one, folder: null, status: null, offer: null }));
  await life(file, 0, {
    sites,
    forgetHolds: [hold.id],
    forgetDownloads: [6],
    deployments: [],
    deploymentsMade: 6,
  });
  const record = await life(file, 0);
  assert.deepEqual(record.sites, sites);
  assert.deepEqual(record.holds, whole.holds.slice(1));
  assert.deepEqual([record.downloads, record.deployments, record.deploymentsMade], [[], [], 6]);
});

test('an epoch is never given twice, not even by an old copy of the file', async () => {
  const file = await newFile();
  const at = 1_800_000_000_000;
  const epochs = [];
  for (const now of [0, 0, at, at, at - 60_000, at + 60_000]) {
    epochs.push((await life(file, now)).epoch);
  }
  const seconds = at / 1_000;
  assert.deepEqual(epochs, [1, 2, seconds, seconds + 1, seconds + 2, seconds + 60]);
  assert.ok((await life(await newFile(), at + 120_000)).epoch > epochs.at(-1)!, 'a new file');
});

/** What every delivery store promises, whatever keeps its rows. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  brand,
  type ComponentName,
  type Digest,
  type HoldId,
  type ServerId,
} from '#domain/names.ts';
import { digestOfBytes } from '#adapters/files/digest.ts';
import { RecordVerifier } from '#domain/record/verify.ts';
import { foundLine } from '#protocol/record/export.ts';
import { campaignOf } from '#domain/campaign/campaign.testing.ts';
import { wavesOf, type CarriedCampaign } from '#domain/campaign/waves.ts';
import { newDownloadRollout } from '#domain/ring/download-rollout.ts';
import { noCounts } from '#domain/ring/evidence.ts';
import { ringNamed } from '#domain/ring/ring.testing.ts';
import type { DeliveryChanges, DeliveryRecord, DeliveryStore } from '#ports/delivery-store.ts';

/** One database, opened anew for each life of a control manager. */
export type Database = {
  open(): Promise<DeliveryStore>;
  /** Of the same computer, with nothing in it yet. */
  another(): Database;
};

const site = brand<ServerId>('tokyo-is');
const headOffice = brand<ServerId>('head-office');
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
  lanes: ['program' as const, 'content' as const],
  components: [component],
  isPlanned: true,
  series: brand<HoldId>('hold-0'),
};
const { campaign } = campaignOf();
const carried: CarriedCampaign = {
  campaign: campaignOf(),
  text: '{"signed":…}',
  who: 'Sato',
  sentAt: 3,
  waves: wavesOf(campaignOf()),
  stopped: { reason: 'odd', who: 'Sato', at: 4 },
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
        partialHolds: [{ ...hold, id: brand<HoldId>('hold-7') }],
        contents: [{ component, version: '1.2', digest }],
        keptBack: [{ component, version: '1.3' }],
        evidence: [{ component, digest, counts: { ...noCounts, given: 1, healthy: 1 } }],
        campaigns: [
          {
            campaign,
            number: 1,
            state: 'running',
            because: null,
            servers: { all: 2, upgraded: 1 },
          },
        ],
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
  rollouts: [
    newDownloadRollout(
      { download: 6, plan: 'nightly', contents: [{ component, version: '1.3', digest }] },
      [{ ...ringNamed('first'), folders: ['tokyo'] }],
    ),
  ],
  forgetRollouts: [],
  withdrawn: [{ component, version: '1.1', file: digest, reason: 'slow', who: 'Sato', at: 3 }],
  campaigns: [carried],
  forgetCampaigns: [],
  record: [],
};

export { whole as wholeOfDelivery };

/** Opens, loads at that time, saves, closes: one life of a control manager. */
async function life(
  database: Database,
  now: number,
  changes: DeliveryChanges = {},
): Promise<DeliveryRecord> {
  const store = await database.open();
  const record = await store.load(now, headOffice);
  await store.save(changes);
  await store.close();
  return record;
}

export function deliveryStoreContract(name: string, make: () => Promise<Database>): void {
  describe(`a delivery store: ${name}`, () => {
    test('everything comes back as it was saved', async () => {
      const database = await make();
      await life(database, 0, whole);
      const { epoch, ...record } = await life(database, 0);
      const { forgetHolds, forgetDownloads, forgetRollouts, ...rest } = whole;
      const { forgetCampaigns, record: lines, ...saved } = rest;
      const forgotten = [forgetHolds, forgetDownloads, forgetRollouts, forgetCampaigns, lines];
      assert.deepEqual(forgotten, [[], [], [], [], []]);
      assert.deepEqual(record, saved);
      assert.equal(epoch, 2);
    });

    test('rows are replaced and forgotten', async () => {
      const database = await make();
      await life(database, 0, whole);
      const sites = whole.sites.map((one) => ({ ...one, folder: null, status: null, offer: null }));
      await life(database, 0, {
        sites,
        forgetHolds: [hold.id],
        forgetDownloads: [6],
        forgetRollouts: [6],
        forgetCampaigns: [campaign],
        deployments: [],
        deploymentsMade: 6,
      });
      const record = await life(database, 0);
      assert.deepEqual(record.sites, sites);
      assert.deepEqual(record.holds, whole.holds.slice(1));
      assert.deepEqual([record.downloads, record.deployments, record.deploymentsMade], [[], [], 6]);
      assert.deepEqual([record.rollouts, record.withdrawn], [[], whole.withdrawn]);
      assert.deepEqual(record.campaigns, []);
    });

    test('rows keep their places: sites and holds as they came, the others by number', async () => {
      const database = await make();
      const [known] = whole.sites;
      const [download] = whole.downloads;
      const [deployment] = whole.deployments;
      assert.ok(known && download && deployment);
      const sites = ['c', 'a', 'b'].map((one) => ({ ...known, site: brand<ServerId>(one) }));
      const numbers = [3, 1, 2];
      await life(database, 0, {
        sites,
        downloads: numbers.map((number) => ({ ...download, number })),
        deployments: numbers.map((number) => ({ ...deployment, number })),
      });
      await life(database, 0, { sites: sites.slice(1, 2) });
      const record = await life(database, 0);
      assert.deepEqual(
        record.sites.map((one) => one.site),
        ['c', 'a', 'b'],
      );
      const numbered = [record.downloads, record.deployments].map((rows) =>
        rows.map((one) => one.number),
      );
      assert.deepEqual(numbered, [
        [1, 2, 3],
        [1, 2, 3],
      ]);
    });

    test('an epoch is never given twice, not even by an old copy of the database', async () => {
      const database = await make();
      const at = 1_800_000_000_000;
      const epochs = [];
      for (const now of [0, 0, at, at, at - 60_000, at + 60_000]) {
        epochs.push((await life(database, now)).epoch);
      }
      const seconds = at / 1_000;
      assert.deepEqual(epochs, [1, 2, seconds, seconds + 1, seconds + 2, seconds + 60]);
      const fresh = await life(database.another(), at + 120_000);
      assert.ok(fresh.epoch > epochs.at(-1)!, 'a new one');
    });

    test('what was decided is chained, in the change that it was decided with', async () => {
      const database = await make();
      const entry = { at: 3, kind: 'site-moved', who: 'Sato', server: site, detail: {} } as const;
      const { downloads } = whole;
      await life(database, 0, { downloads, record: [entry] });
      const store = await database.open();
      await store.load(0, headOffice);
      // The same download twice: no second row of its number can be.
      await assert.rejects(store.save({ downloads, record: [{ ...entry, who: 'nobody' }] }));
      await store.save({ record: [{ ...entry, who: 'Abe' }] });
      const lines = await store.record(0, 10);
      assert.deepEqual(
        lines.map(({ number, kind, who }) => `${number} ${kind} ${who}`),
        [
          '1 epoch-begun control-manager',
          '2 site-moved Sato',
          '3 epoch-begun control-manager',
          '4 site-moved Abe',
        ],
      );
      assert.deepEqual(await store.record(null, 1), lines.slice(3));
      assert.deepEqual(await store.record(1, 2), lines.slice(1, 3));
      const genesis = await store.genesis();
      assert.deepEqual(genesis, { format: 1, site: headOffice, at: 0, linesBefore: 0 });
      const verifier = new RecordVerifier(genesis, {
        digestOf: digestOfBytes,
        site: null,
        heads: [],
      });
      for (const line of lines) verifier.take(foundLine(line));
      assert.deepEqual(verifier.end(await store.recordHead()).problems, []);
      await store.close();
    });

    test('what is refused in the middle leaves nothing of its change', async () => {
      const database = await make();
      await life(database, 0, whole);
      const store = await database.open();
      const before = await store.load(0, headOffice);
      const sites = whole.sites.map((one) => ({ ...one, folder: 'elsewhere' }));
      // The same download twice: no second row of its number can be.
      await assert.rejects(store.save({ ...whole, sites, forgetHolds: [hold.id] }));
      await store.close();
      const { epoch, ...after } = await life(database, 0);
      assert.deepEqual({ ...after, epoch: epoch - 1 }, before);
    });
  });
}

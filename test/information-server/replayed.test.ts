/**
 * What a server said once is said again, by itself or by whoever recorded it: later in its session, or
 * in a new one. What is believed is what was last true, whatever is repeated.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type ServerId } from '#domain/names.ts';
import { firstRows } from '#domain/upgrade/first-rows.ts';
import { newServer, type ServerState } from '#domain/upgrade/state.ts';
import type { Status } from '#protocol/normal-server/messages.ts';
import { planOf } from '#domain/upgrade/site.testing.ts';
import { FleetEvents } from '#information-server/fleet/fleet-events.ts';
import type { Publisher } from '#information-server/fleet/publisher.ts';
import type { Sessions } from '#information-server/fleet/sessions.ts';
import { releaseOf, serverNamed } from '../contract/journal-rows.testing.ts';
import { noRings, simulatedJournal, siteOf, upgradesOf, type World } from './upgrade-site.ts';

const a1 = brand<ServerId>('a1');
const release = releaseOf('sensor', 1);
const { digest, manifest } = release;
const { component, version } = manifest;
const plan = { ...planOf(), release: { component, version, digest } };
const { upgrade } = plan;

/** Group A is at work, and a1 stands in this state. */
async function at(state: ServerState) {
  const journal = simulatedJournal();
  const world: World = { clock: { now: 1_000 }, here: new Set([a1]), isProving: false };
  const events = new FleetEvents({
    site: siteOf(journal, world),
    upgrades: upgradesOf(journal, world),
    sessions: { send: () => undefined } as unknown as Sessions,
    publisher: {} as unknown as Publisher,
    notices: { tell: () => undefined },
    rings: noRings,
  });
  await journal.transaction(async (rows) => {
    await rows.catalogue.putRelease(release, 0);
    await rows.fleet.putServer({ ...serverNamed('a1'), server: a1 });
    const first = firstRows(plan, { startedAt: 0, withInformationServer: false });
    await rows.upgrades.begin(plan, { ...first.head, state: 'groups' }, [...first.groups.values()]);
    await rows.upgrades.putRow(upgrade, { ...newServer(a1, brand('A')), state, wasLeased: true });
    const [group] = first.groups.values();
    assert.ok(group !== undefined);
    const counts = { ...group.counts, waiting: 2, [state]: 1 };
    await rows.upgrades.putGroup(upgrade, { ...group, state: 'switching', counts });
  });
  return {
    said: async (report: Pick<Status, 'state'> & Partial<Status>): Promise<void> => {
      const fixed = {
        type: 'status',
        component,
        digest,
        bytesReceived: 0,
        bytesTotal: 100,
      } as const;
      const change = events.said(a1, { ...fixed, ...report });
      if (change !== null) await journal.transaction(change);
    },
    row: async () => (await journal.rows.upgrades.row(upgrade, a1))?.state,
    counts: async () => {
      const [group] = await journal.rows.upgrades.groups(upgrade);
      return group?.counts;
    },
    bytes: async () => (await journal.rows.fleet.server(a1))?.bytesReceived[digest],
    lines: async () => (await journal.rows.log.record(0, 100)).length,
  };
}

const reports: readonly (Pick<Status, 'state'> & Partial<Status>)[] = [
  { state: 'staged' },
  { state: 'switching' },
  { state: 'proving' },
  { state: 'failed', cause: 'network', attempt: 0 },
];

for (const end of ['upgraded', 'returned'] as const) {
  test(`a report of before does not change that a server is ${end}`, async () => {
    const { said, row, counts, lines } = await at(end);
    const before = [await counts(), await lines()];
    for (const report of reports) {
      await said(report);
      assert.equal(await row(), end, report.state);
    }
    assert.deepEqual([await counts(), await lines()], before);
  });
}

test('an outcome that is repeated counts once', async () => {
  const { said, row, counts, lines } = await at('switching');
  await said({ state: 'returned', cause: 'health' });
  assert.equal(await row(), 'returned');
  const once = [await counts(), await lines()];
  for (let times = 0; times < 3; times++) await said({ state: 'returned', cause: 'health' });
  assert.deepEqual([await counts(), await lines()], once);
});

test('bytes that were accounted are not less after an earlier report', async () => {
  const { said, bytes } = await at('staging');
  await said({ state: 'staged', bytesReceived: 100 });
  await said({ state: 'staged', bytesReceived: 40 });
  assert.equal(await bytes(), 100);
});

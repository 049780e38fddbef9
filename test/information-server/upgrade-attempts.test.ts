/** A staging that failed, and a person who resumes: the new try is asked for, the old one is over. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type ServerId } from '#domain/names.ts';
import { firstRows } from '#domain/upgrade/first-rows.ts';
import { newServer } from '#domain/upgrade/state.ts';
import type { Status } from '#protocol/normal-server/messages.ts';
import { planOf } from '#domain/upgrade/site.testing.ts';
import { wantedBy, wantedByAll } from '#information-server/fleet/desired.ts';
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

/** Group A stages, and could not on a1; the upgrade is paused. */
async function failed() {
  const journal = simulatedJournal();
  const world: World = { clock: { now: 1_000 }, here: new Set([a1]), isProving: false };
  const upgrades = upgradesOf(journal, world);
  const events = new FleetEvents({
    site: siteOf(journal, world),
    upgrades,
    sessions: {} as unknown as Sessions,
    publisher: {} as unknown as Publisher,
    notices: { tell: () => undefined },
    rings: noRings,
  });
  await journal.transaction(async (rows) => {
    await rows.catalogue.putRelease(release, 0);
    await rows.fleet.putServer({ ...serverNamed('a1'), server: a1 });
    const first = firstRows(plan, { startedAt: 0, withInformationServer: false });
    const paused = { ...first.head, state: 'paused', resumeTo: 'groups' } as const;
    await rows.upgrades.begin(plan, paused, [...first.groups.values()]);
    await rows.upgrades.putRow(upgrade, { ...newServer(a1, brand('A')), state: 'held' });
    const [group] = first.groups.values();
    assert.ok(group !== undefined);
    const counts = { ...group.counts, waiting: 2, held: 1 };
    await rows.upgrades.putGroup(upgrade, { ...group, state: 'staging', counts });
  });
  const said = (attempt?: number): Promise<unknown> => {
    const counted = { bytesReceived: 0, bytesTotal: 0, cause: 'signature' } as const;
    const tried = attempt === undefined ? {} : { attempt };
    const status: Status = { type: 'status', component, digest, state: 'failed', ...counted };
    const change = events.said(a1, { ...status, ...tried });
    assert.ok(change !== null);
    return journal.transaction(change);
  };
  return {
    said,
    resume: () =>
      journal.transaction((rows) =>
        upgrades.tell(rows, upgrade, { to: 'head', event: { type: 'resumed', who: 'Sato' } }),
      ),
    attempt: async () => {
      const all = await wantedByAll(journal.rows, 0);
      return (await wantedBy(journal.rows, { server: a1, ring: null, now: 0, all }))[0]?.attempt;
    },
    state: async () => (await journal.rows.upgrades.row(upgrade, a1))?.state,
  };
}

test('to resume is to ask for another try', async () => {
  const { resume, attempt, state } = await failed();
  await resume();
  assert.deepEqual([await attempt(), await state()], [1, 'staging']);
});

test('a failure of the try before does not count again; one of the new try does', async () => {
  const { said, resume, state } = await failed();
  await resume();
  await said(0);
  assert.equal(await state(), 'staging');
  await said(1);
  assert.equal(await state(), 'held');
});

test('a server of a version that numbers no tries is believed', async () => {
  const { said, resume, state } = await failed();
  await resume();
  await said();
  assert.equal(await state(), 'held');
});

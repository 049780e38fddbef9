/** What is said before anything moves, and beside what moved: deltas count where there are some. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Release } from '#domain/catalogue/release.ts';
import type { FleetServer } from '#domain/fleet/server.ts';
import { brand, type PersonName, type Platform, type ServerId } from '#domain/names.ts';
import { firstRows } from '#domain/upgrade/first-rows.ts';
import { examplePlan, examplePlanned } from '#domain/upgrade/upgrade.testing.ts';
import { keepStart } from '#information-server/forecast/start-forecast.ts';
import type { Parts } from '#information-server/parts.ts';
import { deploy } from '#information-server/routes/deploy.ts';
import { showUpgrade } from '#information-server/routes/upgrade-page.ts';
import type { Deltas } from '#ports/deltas.ts';
import type { Journal } from '#ports/journal.ts';
import { digestOf, releaseOf, serverNamed } from '../contract/journal-rows.testing.ts';
import { siteOf, simulatedJournal, upgradesOf, type World } from './upgrade-site.ts';

const world: World = { clock: { now: 1_000 }, here: new Set(), isProving: false };
const by = { name: brand<PersonName>('sato'), scope: 'whole' } as const;
const wholeBytes = 41_000;
const deltaBytes = 700;

function pattern(number: number): Release {
  const { digest, manifest } = releaseOf('pattern', number);
  const packed = {
    platform: brand<Platform>('any'),
    treeDigest: digestOf(number + 1_000),
    treeBytes: 90_000,
    fileCount: 1,
    archive: { digest: digestOf(number + 2_000), bytes: wholeBytes },
    proof: [],
  };
  return { digest, manifest: { ...manifest, lane: 'content', packages: [packed] } };
}

const [old, newer] = [pattern(1), pattern(2)];

/** Of what that server has there is a delta; of what another has there is none. */
function server(name: string, has: Release | null): FleetServer {
  const row = serverNamed(name);
  if (has === null) return row;
  const { digest, manifest } = has;
  const { component, version } = manifest;
  return { ...row, contents: [{ component, version, digest }] };
}

const fleet = [server('with-old', old), server('with-nothing', null), server('level', newer)];

async function partsOf(journal: Journal): Promise<Parts> {
  await journal.transaction(async (rows) => {
    for (const release of [old, newer]) await rows.catalogue.putRelease(release, 1);
    for (const row of fleet) await rows.fleet.putServer(row);
  });
  const find: Deltas['find'] = async ({ to }) =>
    to === newer.manifest.packages[0]?.treeDigest
      ? { digest: digestOf(9), bytes: deltaBytes }
      : 'absent';
  const known = new Map(fleet.map((row) => [row.server, { row }]));
  return {
    site: { ...siteOf(journal, world), deltas: { find } },
    upgrades: upgradesOf(journal, world),
    sessions: { isConnected: () => false },
    rings: { withdrawnVersion: async () => null },
    fleetIndex: { opened: async () => undefined, now: (name: ServerId) => known.get(name) },
    fleetEvents: { bytesReceived: () => 5 },
  } as unknown as Parts;
}

test('before content is deployed, each server counts by what it has', async () => {
  const parts = await partsOf(simulatedJournal());
  const { component, version } = newer.manifest;
  const servers = fleet.map((one) => one.server);
  const previewed = await deploy(parts, { component, version, servers, preview: true }, by);
  assert.equal(previewed.ok && previewed.value.bytes, deltaBytes + wholeBytes + 0);
});

test('a running upgrade is measured by what its preflight counted, not by whole packages', async () => {
  const journal = simulatedJournal();
  const parts = await partsOf(journal);
  const servers = fleet.map((one) => one.server);
  const { component, version } = newer.manifest;
  const plan = examplePlan({
    release: { component, version, digest: newer.digest },
    groups: [examplePlanned('A', { servers })],
  });
  const { upgrade } = plan;
  const first = firstRows(plan, { startedAt: 1, withInformationServer: false });
  await journal.transaction(async (rows) => {
    await rows.upgrades.begin(plan, first.head, [...first.groups.values()]);
  });
  const shown = async () => {
    const answer = await showUpgrade(parts, { upgrade });
    return answer.ok ? answer.value.groups[0]?.bytes : answer.because;
  };
  const whole = wholeBytes * fleet.length;
  assert.deepEqual(await shown(), { actual: 15, planned: whole }, 'started by a version before');
  const [group] = plan.groups;
  assert.ok(group !== undefined);
  const counted = { name: group.name, servers: 3, bytes: 41_700, linkSeconds: null };
  await journal.transaction((rows) =>
    keepStart(rows, upgrade, { at: 1, who: 'sato', made: null, groups: [counted] }),
  );
  assert.deepEqual(await shown(), { actual: 15, planned: 41_700 });
});

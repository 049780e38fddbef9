import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '#adapters/daemon/clock-system.ts';
import { openJournal } from '#adapters/database/journal-sqlite.ts';
import type { Release, ReleasePackage } from '#domain/catalogue/release.ts';
import type { FleetServer } from '#domain/fleet/server.ts';
import {
  brand,
  type DomainName,
  type GroupName,
  type Platform,
  type ServerId,
  type UpgradeId,
} from '#domain/names.ts';
import { firstRows } from '#domain/upgrade/first-rows.ts';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import { examplePlan, targetDigest } from '#domain/upgrade/upgrade.testing.ts';
import type { Journal } from '#ports/journal.ts';
import { inputsOf, isLevel, pastUpgrades, requestOf } from './forecast-request.ts';
import { limits } from '../limits.ts';

const s1 = brand<ServerId>('s1');
const old = { version: '5.70', digest: brand<typeof targetDigest>('a'.repeat(64)) };
const { release: target } = examplePlan({});

const packageOf = (platform: string, bytes: number) =>
  ({
    platform: brand<Platform>(platform),
    archive: { digest: targetDigest, bytes },
  }) as ReleasePackage;

const release = {
  digest: targetDigest,
  manifest: {
    ...target,
    kind: 'self',
    packages: [packageOf('linux-x64', 500), packageOf('any', 700)],
  },
} as unknown as Release;

function server(name: string, change: Partial<FleetServer> = {}): FleetServer {
  return {
    server: brand<ServerId>(name),
    installId: name,
    machineId: name,
    domain: brand<DomainName>('tokyo'),
    platform: brand<Platform>('linux-x64'),
    os: '',
    memoryBytes: 1,
    diskBytesFree: 1,
    running: old,
    programs: [],
    contents: [],
    rebootRecommended: null,
    withInformationServer: false,
    lastSeen: 0,
    bytesReceived: {},
    ...change,
  };
}

function planOf(change: Partial<UpgradePlan>, ...servers: readonly string[]): UpgradePlan {
  const group = {
    name: brand<GroupName>('A'),
    servers: servers.map((one) => brand<ServerId>(one)),
    from: 0,
    windows: [],
    hold: 'servers' as const,
    approve: false,
    gate: { percentMin: 95, sampleMin: 1, soakSeconds: 1 },
  };
  return examplePlan({ groups: [group], ...change });
}

test('what each server still has to fetch, by its platform; who runs the release has done it', () => {
  const fleet = [
    server('new'),
    server('arm', { platform: brand<Platform>('linux-arm64') }),
    server('done', { running: { version: '5.80.1179', digest: targetDigest } }),
    server('tokyo', { withInformationServer: true }),
    server('elsewhere'),
  ];
  const facts = { fleet, now: 9, self: old, runs: 3, seed: 4 };
  const plan = planOf({ linkBitsPerSecond: 1e6 }, 'new', 'arm', 'done', 'tokyo', 'gone');
  const request = requestOf({ plan, release }, facts);
  assert.deepEqual(
    request.servers.map(({ server: name, fetchBytes, state }) => [name, fetchBytes, state]),
    [
      ['new', 500, 'to-do'],
      ['arm', 700, 'to-do'],
      ['done', 500, 'done'],
      ['tokyo', 500, 'done'],
    ],
  );
  assert.deepEqual([request.startsAt, request.runs, request.seed], [9, 3, 4]);
  assert.equal(request.linkBitsPerSecond, 1e6);
  const typed = requestOf({ plan, release }, { ...facts, linkBitsPerSecond: 5 });
  assert.equal(typed.linkBitsPerSecond, 5);
});

const done = { running: { version: '5.80.1179', digest: targetDigest } };
const levels: readonly (readonly [string, boolean, Parameters<typeof isLevel>[0]])[] = [
  ['all run it, and the information server too', true, asked([done, done], targetDigest)],
  ['one server is left', false, asked([done, {}], targetDigest)],
  ['the information server is left', false, asked([done, done], old.digest)],
  ['no server is known', false, asked([], targetDigest)],
  [
    'what is upgraded does not run on the information server',
    true,
    { ...asked([done], old.digest), withInformationServer: false },
  ],
  ['there is no request', false, undefined],
];

function asked(changes: readonly Partial<FleetServer>[], self: typeof targetDigest) {
  const fleet = changes.map((change, at) => server(`s${at}`, change));
  const plan = planOf({}, ...fleet.map((one) => one.server));
  const facts = { fleet, now: 0, self: { digest: self }, runs: 1, seed: 1 };
  return requestOf({ plan, release }, facts);
}

for (const [title, level, request] of levels) {
  test(`${level ? 'nothing' : 'something'} is left to forecast: ${title}`, () => {
    assert.equal(isLevel(request), level);
  });
}

async function opened(act: (journal: Journal) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-forecast-'));
  const journal = await openJournal(join(folder, 'journal.sqlite'));
  assert.ok(journal.ok);
  try {
    await act(journal.value);
  } finally {
    await journal.value.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function begin(journal: Journal, name: string, inputs: number): Promise<void> {
  const upgrade = brand<UpgradeId>(name);
  const site = { inFlight: 0, inFlightMax: 1, heldBy: null, proving: false };
  await journal.transaction(async (rows) => {
    const plan = planOf({ upgrade }, 's1', 's2');
    const first = firstRows(plan, { startedAt: 7, withInformationServer: true });
    await rows.upgrades.begin(plan, first.head, [...first.groups.values()]);
    for (let at = 0; at < inputs; at++) {
      await rows.log.appendInput(upgrade, at, { event: { type: 'staged' }, server: s1, site });
    }
  });
}

test('all inputs of an upgrade are read in their order, however many pages they are', async () => {
  await opened(async (journal) => {
    const count = limits.inputsPageMax * 2 + 1;
    await begin(journal, 'long', count);
    await begin(journal, 'other', 3);
    const seen: number[] = [];
    const site = { journal, clock: systemClock };
    for await (const { at } of inputsOf(site, brand<UpgradeId>('long'))) seen.push(at);
    assert.deepEqual(seen, [...Array.from({ length: count }).keys()]);
  });
});

test('the past: the newest upgrades, their inputs by server, and what servers received of a whole package', async () => {
  await opened(async (journal) => {
    const names = Array.from({ length: limits.forecastPastMax + 1 }, (_, at) => `u${at}`);
    for (const name of names) await begin(journal, name, 2);
    await journal.transaction(async (rows) => {
      await rows.catalogue.putRelease(release, 1);
      await rows.fleet.putServer(server('s1', { bytesReceived: { [targetDigest]: 510 } }));
      // By a delta: that says nothing of what the link adds.
      await rows.fleet.putServer(server('s2', { bytesReceived: { [targetDigest]: 20 } }));
      await rows.fleet.putServer(server('s3', { bytesReceived: { [targetDigest]: 9 } }));
    });
    const past = await pastUpgrades({ journal, clock: systemClock });
    assert.deepEqual(
      past.map(({ plan }) => plan.upgrade),
      names.toReversed().slice(0, limits.forecastPastMax),
    );
    const [newest] = past;
    assert.equal(newest?.startedAt, 7);
    assert.deepEqual(newest.inputs, [
      { at: 0, server: 's1', event: { type: 'staged' } },
      { at: 1, server: 's1', event: { type: 'staged' } },
    ]);
    assert.deepEqual(newest.bytes, [{ server: 's1', archive: 500, received: 510 }]);
  });
});

test('a server for which a delta is made is counted with that, if it is the smaller', () => {
  const fleet = [server('delta'), server('large'), server('whole')];
  const plan = planOf({}, 'delta', 'large', 'whole');
  const bytes = new Map([
    ['delta', 20],
    ['large', 9_000],
  ]);
  const deltaBytes = ({ server: name }: FleetServer): number | null => bytes.get(name) ?? null;
  const facts = { fleet, now: 9, self: old, runs: 3, seed: 4, deltaBytes };
  const { servers } = requestOf({ plan, release }, facts);
  assert.deepEqual(
    servers.map(({ fetchBytes }) => fetchBytes),
    [20, 500, 500],
  );
});

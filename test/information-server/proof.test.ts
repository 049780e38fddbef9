/** What an information server makes of a hello whose digests are not those of what it names. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type ServerId } from '#domain/names.ts';
import { unprovedDigest } from '#domain/catalogue/proof.ts';
import { firstRows } from '#domain/upgrade/first-rows.ts';
import { newServer } from '#domain/upgrade/state.ts';
import type { Hello } from '#protocol/normal-server/messages.ts';
import { old, plan, platform, target } from '#simulation/checkers/example.testing.ts';
import { FleetEvents } from '#information-server/fleet/fleet-events.ts';
import type { Publisher } from '#information-server/fleet/publisher.ts';
import type { Sessions } from '#information-server/fleet/sessions.ts';
import { noRings, simulatedJournal, siteOf, upgradesOf, type World } from './upgrade-site.ts';

const a1 = brand<ServerId>('a1');

async function opened(releases = [old, target], ownServer: ServerId | null = null) {
  const journal = simulatedJournal();
  const world: World = { clock: { now: 1_000 }, here: new Set([a1]), isProving: false };
  await journal.transaction(async (rows) => {
    for (const release of releases) await rows.catalogue.putRelease(release, 0);
    const first = firstRows(plan, { startedAt: 0, withInformationServer: true });
    await rows.upgrades.begin(plan, first.head, [...first.groups.values()]);
    for (const row of first.servers.values()) await rows.upgrades.putRow(plan.upgrade, row);
    const told = { ...newServer(a1, brand('A')), state: 'switching', wasLeased: true } as const;
    await rows.upgrades.putRow(plan.upgrade, told);
    const [group] = first.groups.values();
    assert.ok(group !== undefined);
    const counts = { ...group.counts, waiting: 1, switching: 1 };
    await rows.upgrades.putGroup(plan.upgrade, { ...group, state: 'switching', counts });
  });
  let session: { readonly hello: Hello } | null = null;
  const events = new FleetEvents({
    site: { ...siteOf(journal, world), ownServer },
    upgrades: upgradesOf(journal, world),
    sessions: { send: () => undefined, session: () => session } as unknown as Sessions,
    publisher: { now: () => undefined, fence: { epoch: 1, number: 1 } } as unknown as Publisher,
    notices: { tell: () => undefined },
    rings: noRings,
  });
  return {
    journal,
    hello: (message: Hello) => {
      session = { hello: message };
      return journal.transaction(events.hello(message));
    },
    leave: () => {
      session = null;
    },
    imported: () =>
      journal.transaction(async (rows) => {
        await rows.catalogue.putRelease(target, 0);
        await events.imported(rows, target);
      }),
    isOwn: async () => (await journal.rows.fleet.server(a1))?.withInformationServer,
    running: async () => (await journal.rows.fleet.server(a1))?.running.digest,
    said: (message: Parameters<typeof events.said>[1]) =>
      journal.transaction(async (rows) => (await events.said(a1, message)?.(rows)) ?? []),
    launcherFailed: async () => (await journal.rows.fleet.server(a1))?.launcherFailed,
    unsigned: async () => (await journal.rows.fleet.server(a1))?.unsigned,
    installed: () =>
      journal.transaction(async (rows) => {
        const change = events.said(a1, {
          type: 'status',
          component: plan.release.component,
          digest: target.digest,
          state: 'installed',
          bytesReceived: 1,
          bytesTotal: 1,
        });
        assert.ok(change !== null);
        return change(rows);
      }),
    state: async () => (await journal.rows.upgrades.row(plan.upgrade, a1))?.state,
    kinds: async () => (await journal.rows.log.record(0, 100)).map(({ kind }) => kind),
  };
}

function helloOf(proofOf: typeof target): Hello {
  const { digest, manifest } = target;
  return {
    type: 'hello',
    protocol: 1,
    server: a1,
    installId: 'installation',
    machineId: 'machine',
    platform,
    os: 'test',
    domain: brand('web'),
    memoryBytes: 1,
    diskBytesFree: 1,
    running: {
      digest,
      version: manifest.version,
      proof: [...(proofOf.manifest.packages[0]?.proof ?? [])],
      pid: 1,
      startedAt: 1,
    },
    programs: [],
    contents: [],
    rebootRecommended: null,
    withInformationServer: false,
    fence: { epoch: 1, number: 1 },
  };
}

test('a hello with the digests of the release begins the proving, and the report ends it', async () => {
  const { hello, installed, state, kinds } = await opened();
  await hello(helloOf(target));
  assert.equal(await state(), 'proving');
  await installed();
  assert.equal(await state(), 'upgraded');
  assert.ok(!(await kinds()).includes('server-unproved'));
});

test('a hello that names a release without its digests proves nothing, whatever is reported', async () => {
  const { hello, installed, state, kinds } = await opened();
  await hello(helloOf(old));
  await installed();
  assert.equal(await state(), 'switching');
  await hello(helloOf(old));
  const written = (await kinds()).filter((kind) => kind === 'server-unproved');
  assert.equal(written.length, 1, 'it is written down once');
});

test('who named a release before it was imported is held against its digests by the import', async () => {
  const honest = await opened([old]);
  await honest.hello(helloOf(target));
  await honest.imported();
  assert.equal(await honest.running(), target.digest);

  const liar = await opened([old]);
  await liar.hello(helloOf(old));
  assert.equal(await liar.running(), target.digest, 'nothing to hold it against yet');
  await liar.imported();
  assert.equal(await liar.running(), unprovedDigest);
  assert.ok((await liar.kinds()).includes('server-unproved'));

  const away = await opened([old]);
  await away.hello(helloOf(old));
  away.leave();
  await away.imported();
  assert.equal(await away.running(), unprovedDigest);
  assert.ok(!(await away.kinds()).includes('server-unproved'), 'it says hello again');
});

test('which server stands beside this one is known by its own settings, whatever a hello claims', async () => {
  const liar = await opened();
  await liar.hello({ ...helloOf(target), withInformationServer: true });
  assert.equal(await liar.isOwn(), false);

  const own = await opened([old, target], a1);
  const { withInformationServer: _, ...silent } = helloOf(target);
  await own.hello(silent);
  assert.equal(await own.isOwn(), true);
});

test('a server that runs what nobody signed is shown, and written down once', async () => {
  const { hello, said, unsigned, kinds } = await opened();
  const told = async () => (await kinds()).filter((kind) => kind === 'server-unsigned').length;
  const inventory = { type: 'inventory', diskBytesFree: 1, rebootRecommended: null } as const;
  await hello(helloOf(target));
  assert.deepEqual([await unsigned(), await told()], [undefined, 0], 'versions before do not say');
  await said({ ...inventory, unsigned: 'RELEASE_UNSIGNED' });
  await said({ ...inventory, unsigned: 'RELEASE_UNSIGNED' });
  await hello({ ...helloOf(target), unsigned: 'RELEASE_UNSIGNED' });
  await hello(helloOf(target));
  assert.deepEqual([await unsigned(), await told()], ['RELEASE_UNSIGNED', 1]);
  await said({ ...inventory, unsigned: null });
  assert.deepEqual([await unsigned(), await told()], [null, 1], 'it was signed since');
});

test('a launcher that failed on a server is kept beside it, and written down once', async () => {
  const { hello, launcherFailed, kinds } = await opened();
  const told = async () => (await kinds()).filter((kind) => kind === 'launcher-failed').length;
  const failed = { version: '5.80.1179', cause: 'crash', detail: 'ended with status 1' };
  await hello({ ...helloOf(target), launcherFailed: failed });
  await hello({ ...helloOf(target), launcherFailed: failed });
  await hello(helloOf(target));
  assert.deepEqual([await launcherFailed(), await told()], [failed, 1], 'some cannot say');
  await hello({ ...helloOf(target), launcherFailed: null });
  assert.deepEqual([await launcherFailed(), await told()], [null, 1], 'the next one was placed');
});

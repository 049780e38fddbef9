/** Releases that fail and servers that stay away: what the gate counts, and what goes on later. */

import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import type { Problem } from '#domain/problem.ts';
import { longer } from '../longer.ts';
import { assertEachUpgradedOnce, changedBundle, switches } from './programs-for-tests.ts';
import { newVersion, oldVersion, serverId, SiteForTests } from './site-for-tests.ts';

/** Ends at once on a computer where the file stands that says so. */
const brokenWhereSaid = `
if (service === 'normal-server' && existsSync(join(root, 'broken'))) process.exit(1);
`;

let broken = '';
before(async () => {
  broken = await changedBundle(brokenWhereSaid);
});

function plan(patience: string): string {
  return `
release: {version: '${newVersion}'}
groups:
  - {name: A, servers: [a1, a2], gate: {soak: 1s}}
  - {name: B, servers: [b1, b2], gate: {soak: 1s}}
lease: ${patience}
prove: ${patience}
`;
}

async function why(site: SiteForTests, server: string): Promise<Problem> {
  return (await site.ask('upgrade.why', { server: serverId(server) })).because;
}

async function stateOf(site: SiteForTests, server: string): Promise<string> {
  return (await site.inTree(server)).state;
}

function pausedBecause(site: SiteForTests): Promise<Problem> {
  return site.waitFor(
    'the upgrade is paused',
    async () => {
      const { state, because } = await site.status();
      return state === 'paused' && because;
    },
    60,
  );
}

test('a release that is broken on one server of A: that one is back on the old, B is untouched, and resume goes on when the cause is gone', async (t) => {
  const site = await SiteForTests.begin({
    servers: ['a1', 'a2', 'b1', 'b2'],
    new: { bundleFolder: broken },
  });
  t.after(() => site.end());
  const cause = join(site.site.server('a2').root, 'broken');
  await writeFile(cause, '');
  await site.importNew();
  await site.start(plan('15s'));
  const because = await pausedBecause(site);
  assert.deepEqual(because, {
    code: 'GATE_FAILED',
    with: { group: 'A', healthy: 1, leased: 2, percentMin: 95 },
  });

  const versions = { a1: newVersion, a2: oldVersion, b1: oldVersion, b2: oldVersion };
  for (const [name, version] of Object.entries(versions)) {
    assert.equal(await site.waitFor(`${name} answers`, () => site.versionRunning(name)), version);
  }
  const failed = await why(site, 'a2');
  assert.equal(failed.code, 'SWITCH_RETURNED');
  assert.equal(failed.with['cause'], 'health');
  assert.match(String(failed.with['detail']), /^start: normal-server ended 3 times/);
  assert.deepEqual(await why(site, 'a1'), {
    code: 'SERVER_UP_TO_DATE',
    with: { version: newVersion },
  });
  for (const name of ['b1', 'b2']) assert.deepEqual(await why(site, name), because);
  const touched = new Set(
    (await site.record()).flatMap(({ kind, server }) =>
      kind.startsWith('lease-') ? [String(server)] : [],
    ),
  );
  assert.deepEqual(touched, new Set(['a1', 'a2']));

  await rm(cause);
  await site.ask('upgrade.resume', {});
  await site.waitFor(
    'the upgrade is finished',
    async () => (await site.status()).state === 'finished',
    60,
  );
  await assertEachUpgradedOnce(site, { servers: ['a1', 'a2', 'b1', 'b2'], version: newVersion });
  assert.equal(await switches(site.site.server('a2'), 'switch'), 2);
});

test(
  'a server that vanishes after its lease counts against the gate; one that is absent when its group opens is listed and follows',
  longer,
  async (t) => {
    const site = await SiteForTests.begin({ servers: ['a1', 'a2', 'b1', 'b2'] });
    t.after(() => site.end());
    const [a2, b2] = [site.site.server('a2'), site.site.server('b2')];
    await site.importNew();
    await site.start(plan('5s'));
    await site.waitFor('a2 is told to go', async () => (await stateOf(site, 'a2')) === 'switching');
    await a2.pullCable();
    assert.equal((await pausedBecause(site)).code, 'GATE_FAILED');
    assert.equal(await stateOf(site, 'a2'), 'vanished');
    assert.equal((await why(site, 'a2')).code, 'SERVER_VANISHED');
    const groupA = (await site.status()).groups[0];
    assert.equal(groupA?.counts['vanished'], 1);
    assert.equal(groupA.gate.leased, 2);
    assert.equal(groupA.gate.healthy, 1);
    assert.deepEqual(
      (await site.record('server-vanished')).map(({ server }) => server),
      ['a2'],
    );

    a2.start();
    await site.waitFor(
      'a2 is heard of again',
      async () => (await site.inTree('a2')).session.state !== 'none',
    );
    await b2.stop();
    await site.ask('upgrade.resume', {});
    await site.waitFor(
      'the upgrade is finished',
      async () => (await site.status()).state === 'finished',
      60,
    );
    assert.equal(await stateOf(site, 'b2'), 'absent');
    assert.equal((await why(site, 'b2')).code, 'SERVER_ABSENT');
    assert.equal((await site.status()).groups[1]?.counts['absent'], 1);

    b2.start();
    await site.waitFor('b2 followed', async () => (await stateOf(site, 'b2')) === 'upgraded', 60);
    await assertEachUpgradedOnce(site, { servers: ['a1', 'a2', 'b1', 'b2'], version: newVersion });
  },
);

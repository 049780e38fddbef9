/** SIGKILL of every program in the middle of a group: no server is lost, and none done twice. */

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { ServiceName } from '#adapters/installation/installation-disk.ts';
import type { Computer } from '../../scripts/site/computer.ts';
import { longer } from '../longer.ts';
import {
  assertEachUpgradedOnce,
  changedBundle,
  slowServers,
  switches,
} from './programs-for-tests.ts';
import { newVersion, SiteForTests } from './site-for-tests.ts';

let slow = '';
before(async () => {
  slow = await changedBundle(slowServers);
});

function begin(servers: readonly string[]): Promise<SiteForTests> {
  const bundleFolder = slow;
  return SiteForTests.begin({ servers, old: { bundleFolder }, new: { bundleFolder } });
}

/** Kills that daemon and waits until its launcher has another one ready. */
async function killAndWait(
  site: SiteForTests,
  computer: Computer,
  name: ServiceName,
): Promise<void> {
  // In the middle of a switch none runs for a moment.
  const before = await site.waitFor(`${name} runs in ${computer.root}`, () => computer.pid(name));
  computer.killService(name);
  await site.waitFor(`${name} runs again in ${computer.root}`, async () => {
    const { pid } = await computer.ready(name);
    return pid !== before;
  });
}

function reaches(site: SiteForTests, server: string, state: string): Promise<unknown> {
  return site.waitFor(`${server} is ${state}`, async () => {
    return (await site.inTree(server)).state === state;
  });
}

const finished = (site: SiteForTests) => (): Promise<boolean> =>
  site.status().then(({ state }) => state === 'finished');

test(
  'I13: the upper tiers killed while servers stage, hold a lease, switch and prove themselves',
  longer,
  async (t) => {
    const servers = ['a1', 'a2', 'a3'];
    const site = await begin(servers);
    t.after(() => site.end());
    const { informationServer, controlManager } = site.site;
    await site.importNew();
    await site.start(`
release: {version: '${newVersion}'}
inFlightMax: 1
groups: [{name: A, servers: [${servers.join(', ')}], gate: {soak: 1s}}]
goAhead: [{code: ALL_IN_ONE_GROUP, reason: three servers only}]
lease: 30s
prove: 30s
`);
    for (const state of ['staging', 'leased', 'switching', 'proving']) {
      await site.waitFor(`a server is ${state}`, async () =>
        (await site.tree()).some((server) => server.state === state),
      );
      await killAndWait(site, informationServer, 'information-server');
    }
    await Promise.all([
      killAndWait(site, controlManager, 'control-manager'),
      killAndWait(site, informationServer, 'agent'),
    ]);
    await site.waitFor('the upgrade is finished', finished(site), 60);
    await assertEachUpgradedOnce(site, { servers, version: newVersion });
    const agent = await site.waitFor('the agent is back', async () => {
      const status = await site.ask('agent.status', {});
      return status.state === 'running' && status;
    });
    assert.equal(agent.version, newVersion);
  },
);

test(
  'I20: normal servers killed while they stage, hold a lease, switch and prove themselves; cables pulled in the next group',
  longer,
  async (t) => {
    const group = { a1: 'staging', a2: 'leased', a3: 'switching', a4: 'proving' };
    const site = await begin([...Object.keys(group), 'b1', 'b2']);
    t.after(() => site.end());
    await site.importNew();
    await site.start(`
release: {version: '${newVersion}'}
groups:
  - {name: A, servers: [a1, a2, a3, a4], hold: site, gate: {soak: 1s}}
  - {name: B, servers: [b1, b2], gate: {soak: 1s}}
inFlightMax: 4
lease: 30s
prove: 30s
`);
    await Promise.all(
      Object.entries(group).map(async ([server, state]) => {
        await reaches(site, server, state);
        await killAndWait(site, site.site.server(server), 'normal-server');
      }),
    );
    await reaches(site, 'b1', 'switching');
    const { controlManager, informationServer } = site.site;
    for (const computer of [site.site.server('b1'), controlManager, informationServer]) {
      await computer.pullCable();
      computer.start();
    }
    await site.waitFor('the upgrade is finished', finished(site), 60);
    const servers = [...Object.keys(group), 'b1', 'b2'];
    await assertEachUpgradedOnce(site, { servers, version: newVersion });
    assert.equal(await switches(informationServer, 'committed'), 1);
    await site.waitFor('the control manager hears of the site again', async () => {
      const { sites } = await site.askManager('control-manager.show', {});
      return sites.some((one) => one.agent === 'active' && one.programVersion === newVersion);
    });
  },
);

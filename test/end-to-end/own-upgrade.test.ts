/** The information server's own upgrade (D2–D7) and its agent's (D4, D5, D10), in all its ends. */

import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { longer } from '../longer.ts';
import {
  assertEachUpgradedOnce,
  changedBundle,
  slowServers,
  switches,
} from './programs-for-tests.ts';
import { makeRelease, newVersion, oldVersion, serverId, SiteForTests } from './site-for-tests.ts';

const thirdVersion = '5.81.1000';

/** An information server that does what a file beside its program says, and spoils its journal. */
const troubledInformationServer = `
const trouble = join(root, 'trouble');
if (service === 'information-server' && existsSync(trouble)) {
  writeFileSync(join(data, 'journal.sqlite'), 'not a journal any more');
  if (readFileSync(trouble, 'utf8') === 'crash') process.exit(1);
  await new Promise(() => setInterval(() => undefined, 1_000));
}
`;

let slow = '';
let troubled = '';
before(async () => {
  slow = await changedBundle(slowServers);
  troubled = await changedBundle(troubledInformationServer);
});

async function begin(
  options: Omit<Parameters<typeof SiteForTests.begin>[0], 'settings'>,
): Promise<SiteForTests> {
  return SiteForTests.begin({ ...options, settings: '  proveSeconds: 6' });
}

async function stateOf(site: SiteForTests, server: string): Promise<string> {
  return (await site.inTree(server)).state;
}

const isFinished = (site: SiteForTests) => async (): Promise<boolean> =>
  (await site.status()).state === 'finished';

/** What a server says of itself as soon as it is connected again. */
function versionOf(site: SiteForTests, name: string): Promise<string> {
  return site.waitFor(`${name} answers`, () => site.versionRunning(name));
}

/** Of the program itself, by what it says when it is asked. */
async function siteVersion(site: SiteForTests): Promise<string> {
  return (await site.ask('site.show', {})).program.version;
}

test(
  'the information server goes on to a third version in the middle of group A, and the upgrade survives it',
  longer,
  async (t) => {
    const bundleFolder = slow;
    const site = await begin({
      servers: ['a1', 'a2', 'b1'],
      old: { bundleFolder },
      new: { bundleFolder },
    });
    t.after(() => site.end());
    await site.importNew();
    const third = join(site.folder, 'third.release');
    await makeRelease({ version: thirdVersion, outFile: third });
    await site.importNew(third);
    await site.start(`
release: {version: '${newVersion}'}
inFlightMax: 1
groups:
  - {name: A, servers: [a1, a2], gate: {soak: 1s}}
  - {name: B, servers: [b1], gate: {soak: 1s}}
lease: 30s
prove: 30s
`);
    // Either may ask first; the other waits for the one place in flight.
    const [first, second] = await site.waitFor('the first of A switches', async () => {
      if ((await stateOf(site, 'a1')) === 'switching') return ['a1', 'a2'] as const;
      return (await stateOf(site, 'a2')) === 'switching' && (['a2', 'a1'] as const);
    });
    // It can say nothing, so the new version cannot prove itself before it goes on.
    site.site.informationServer.killService('agent', 'SIGSTOP');
    await site.ask('information-server.upgrade', { version: thirdVersion });
    await site.waitFor('the third version proves itself', async () => {
      const { program, proving } = await site.ask('site.show', {});
      return program.version === thirdVersion && proving;
    });
    assert.equal(await stateOf(site, first), 'upgraded', 'leases drained before the switch');
    const why = await site.waitFor('the other is told why it waits', async () => {
      const { because } = await site.ask('upgrade.why', { server: serverId(second) });
      return because.code === 'INFORMATION_SERVER_PROVING' && because;
    });
    assert.ok(why);
    assert.deepEqual(
      (await site.record('lease-granted')).map(({ server }) => server),
      [first],
    );
    site.site.informationServer.killService('agent', 'SIGCONT');
    await site.waitFor('the upgrade is finished', isFinished(site), 60);
    await assertEachUpgradedOnce(site, { servers: ['a1', 'a2', 'b1'], version: newVersion });
    assert.equal(await siteVersion(site), thirdVersion);
    assert.equal(await site.versionRunning('tokyo'), thirdVersion);
    const ends = await site.record('information-server-upgraded');
    assert.deepEqual(
      ends.map(({ who }) => who),
      ['administrator'],
    );
    // D4: its agent is offered the version that it has by now, and follows by itself.
    assert.equal((await site.ask('agent.status', {})).version, newVersion);
    await site.ask('agent.upgrade', {});
    await site.waitFor('the agent is level', async () => {
      const { version, state } = await site.ask('agent.status', {});
      return version === thirdVersion && state === 'running';
    });
  },
);

test('a new information server that crashes or hangs: old program and old journal return, nothing else is touched, and resume tries again', async (t) => {
  const site = await begin({ servers: ['a1', 'b1'], new: { bundleFolder: troubled } });
  t.after(() => site.end());
  const { informationServer } = site.site;
  const trouble = join(informationServer.root, 'trouble');
  const pidOf = (name: string): number | null => site.site.server(name).pid('normal-server');
  const untouched = new Map(['a1', 'b1'].map((name) => [name, pidOf(name)]));
  await site.importNew();
  await writeFile(trouble, 'crash');
  await site.start(`
release: {version: '${newVersion}'}
groups:
  - {name: A, servers: [a1], hold: site, gate: {soak: 1s}}
  - {name: B, servers: [b1], gate: {soak: 1s}}
lease: 30s
prove: 30s
`);
  const returnedAfter = async (tries: number): Promise<string> => {
    const because = await site.waitFor(`try ${tries} returned`, async () => {
      const status = await site.status();
      const isTried = (await switches(informationServer, 'returned')) === tries;
      return isTried && status.state === 'paused' && status.because;
    });
    assert.equal(because.code, 'INFORMATION_SERVER_RETURNED');
    assert.equal(because.with['version'], newVersion);
    assert.equal(await siteVersion(site), oldVersion);
    assert.equal(await versionOf(site, 'tokyo'), oldVersion);
    const agent = await site.waitFor('its agent', async () => {
      return (await site.ask('agent.status', {})).version;
    });
    assert.equal(agent, oldVersion);
    assert.deepEqual(
      (await site.ask('hold.list', {})).holds.filter(({ active }) => active),
      [],
    );
    return String(because.with['cause']);
  };
  assert.match(await returnedAfter(1), /^start: /);
  await writeFile(trouble, 'hang');
  await site.ask('upgrade.resume', {});
  assert.match(await returnedAfter(2), /^health: /);
  // No normal server was asked anything, and none was started again.
  assert.deepEqual(await site.record('lease-granted'), []);
  for (const [name, pid] of untouched) {
    assert.equal(pidOf(name), pid);
    assert.equal(await versionOf(site, name), oldVersion);
    const { because } = await site.ask('upgrade.why', { server: serverId(name) });
    assert.equal(because.code, 'INFORMATION_SERVER_RETURNED');
  }
  await rm(trouble);
  await site.ask('upgrade.resume', {});
  // The cause is gone; that the cable is pulled in the middle of the switch blames nobody.
  await site.waitFor(
    'it switches',
    async () => (await switches(informationServer, 'switch')) === 3,
  );
  await informationServer.pullCable();
  informationServer.start();
  await site.waitFor('the upgrade is finished', isFinished(site), 60);
  await assertEachUpgradedOnce(site, { servers: ['a1', 'b1'], version: newVersion });
  assert.equal(await siteVersion(site), newVersion);
});

test(
  'the agent stands still around group A and runs again after it (D4, D5, D10); one that is left behind is shown (D4)',
  longer,
  async (t) => {
    const site = await begin({ servers: ['a1', 'b1'] });
    t.after(() => site.end());
    const { informationServer } = site.site;
    const agentStatus = () => site.ask('agent.status', {});
    await site.importNew();
    // Left behind: the program goes on, its agent stays.
    await site.start(`
upgrade: without-agent
release: {version: '${newVersion}'}
agent: {upgrade: false, stop: false}
groups:
  - {name: A, servers: [a1], gate: {soak: 1s}}
  - {name: B, servers: [b1], gate: {soak: 1s}}
lease: 30s
prove: 30s
`);
    await site.waitFor('the first upgrade is finished', isFinished(site), 60);
    const behind = await agentStatus();
    assert.equal(behind.version, oldVersion);
    assert.ok(behind.consequence?.includes(oldVersion) && behind.consequence.includes(newVersion));

    const third = join(site.folder, 'third.release');
    await makeRelease({ version: thirdVersion, outFile: third });
    await site.importNew(third);
    // A person keeps group A's server waiting, so that there is time to look.
    const hold = await site.ask('hold.add', {
      reason: 'a look at the agent',
      minutes: 10,
      servers: [serverId('a1')],
      lanes: ['program'],
      components: [],
    });
    await site.start(`
upgrade: with-agent
release: {version: '${thirdVersion}'}
agent: {upgrade: true, stop: true}
groups:
  - {name: A, servers: [a1], hold: site, gate: {soak: 1s}}
  - {name: B, servers: [b1], hold: site, gate: {soak: 1s}}
lease: 30s
prove: 30s
`);
    await site.waitFor('group A is open', async () => (await site.groupState('A')) === 'switching');
    const stopped = await site.waitFor('the agent is stopped', async () => {
      const status = await agentStatus();
      return status.state === 'stopped' && status;
    });
    assert.notEqual(stopped.because, null);
    assert.equal(informationServer.pid('agent'), null);
    await site.deliver({ version: '101' });
    await site.ask('hold.release', { hold: hold.id });
    const running = await site.waitFor('the agent runs again', async () => {
      const status = await agentStatus();
      return status.state === 'running' && status;
    });
    assert.equal(running.version, thirdVersion);
    assert.equal(running.consequence, null);
    assert.equal(await stateOf(site, 'a1'), 'upgraded');
    await site.waitFor('the second upgrade is finished', isFinished(site), 60);
    const said = (await site.record()).map(({ kind, who }) => `${who} ${kind}`);
    const order = ['agent-stopped', 'group-open', 'group-closed', 'agent-started', 'group-passed'];
    const [first, ...later] = order.map((kind) => said.indexOf(`upgrade:with-agent ${kind}`));
    assert.ok(first !== undefined && first >= 0, 'the stop stands in the record');
    later.reduce((before, now, index) => {
      assert.ok(before < now, `${order[index]} before ${order[index + 1]}`);
      return now;
    }, first);
    await site.waitFor('what was delivered meanwhile arrived', async () => {
      return (await site.contentOfAll('pattern')).every((version) => version === '101');
    });
  },
);

/**
 * A person's hand on a running upgrade: stop, pause, resume and approve, and the limit of servers
 * in flight. What happened is asked of the servers themselves, and of the record.
 */

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { brand, type GroupName } from '#domain/names.ts';
import type { RecordLine } from '#domain/record/line.ts';
import { becauseOf, newVersion, oldVersion, serverId, SiteForTests } from './site-for-tests.ts';

const inB = ['b1', 'b2', 'b3', 'b4'];
const inC = ['c1', 'c2'];
const leaseSeconds = 5;

function planOf(groups: string): string {
  return `release: {version: '${newVersion}'}
inFlightMax: 1
lease: ${leaseSeconds}s
prove: 30s
groups:
${groups}`;
}

const firstPlan = planOf(`  - {name: A, servers: [a1], gate: {soak: 0s}}
  - {name: B, servers: [${inB.join(', ')}], gate: {soak: 0s}}
  - {name: C, servers: [${inC.join(', ')}], gate: {soak: 0s}}
`);
const secondPlan = planOf(`  - {name: B, servers: [${inB.join(', ')}], gate: {soak: 0s}}
  - {name: C, servers: [${inC.join(', ')}], approve: true, gate: {soak: 0s}}
`);

const who = 'administrator';

describe('an upgrade in the hands of a person, one server in flight at a time', () => {
  let site: SiteForTests;

  before(async () => {
    site = await SiteForTests.begin({ servers: ['a1', ...inB, ...inC] });
    await site.importNew();
  });
  after(async () => {
    await site?.end();
  });

  /** Which of these run the new version, by their own word. */
  async function running(names: readonly string[]): Promise<readonly string[]> {
    const found: string[] = [];
    for (const name of names) {
      const version = await site.versionRunning(name);
      assert.ok(version === newVersion || version === oldVersion);
      if (version === newVersion) found.push(name);
    }
    return found;
  }

  async function upgradedIn(names: readonly string[]): Promise<readonly RecordLine[]> {
    const lines = await site.record('server-upgraded');
    return lines.filter(({ server }) => server !== null && names.includes(server));
  }

  /** Until nothing is in flight, and every lease that was ever given is over. */
  async function untilQuiet(since: number): Promise<void> {
    await site.waitFor('nothing in flight, no lease left', async () => {
      const { inFlight } = await site.status();
      return inFlight === 0 && Date.now() > since + leaseSeconds * 1_000;
    });
  }

  async function lineOf(kind: string): Promise<RecordLine> {
    const line = (await site.record(kind)).at(-1);
    assert.ok(line, `the record says ${kind}`);
    return line;
  }

  /** No lease, and no switch, after that line of the record and up to the other. */
  async function nobodyBegan(from: RecordLine, until = Infinity): Promise<void> {
    const later = (await site.record()).filter(
      ({ number }) => number > from.number && number < until,
    );
    const begun = later.filter(
      ({ kind }) => kind === 'lease-granted' || kind === 'server-switching',
    );
    assert.deepEqual(begun, []);
  }

  test('stop in the middle of B lets no further server start', async () => {
    await site.start(firstPlan);
    await site.waitFor('the first of B', async () => (await upgradedIn(inB)).length > 0, 60);
    await site.waitFor('the next in flight', async () => (await site.status()).inFlight > 0);
    const stopped = await site.ask('upgrade.stop', {});
    assert.equal(stopped.state, 'stopped');
    assert.equal(stopped.because?.code, 'STOPPED_BY_PERSON');
    const line = await lineOf('upgrade-stopped');
    assert.equal(line.who, who);
    await untilQuiet(line.at);
    await nobodyBegan(line);
    const begun = (await site.record('server-switching')).map(({ server }) => server ?? '');
    const now = await running([...inB, ...inC]);
    assert.deepEqual(new Set(['a1', ...now]), new Set(begun), 'only who had begun');
    assert.ok(now.length >= 1 && now.length < inB.length, `${now.length} of B were switched`);
    assert.ok(!now.some((name) => inC.includes(name)));
    assert.deepEqual(
      await site.record('server-vanished'),
      [],
      'who had begun was heard to the end',
    );
    const { groups } = await site.status();
    assert.deepEqual(
      groups.map(({ state }) => state),
      ['passed', 'stopped', 'waiting'],
    );
    const left = inB.find((name) => !now.includes(name)) ?? '';
    const why = await site.ask('upgrade.why', { server: serverId(left) });
    assert.equal(why.because.code, 'STOPPED_BY_PERSON');
  });

  test('a server that has the release staged, and starts anew, stays as it was after a stop', async () => {
    const done = await running(inB);
    const name = inB.find((one) => !done.includes(one)) ?? '';
    const before = (await site.inTree(name)).session.since ?? 0;
    site.site.server(name).killService('normal-server');
    await site.waitFor('it is back', async () => {
      const { state, since } = (await site.inTree(name)).session;
      return state !== 'none' && (since ?? 0) > before;
    });
    assert.equal(await site.versionRunning(name), oldVersion);
    await nobodyBegan(await lineOf('upgrade-stopped'));
  });

  test('after a stop nothing is held: content flows to everybody', async () => {
    const { holds } = await site.ask('hold.list', {});
    assert.ok(!holds.some(({ active }) => active));
    assert.equal((await site.ask('agent.status', {})).state, 'running');
    await site.deliver({ version: '300' });
    await site.waitFor('the pattern', async () =>
      (await site.contentOfAll('pattern')).every((version) => version === '300'),
    );
  });

  test('a stopped upgrade stays stopped: it is neither resumed, paused, approved nor stopped again', async () => {
    const numbers = (await site.record()).length;
    for (const call of ['upgrade.resume', 'upgrade.pause', 'upgrade.stop'] as const) {
      const because = becauseOf(call, await site.site.call(call, {}));
      assert.equal(because.code, 'UPGRADE_NOT_IN_STATE', call);
    }
    const group = brand<GroupName>('C');
    const approved = await site.site.call('upgrade.approve', { group });
    assert.equal(becauseOf('approve', approved).code, 'UPGRADE_NOT_IN_STATE');
    assert.equal((await site.record()).length, numbers, 'the record has no further line');
  });

  test('pause lets no further server start; content flows; resume goes on where it was', async () => {
    const done = await running(inB);
    await site.start(secondPlan);
    await site.waitFor(
      'one more of B',
      async () => {
        const { inFlight } = await site.status();
        return inFlight > 0 || (await upgradedIn(inB)).length > done.length * 2;
      },
      60,
    );
    const paused = await site.ask('upgrade.pause', {});
    assert.equal(paused.state, 'paused');
    assert.equal(paused.because?.code, 'PAUSED_BY_PERSON');
    const pause = await lineOf('upgrade-paused');
    await untilQuiet(pause.at);
    assert.ok((await running(inB)).length < inB.length, 'in the middle of B');
    await site.deliver({ version: '301' });
    await site.waitFor('the pattern', async () =>
      (await site.contentOfAll('pattern')).every((version) => version === '301'),
    );
    await site.ask('upgrade.resume', {});
    const resume = await lineOf('upgrade-resumed');
    await nobodyBegan(pause, resume.number);
    await site.waitFor('group B', async () => (await site.groupState('B')) === 'passed', 60);
    assert.deepEqual(await running(inB), inB);
  });

  test('a group that waits for approval says so, and begins when a person approves it', async () => {
    const status = await site.waitFor('group C waits', async () => {
      const view = await site.status();
      return view.groups[1]?.because === null ? null : view;
    });
    assert.equal(status.state, 'groups');
    assert.deepEqual(status.groups[1]?.because, {
      code: 'GROUP_NOT_OPEN',
      with: { group: 'C', state: 'approval' },
    });
    assert.deepEqual(await running(inC), []);
    const refused = async (group: string): Promise<string> =>
      becauseOf(group, await site.site.call('upgrade.approve', { group: brand<GroupName>(group) }))
        .code;
    assert.equal(await refused('D'), 'GROUP_UNKNOWN');
    assert.equal(await refused('B'), 'GROUP_NOT_WAITING_FOR_PERSON');
    assert.deepEqual(await running(inC), []);
    await site.ask('upgrade.approve', { group: brand<GroupName>('C') });
    await site.waitFor('the end', async () => (await site.status()).state === 'finished', 60);
    assert.deepEqual(await running(inC), inC);
    const approved = await lineOf('group-approved');
    assert.deepEqual([approved.detail, approved.who], [{ group: 'C' }, who]);
  });

  test('with a limit of one in flight there were never two, and nobody was switched twice', async () => {
    const lines = await site.record();
    const inFlight = new Set<string>();
    let granted = 0;
    for (const { kind, server } of lines) {
      if (server === null) continue;
      if (kind === 'lease-granted') {
        inFlight.add(server);
        granted += 1;
        assert.ok(inFlight.size <= 1, `two at once: ${[...inFlight].join(' and ')}`);
      }
      const isEnd = ['server-upgraded', 'server-returned', 'server-vanished'].includes(kind);
      if (isEnd || kind === 'lease-lapsed' || kind === 'lease-refused') inFlight.delete(server);
    }
    assert.ok(granted >= 7);
    const switched = lines.filter(({ kind }) => kind === 'server-switching');
    const names = switched.map(({ server }) => server ?? '');
    assert.equal(new Set(names).size, names.length, 'each once');
    assert.deepEqual(new Set(names), new Set(['a1', ...inB, ...inC]));
  });
});

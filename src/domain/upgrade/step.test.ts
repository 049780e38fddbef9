import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { brand, type GroupName, type ServerId } from '../names.ts';
import type { ServerEvent } from './event.ts';
import { groupTo, headTo } from './moves.ts';
import { old, planOf, Site, target } from './site.testing.ts';
import {
  countMove,
  groupSuccessors,
  headSuccessors,
  mayFollow,
  newGroup,
  newServer,
  recount,
  serverSuccessors,
  type GroupState,
  type HeadState,
  type ServerState,
} from './state.ts';

const groupB = brand<GroupName>('B');

describe('states and their tables', () => {
  const states = Object.keys(serverSuccessors) as ServerState[];
  for (const from of states) {
    test(`server: all edges from ${from}, and no others`, () => {
      for (const to of states) {
        if (from === to) continue;
        const before = { ...newServer(brand<ServerId>('a1'), brand<GroupName>('A')), state: from };
        const group = { ...newGroup(brand<GroupName>('A'), 0, 0), ...recount([before]) };
        const move = () => countMove(group, before, { ...before, state: to });
        if (mayFollow(serverSuccessors, from, to)) assert.equal(move().counts[to], 1);
        else assert.throws(move, /broken invariant/);
      }
    });
  }

  for (const from of Object.keys(groupSuccessors) as GroupState[]) {
    test(`group: all edges from ${from}, and no others`, () => {
      for (const to of Object.keys(groupSuccessors) as GroupState[]) {
        const group = { ...newGroup(brand<GroupName>('A'), 1, 0), state: from };
        const move = () => groupTo(group, to, 5);
        if (mayFollow(groupSuccessors, from, to)) assert.equal(move().state, to);
        else assert.throws(move, /broken invariant/);
      }
    });
  }

  for (const from of Object.keys(headSuccessors) as HeadState[]) {
    test(`head: all edges from ${from}, and no others`, () => {
      for (const to of Object.keys(headSuccessors) as HeadState[]) {
        const head = { ...new Site(planOf()).head, state: from };
        const move = () => headTo(head, to, {});
        if (mayFollow(headSuccessors, from, to)) assert.equal(move().state, to);
        else assert.throws(move, /broken invariant/);
      }
    });
  }
});

test('counters never go below zero: a row that was not counted breaks an invariant', () => {
  const row = newServer(brand<ServerId>('a1'), brand<GroupName>('A'));
  const group = newGroup(brand<GroupName>('A'), 0, 0);
  const move = () => countMove(group, row, { ...row, state: 'staging' });
  assert.throws(move, /counts below zero/);
});

describe('an upgrade', () => {
  test('goes D2 to D13 in order', () => {
    const site = new Site(planOf(), true);
    site.tell({ type: 'started' });
    site.tell({ type: 'self-staged' });
    site.tell({ type: 'self-committed' });
    site.tell({ type: 'baseline-laid' });
    site.tell({ type: 'agent-ready' });
    site.open('a1', 'a2', 'a3');
    for (const server of ['a1', 'a2', 'a3']) site.upgrade(server);
    site.settle();
    site.drifts = 3;
    site.open('b1', 'b2', 'b3');
    for (const server of ['b1', 'b2', 'b3']) site.upgrade(server);
    site.settle();
    assert.equal(site.head.state, 'finished');
    const order = ['stage-self', 'switch-self', 'lay-baseline', 'upgrade-agent', 'check-catalogue'];
    const types = site.commands.map((one) => one.type);
    assert.deepEqual([...new Set(types.filter((type) => order.includes(type)))], order);
    assert.ok(site.kinds().includes('catalogue-drifted'));
  });

  test('I9: every hold placed is released, wherever the upgrade is stopped', () => {
    const acts: readonly ((site: Site) => void)[] = [
      (site) => site.tell({ type: 'started' }),
      (site) => site.tell({ type: 'self-staged' }),
      (site) => site.tell({ type: 'self-committed' }),
      (site) => site.tell({ type: 'baseline-laid' }),
      (site) => site.tell({ type: 'agent-ready' }),
      (site) => site.open('a1', 'a2', 'a3'),
      (site) => site.upgrade('a1'),
      (site) => site.upgrade('a2'),
      (site) => site.upgrade('a3'),
      (site) => site.settle(),
      (site) => site.open('b1', 'b2', 'b3'),
    ];
    for (let done = 1; done <= acts.length; done++) {
      const site = new Site(planOf(), true);
      for (const act of acts.slice(0, done)) act(site);
      site.tell({ type: 'stopped', who: 'mori' });
      const keys = (type: 'place-hold' | 'release-hold') =>
        new Set(site.commands.flatMap((one) => (one.type === type ? [one.key] : [])));
      assert.ok(keys('place-hold').size > 0);
      assert.deepEqual(keys('place-hold').difference(keys('release-hold')), new Set());
    }
  });

  test('goes L1 to L4: servers that installers upgraded count, without package, hold or check', () => {
    const plan = planOf();
    const groups = plan.groups.map((one) => ({ ...one, approve: true }));
    const site = new Site(planOf({ groups }), true);
    site.tell({ type: 'started' });
    site.tell({ type: 'self-committed' });
    site.tell({ type: 'baseline-laid' });
    site.tell({ type: 'agent-ready' });
    const before = site.commands.length;
    for (const name of ['A', 'B'] as const) {
      const servers = site.plan.groups.find((one) => one.name === name)?.servers ?? [];
      for (const server of servers) {
        site.running.set(server, target);
        site.say(server, { type: 'seen', running: target, against: null });
      }
      site.tell({ type: 'approved', group: brand<GroupName>(name), who: 'mori' }, name);
      for (let tick = 0; tick < 4; tick += 1) site.settle();
      assert.equal(site.group(name).state, 'passed');
    }
    assert.equal(site.head.state, 'finished');
    const types = new Set(site.commands.slice(before).map((one) => one.type));
    for (const type of ['want', 'grant', 'place-hold', 'check-catalogue'] as const) {
      assert.ok(!types.has(type), type);
    }
  });

  test('I3: gives no lease over the limit, and the next when one ends', () => {
    const site = new Site(planOf());
    site.open('a1', 'a2', 'a3');
    site.ask('a1');
    site.ask('a2');
    site.ask('a3');
    assert.equal(site.row('a3').state, 'staged');
    assert.equal(site.row('a3').because?.code, 'IN_FLIGHT_LIMIT');
    site.confirm('a1');
    site.say('a1', { type: 'seen', running: target, against: null });
    site.say('a1', { type: 'installed' });
    assert.ok(site.commands.some((one) => one.type === 'nudge' && one.count === 1));
    site.ask('a3');
    assert.equal(site.row('a3').state, 'leased');
  });

  test('I2: stops exactly: after stop nobody is told to go, not even with a lease', () => {
    const site = new Site(planOf());
    site.open('a1', 'a2', 'a3');
    site.ask('a1');
    site.ask('a2');
    site.confirm('a1');
    site.tell({ type: 'stopped', who: 'mori' });
    site.confirm('a2');
    site.ask('a3');
    assert.deepEqual(site.confirmed, ['a1']);
    assert.equal(site.row('a2').state, 'staged');
    site.say('a1', { type: 'installed' });
    site.tell({ type: 'tick' });
    assert.equal(site.group('A').state, 'stopped');
  });

  test('I4: one failed server of three halts the upgrade before B', () => {
    const site = new Site(planOf());
    site.open('a1', 'a2', 'a3');
    site.upgrade('a1', 'returned');
    site.tell({ type: 'tick' });
    assert.equal(site.head.state, 'paused');
    assert.equal(site.head.because?.code, 'GATE_FAILED');
    site.ask('a2');
    assert.equal(site.row('a2').state, 'staged');
    assert.equal(site.group('A').state, 'failed');
    assert.equal(site.group('B').state, 'waiting');
  });

  test('resumed after a failure, it tries the failed server again', () => {
    const site = new Site(planOf());
    site.open('a1', 'a2', 'a3');
    site.upgrade('a1', 'returned');
    site.tell({ type: 'tick' });
    site.tell({ type: 'resumed', who: 'mori' });
    assert.equal(site.row('a1').state, 'staging');
    site.stage('a1');
    site.tell({ type: 'tick' });
    for (const server of ['a1', 'a2', 'a3']) site.upgrade(server);
    site.settle();
    assert.equal(site.group('A').state, 'passed');
  });

  test('I15: a server that answers its confirmation and vanishes counts against the gate', () => {
    const site = new Site(planOf());
    site.open('a1', 'a2', 'a3');
    site.ask('a1');
    site.confirm('a1');
    site.now += 121_000;
    site.say('a1', { type: 'deadline', connected: false });
    assert.equal(site.row('a1').state, 'vanished');
    assert.equal(site.group('A').gate.vanished, 1);
    site.tell({ type: 'tick' });
    assert.equal(site.head.because?.code, 'GATE_FAILED');
  });

  test('an unconfirmed lease lapses and does not count', () => {
    const site = new Site(planOf());
    site.open('a1', 'a2', 'a3');
    site.ask('a1');
    site.now += 60_000;
    site.say('a1', { type: 'deadline', connected: true });
    assert.equal(site.row('a1').state, 'staged');
    assert.equal(site.group('A').gate.leased, 0);
  });

  test('a lease confirmed too late is refused', () => {
    const site = new Site(planOf());
    site.open('a1', 'a2', 'a3');
    site.ask('a1');
    site.now += 60_000;
    site.confirm('a1');
    assert.deepEqual(site.confirmed, []);
    assert.equal(site.row('a1').because?.code, 'LEASE_OVER');
  });

  test('a server that asks anew after it was told to go has not begun: same lease, told again', () => {
    const site = new Site(planOf());
    site.open('a1', 'a2', 'a3');
    site.ask('a1');
    site.confirm('a1');
    const lease = site.row('a1').lease;
    site.ask('a1');
    const granted = site.commands.flatMap((one) => (one.type === 'grant' ? [one.lease] : []));
    assert.deepEqual(granted, [lease, lease]);
    assert.equal(site.row('a1').state, 'switching');
    site.confirm('a1');
    assert.deepEqual(site.confirmed, ['a1', 'a1']);
    assert.equal(site.group('A').gate.leased, 1);
  });

  test('one that asks anew when its lease is over starts afresh, and is not said to have vanished', () => {
    const site = new Site(planOf());
    site.open('a1', 'a2', 'a3');
    site.ask('a1');
    site.confirm('a1');
    site.now += 60_000;
    site.ask('a1');
    assert.equal(site.row('a1').state, 'staged');
    assert.equal(site.group('A').gate.leased, 0);
    site.upgrade('a1');
    assert.equal(site.row('a1').state, 'upgraded');
  });

  test('one that asks anew after it was told to go is told no once the upgrade has stopped', () => {
    const site = new Site(planOf());
    site.open('a1', 'a2', 'a3');
    site.ask('a1');
    site.confirm('a1');
    site.tell({ type: 'stopped', who: 'mori' });
    site.ask('a1');
    site.confirm('a1');
    assert.deepEqual(site.confirmed, ['a1']);
    assert.equal(site.row('a1').state, 'staged');
  });

  test('a group that opens once more keeps waiting for those that it saw and that are away now', () => {
    const site = new Site(planOf());
    site.tell({ type: 'tick' });
    for (const server of site.rows.keys()) site.running.delete(server);
    // What an information server does when it starts again.
    site.perform([{ type: 'open-group', group: brand<GroupName>('A'), retry: false }]);
    assert.equal(site.row('a1').state, 'staging');
  });

  test('a restart does not try again, nor forget, what failed before it', () => {
    const site = new Site(planOf());
    site.open('a1', 'a2', 'a3');
    site.upgrade('a1', 'returned');
    for (const server of site.rows.keys()) site.running.delete(server);
    site.perform([{ type: 'open-group', group: brand<GroupName>('A'), retry: false }]);
    assert.equal(site.row('a1').state, 'returned');
    assert.equal(site.group('A').gate.failedBy.health, 1);
  });

  test('ticks that change nothing change no row', () => {
    const site = new Site(planOf());
    site.open('a1', 'a2', 'a3');
    site.tell({ type: 'paused', who: 'mori' });
    site.tell({ type: 'tick' });
    const { head } = site;
    const group = site.group('A');
    site.tell({ type: 'tick' });
    assert.equal(site.head, head);
    assert.equal(site.group('A'), group);
  });

  test('a check of an earlier locked step opens nothing', () => {
    const site = new Site(planOf());
    site.tell({ type: 'tick' });
    site.stage('a1', 'a2', 'a3');
    const { drifts } = site;
    site.perform = () => undefined;
    site.tell({ type: 'tick' });
    site.tell({ type: 'hold-placed' });
    assert.equal(site.group('A').state, 'checking');
    site.tell({ type: 'checked', drifts, lockedAt: site.now - 1 });
    assert.equal(site.group('A').state, 'checking');
  });

  test('a server that leaves while it downloads does not keep its group waiting', () => {
    const site = new Site(planOf());
    site.tell({ type: 'tick' });
    site.stage('a1', 'a2');
    site.say('a3', { type: 'disconnected' });
    site.now += 600_000;
    site.say('a3', { type: 'deadline', connected: true });
    assert.equal(site.row('a3').state, 'staging', 'it came back in time');
    site.say('a3', { type: 'disconnected' });
    site.now += 600_000;
    site.say('a3', { type: 'deadline', connected: false });
    assert.equal(site.row('a3').state, 'absent');
    site.tell({ type: 'tick' });
    assert.equal(site.group('A').state, 'switching');
  });

  test('a server that was absent follows after its group passed', () => {
    const site = new Site(planOf());
    site.running.delete(brand<ServerId>('a3'));
    site.open('a1', 'a2');
    assert.equal(site.row('a3').state, 'absent');
    site.upgrade('a1');
    site.upgrade('a2');
    site.settle();
    assert.equal(site.group('A').state, 'passed');
    site.say('a3', { type: 'seen', running: old, against: null });
    site.upgrade('a3');
    assert.equal(site.row('a3').state, 'upgraded');
  });

  for (const [word, goOn] of [
    ['resumed', (site: Site) => site.tell({ type: 'resumed', who: 'sato' })],
    ['approved', (site: Site) => site.tell({ type: 'approved', group: groupB, who: 'sato' }, 'B')],
  ] as const) {
    test(`who came back while the upgrade was paused follows once it is ${word}`, () => {
      const site = new Site(planOf());
      site.running.delete(brand<ServerId>('a3'));
      site.open('a1', 'a2');
      site.upgrade('a1');
      site.upgrade('a2');
      site.settle();
      site.open('b1', 'b2', 'b3');
      for (const name of ['b1', 'b2']) site.upgrade(name, 'returned');
      site.tell({ type: 'tick' });
      assert.deepEqual([site.head.state, site.group('B').state], ['paused', 'failed']);
      site.running.set(brand<ServerId>('a3'), old);
      site.say('a3', { type: 'seen', running: old, against: null });
      assert.equal(site.row('a3').state, 'absent', 'nobody is let in meanwhile');
      goOn(site);
      assert.equal(site.row('a3').state, 'staging');
    });
  }

  test('so does one whose group has switched and is not judged yet', () => {
    const site = new Site(planOf());
    site.running.delete(brand<ServerId>('a3'));
    site.open('a1', 'a2');
    site.upgrade('a1');
    site.upgrade('a2');
    site.tell({ type: 'tick' });
    site.tell({ type: 'paused', who: 'sato' });
    site.running.set(brand<ServerId>('a3'), old);
    site.say('a3', { type: 'seen', running: old, against: null });
    site.tell({ type: 'resumed', who: 'sato' });
    assert.deepEqual([site.group('A').state, site.row('a3').state], ['settling', 'staging']);
  });

  test('a server that stages too late for its group follows it, though it never went away', () => {
    const site = new Site(planOf());
    site.tell({ type: 'tick' });
    site.stage('a1', 'a2');
    site.say('a3', { type: 'staging-closed' });
    site.tell({ type: 'tick' });
    for (const name of ['a1', 'a2']) site.upgrade(name);
    site.settle();
    assert.equal(site.group('A').state, 'passed');
    site.say('a3', { type: 'staged' });
    site.ask('a3');
    assert.equal(site.row('a3').state, 'staging', 'it is wanted again, and says again what it has');
    site.upgrade('a3');
    assert.equal(site.row('a3').state, 'upgraded');
  });

  test('one that was absent and only asks is not let in: who comes back is looked at first', () => {
    const site = new Site(planOf());
    site.running.delete(brand<ServerId>('a3'));
    site.open('a1', 'a2');
    site.ask('a3');
    assert.equal(site.row('a3').state, 'absent');
  });

  test('a hold that lasts too long pauses the group and lets content flow', () => {
    const site = new Site(planOf());
    site.open('a1', 'a2', 'a3');
    site.now += 120 * 60_000;
    site.tell({ type: 'tick' });
    assert.equal(site.head.because?.code, 'HOLD_TIME_OVER');
    assert.ok(site.commands.some((one) => one.type === 'release-hold'));
    assert.equal(site.group('A').state, 'staging');
  });

  test('drift that restoring does not mend asks a person', () => {
    const site = new Site(planOf());
    site.tell({ type: 'tick' });
    site.stage('a1', 'a2', 'a3');
    // The share is changed again behind every restore.
    Object.defineProperty(site, 'drifts', { get: () => 1, set() {} });
    site.tell({ type: 'tick' });
    assert.equal(site.head.because?.code, 'RESTORE_NOT_ENOUGH');
  });

  function inconclusive(): Site {
    const gate = { percentMin: 95, sampleMin: 3, soakSeconds: 0 };
    const plan = planOf();
    const groups = plan.groups.map((one) => ({ ...one, gate }));
    const site = new Site(planOf({ groups }));
    site.running.delete(brand<ServerId>('a3'));
    site.open('a1', 'a2');
    site.upgrade('a1');
    site.upgrade('a2');
    site.settle();
    assert.equal(site.group('A').state, 'inconclusive');
    return site;
  }
  const approval = { type: 'approved', group: brand<GroupName>('A'), who: 'mori' } as const;

  test('an inconclusive gate waits for a person', () => {
    const site = inconclusive();
    site.tell(approval, 'A');
    assert.equal(site.group('A').state, 'passed');
  });

  test('an inconclusive gate is tried again with the servers that came since', () => {
    const site = inconclusive();
    site.running.set(brand<ServerId>('a3'), old);
    site.tell({ type: 'resumed', who: 'mori' });
    assert.equal(site.group('A').state, 'staging');
    site.say('a3', { type: 'staged' });
    site.tell({ type: 'tick' });
    site.upgrade('a3');
    site.settle();
    assert.equal(site.group('A').state, 'passed');
  });

  test('approval of a group changes nothing in an upgrade that is paused or has ended', () => {
    for (const type of ['paused', 'stopped'] as const) {
      const site = inconclusive();
      site.tell({ type, who: 'mori' });
      const { state } = site.group('A');
      site.tell(approval, 'A');
      assert.equal(site.group('A').state, state);
      assert.equal(site.head.state, type);
    }
    const site = new Site(planOf());
    site.tell({ type: 'stopped', who: 'mori' });
    site.tell({ ...approval, group: brand<GroupName>('B') }, 'B');
    assert.equal(site.group('B').approved, false);
  });

  test('a failed upgrade of the information server pauses and can be tried again', () => {
    const site = new Site(planOf(), true);
    site.tell({ type: 'started' });
    site.tell({ type: 'self-staged' });
    site.tell({ type: 'self-returned', cause: 'crash' });
    assert.equal(site.head.because?.code, 'INFORMATION_SERVER_RETURNED');
    assert.equal(site.group('A').state, 'waiting');
    const before = site.commands.length;
    site.now += 600_000;
    site.tell({ type: 'resumed', who: 'mori' });
    assert.equal(site.head.state, 'self-staging');
    // D1 holds for the second try too, from now on.
    const [hold] = site.commands.slice(before).filter((one) => one.type === 'place-hold');
    assert.equal(hold?.form, 'site');
    assert.equal(hold?.until, site.now + site.plan.holdMinutesMax * 60_000);
  });

  test('a group waits for its day and for its approval', () => {
    const plan = planOf();
    const groups = plan.groups.map((one) => ({ ...one, from: 5_000, approve: true }));
    const site = new Site(planOf({ groups }));
    site.tell({ type: 'tick' });
    assert.equal(site.group('A').because?.code, 'GROUP_BEFORE_DAY');
    site.now = 5_000;
    site.tell({ type: 'tick' });
    assert.equal(site.group('A').state, 'waiting');
    site.tell({ type: 'approved', group: brand<GroupName>('A'), who: 'mori' });
    site.tell({ type: 'tick' });
    assert.equal(site.group('A').state, 'staging');
  });

  test('outside its window a group gives no lease', () => {
    const plan = planOf();
    const groups = plan.groups.map((one) => ({
      ...one,
      windows: [{ from: 9_000, until: 20_000 }],
    }));
    const site = new Site(planOf({ groups }));
    site.open('a1', 'a2', 'a3');
    assert.equal(site.group('A').state, 'staging');
    site.now = 9_000;
    site.tell({ type: 'tick' });
    assert.equal(site.group('A').state, 'switching');
    site.now = 20_000;
    site.ask('a1');
    assert.equal(site.row('a1').because?.code, 'WINDOW_CLOSED');
    site.tell({ type: 'tick' });
    assert.equal(site.group('A').state, 'staging');
  });
});

test('I7: any order of reports keeps counters, the limit, and the order of groups', () => {
  const server = fc.constantFrom('a1', 'a2', 'a3', 'b1', 'b2', 'b3');
  const action = fc.oneof(
    fc.record({ act: fc.constant('say' as const), server, event: serverEvents() }),
    fc.record({ act: fc.constant('ask' as const), server }),
    fc.record({ act: fc.constant('confirm' as const), server }),
    fc.record({
      act: fc.constant('tick' as const),
      ms: fc.constantFrom(0, 10_000, 61_000, 130_000),
    }),
    fc.record({
      act: fc.constant('person' as const),
      type: fc.constantFrom('paused' as const, 'resumed' as const, 'stopped' as const),
    }),
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const site = new Site(planOf());
      for (const one of actions) {
        const confirmedBefore = site.confirmed.length;
        const isStopped = site.head.state === 'stopped';
        if (one.act === 'say') site.say(one.server, one.event);
        if (one.act === 'ask') site.ask(one.server);
        if (one.act === 'confirm') site.confirm(one.server);
        if (one.act === 'person') site.tell({ type: one.type, who: 'mori' });
        if (one.act === 'tick') {
          site.now += one.ms;
          site.tell({ type: 'tick' });
        }
        if (isStopped) assert.equal(site.confirmed.length, confirmedBefore);
        if (site.group('A').state !== 'passed') {
          assert.ok(!site.confirmed.some((name) => name.startsWith('b')));
        }
      }
    }),
    { numRuns: 300 },
  );
});

function serverEvents(): fc.Arbitrary<ServerEvent> {
  return fc.oneof(
    fc.constantFrom<ServerEvent>(
      { type: 'staged' },
      { type: 'seen', running: old, against: null },
      { type: 'seen', running: target, against: null },
      { type: 'installed' },
      { type: 'disconnected' },
      { type: 'staging-closed' },
      { type: 'deadline', connected: true },
      { type: 'deadline', connected: false },
      { type: 'returned', cause: 'health', detail: '' },
      { type: 'returned', cause: 'network', detail: '' },
    ),
  );
}

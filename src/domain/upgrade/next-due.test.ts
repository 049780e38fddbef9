import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { brand, type GroupName } from '../names.ts';
import { nextDueOf } from './next-due.ts';
import type { PlannedGroup, UpgradePlan } from './plan.ts';
import { planOf, Site } from './site.testing.ts';
import type { UpgradeHead } from './state.ts';
import { tickGroup } from './step-group.ts';
import { exampleInput, examplePlanned, exampleRow } from './upgrade.testing.ts';

const second = 1_000;
const minute = 60 * second;

function inputOf(site: Site) {
  const turn = site.plan.groups[site.head.turn]?.name ?? brand<GroupName>('A');
  return { plan: site.plan, head: site.head, group: site.group(turn), site: site.facts() };
}

function due(site: Site): number | null {
  return nextDueOf(inputOf(site), site.now);
}

function wouldChange(site: Site, now: number): boolean {
  const input = inputOf(site);
  const { head, group, commands } = tickGroup(input, now);
  return head !== input.head || group !== input.group || commands.length > 0;
}

/** What holds whatever happened before: nothing is missed, and what is due is really due. */
function checkDue(site: Site): void {
  const next = due(site);
  const horizon = next ?? site.now + 4 * 60 * minute;
  for (let now = site.now; now < Math.min(horizon, site.now + 4 * 60 * minute); now += second) {
    assert.ok(!wouldChange(site, now), `a tick ${now - site.now} ms later changes something`);
  }
  if (next === site.now) assert.ok(wouldChange(site, next));
}

/** `site.testing.ts` begins at 1,000. */
const plan = (change: Partial<UpgradePlan['groups'][number]> = {}): UpgradePlan => {
  const whole = planOf();
  return { ...whole, groups: whole.groups.map((one) => ({ ...one, ...change })) };
};

type Edge = { readonly planned?: Partial<PlannedGroup>; readonly head?: Partial<UpgradeHead> };

/** Of a group in which nothing is to be done now; it waits for an instant, or for nothing. */
function checkEdge(
  name: string,
  { planned, head = {} }: Edge,
  group: 'waiting' | 'switching',
  expected: number | null,
): void {
  test(`due: ${name}`, () => {
    const plan = { groups: [examplePlanned('A', planned)], holdMinutesMax: 1 };
    const rows = [exampleRow('leased', { wasLeased: true })];
    const input = exampleInput({ plan, head, rows, group: { state: group, lockedAt: 1_000 } });
    const ticked = tickGroup(input, 1_000);
    assert.equal(nextDueOf({ ...input, ...ticked }, 1_000), expected);
  });
}

test('due: what a tick changes of the head alone', () => {
  const head = { state: 'paused', resumeTo: 'groups', agentStopped: true } as const;
  assert.equal(nextDueOf(exampleInput({ head, group: { state: 'waiting' } }), 1_000), 1_000);
});

const holdIsOver = 1_000 + minute;
checkEdge('in an instant', { planned: { from: 1_001 } }, 'waiting', 1_001);
checkEdge(
  'its day has come, approval has not',
  { planned: { from: 1_000, approve: true } },
  'waiting',
  null,
);
checkEdge(
  'nothing while the upgrade is paused',
  { planned: { from: 5_000 }, head: { state: 'paused', resumeTo: 'groups' } },
  'waiting',
  null,
);
checkEdge('the end of its hold', {}, 'switching', holdIsOver);
checkEdge(
  'a window that closes in an instant',
  { planned: { windows: [{ from: 0, until: 1_001 }] } },
  'switching',
  1_001,
);
checkEdge(
  'a window that opens in an instant',
  { planned: { windows: [{ from: 1_001, until: 2_000 }] } },
  'switching',
  1_001,
);
checkEdge(
  'not the edge of this very instant but the next',
  {
    planned: {
      windows: [
        { from: 7_000, until: 8_000 },
        { from: 0, until: 1_000 },
        { from: 1_000, until: 3_000 },
        { from: 5_000, until: 6_000 },
      ],
    },
  },
  'switching',
  3_000,
);

test('a group is due on its day', () => {
  const site = new Site(plan({ from: 61 * second }));
  assert.equal(due(site), site.now, 'the reason why it waits is not written yet');
  site.tell({ type: 'tick' });
  assert.equal(due(site), 61 * second);
});

test('a group that waits for approval is never due', () => {
  const site = new Site(plan({ approve: true }));
  site.tell({ type: 'tick' });
  assert.equal(due(site), null);
});

test('staging is due when it has lasted too long, and at once when everything is staged', () => {
  const site = new Site(plan());
  site.tell({ type: 'tick' });
  site.tell({ type: 'tick' });
  assert.equal(due(site), site.now + site.plan.stageMinutesMax * minute);
  site.stage('a1', 'a2', 'a3');
  assert.equal(due(site), site.now);
});

test('what is staged waits for its window, an open group for the end of it', () => {
  const window = { from: 10 * minute, until: 20 * minute };
  const site = new Site(plan({ windows: [window] }));
  site.open('a1', 'a2', 'a3');
  site.tell({ type: 'tick' });
  assert.equal(due(site), window.from);
  site.now = window.from;
  site.tell({ type: 'tick' });
  for (const name of ['a1', 'a2']) site.ask(name);
  assert.equal(due(site), window.until, 'two are in flight, the third finds no room');
});

test('a hold is due when it has lasted too long, a soak when it is over', () => {
  const site = new Site(plan());
  site.open('a1', 'a2', 'a3');
  site.ask('a1');
  site.ask('a2');
  assert.equal(due(site), site.now + site.plan.holdMinutesMax * minute);
  for (const name of ['a1', 'a2']) site.say(name, { type: 'installed' });
  site.ask('a3');
  site.say('a3', { type: 'installed' });
  site.tell({ type: 'tick' });
  assert.equal(due(site), site.now + 10 * second);
});

test('no tick before the due instant would have changed anything, whatever happened', () => {
  const names = ['a1', 'a2', 'a3', 'b1', 'b2', 'b3'] as const;
  const server = fc.constantFrom(...names);
  const act = fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('tick' as const) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        do: fc.constantFrom('stage', 'ask', 'confirm', 'installed', 'returned', 'gone'),
        server,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constantFrom('pause', 'resume', 'approve-a', 'approve-b', 'stop'),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.nat(4_000) }),
    },
  );
  const windows = [
    { from: 5 * minute, until: 30 * minute },
    { from: 90 * minute, until: 120 * minute },
  ];
  const plans = fc.record({
    windows: fc.constantFrom([], windows),
    approve: fc.boolean(),
    from: fc.constantFrom(0, 10 * minute),
  });
  fc.assert(
    fc.property(plans, fc.array(act, { maxLength: 40 }), (change, acts) => {
      const site = new Site(plan(change));
      for (const one of acts) {
        perform(site, one);
        checkDue(site);
      }
    }),
    { numRuns: 60 },
  );
});

type Act = { readonly do: string; readonly server?: string; readonly seconds?: number };

function perform(site: Site, act: Act): void {
  const { server = 'a1' } = act;
  switch (act.do) {
    case 'tick':
      return site.tell({ type: 'tick' });
    case 'wait':
      site.now += (act.seconds ?? 0) * second;
      return undefined;
    case 'stage':
      return site.stage(server);
    case 'ask':
      return site.ask(server);
    case 'confirm':
      return site.confirm(server);
    case 'installed':
      return site.row(server).state === 'proving' || site.row(server).state === 'switching'
        ? site.say(server, { type: 'installed' })
        : undefined;
    case 'returned':
      return site.say(server, { type: 'returned', cause: 'health', detail: '' });
    case 'gone':
      return site.say(server, { type: 'disconnected' });
    case 'pause':
      return site.tell({ type: 'paused', who: 'mori' });
    case 'resume':
      return site.tell({ type: 'resumed', who: 'mori' });
    case 'stop':
      return site.tell({ type: 'stopped', who: 'mori' });
    default: {
      const group = brand<GroupName>(act.do === 'approve-a' ? 'A' : 'B');
      return site.tell({ type: 'approved', group, who: 'mori' }, group);
    }
  }
}

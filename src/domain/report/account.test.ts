import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Hold } from '../hold/hold.ts';
import { brand, type GroupName, type HoldId, type ServerId, type UpgradeId } from '../names.ts';
import { planOf, Site, target } from '../upgrade/site.testing.ts';
import type { UpgradePlan } from '../upgrade/plan.ts';
import { Account, type AccountInput, type UpgradeAccount } from './account.ts';

const a = brand<GroupName>('A');
const b = brand<GroupName>('B');

/** A site that keeps its inputs as a journal does: those that changed something. */
class KeptSite extends Site {
  readonly inputs: AccountInput[] = [];

  override tell(event: Parameters<Site['tell']>[0], name?: string): void {
    const group = brand<GroupName>(name ?? this.plan.groups[this.head.turn]?.name ?? '');
    const before = [this.head, this.group(group)];
    const { inFlight } = this.facts();
    const place = this.inputs.length;
    const commands = this.commands.length;
    super.tell(event, name);
    const isChanged = this.head !== before[0] || this.group(group) !== before[1];
    if (event.type !== 'tick' || isChanged || this.commands.length > commands) {
      this.inputs.splice(place, 0, { at: this.now, event, group, site: { inFlight } });
    }
  }

  override say(name: string, event: Parameters<Site['say']>[1]): void {
    const before = this.row(name);
    const { inFlight } = this.facts();
    const place = this.inputs.length;
    super.say(name, event);
    if (this.row(name) === before) return;
    const server = brand<ServerId>(name);
    this.inputs.splice(place, 0, { at: this.now, event, server, site: { inFlight } });
  }

  /** `upgrade`, and a second for each server. */
  upgradeOneByOne(...names: readonly string[]): void {
    for (const name of names) {
      this.now += 1_000;
      this.upgrade(name);
    }
  }
}

function holdOf(
  key: string,
  span: { from: number; until: number; releasedAt: number | null },
): Hold {
  return {
    id: brand<HoldId>(`hold-${key}-${span.from}`),
    scope: { servers: 'site', lanes: ['content'], components: [] },
    reason: '',
    owner: { kind: 'upgrade', upgrade: planOf().upgrade, key },
    ...span,
  };
}

function accountOf(site: KeptSite, change: { holds?: readonly Hold[]; plan?: UpgradePlan } = {}) {
  const account = new Account(target);
  for (const input of site.inputs) account.take(input);
  return account.end({
    plan: site.plan,
    head: site.head,
    groups: [...site.groups.values()],
    holds: change.holds ?? [],
    bytesOf: (server) => (server.startsWith('a') ? 100 : 10),
    now: site.now,
  });
}

const groupIn = ({ groups }: UpgradeAccount, name: GroupName) => {
  const found = groups.find((one) => one.name === name);
  assert.ok(found !== undefined);
  return found;
};

test('an upgrade that went well: when groups began and passed, what moved, when all were level', () => {
  const site = new KeptSite(planOf());
  site.tell({ type: 'tick' });
  const began = site.now;
  site.stage('a1', 'a2', 'a3');
  site.tell({ type: 'tick' });
  site.upgradeOneByOne('a1', 'a2', 'a3');
  site.settle();
  const passed = site.now;
  site.open('b1', 'b2', 'b3');
  site.upgradeOneByOne('b1', 'b2', 'b3');
  const level = site.now;
  site.settle();
  const account = accountOf(site);
  assert.equal(account.endsAt, site.now);
  const { mixed } = account;
  assert.deepEqual(mixed, {
    from: began + 1_000,
    endsAt: level,
    until: site.head.mixedUntil,
    isInTime: true,
    behind: 0,
  });
  for (const [mixedUntil, isInTime] of [
    [level, true],
    [level - 1, false],
  ] as const) {
    site.head = { ...site.head, mixedUntil };
    assert.equal(accountOf(site).mixed.isInTime, isInTime);
  }
  const first = groupIn(account, a);
  assert.deepEqual([first.startsAt, first.endsAt], [began, passed]);
  assert.deepEqual([first.bytes, first.upgraded, first.failed, first.absent], [300, 3, 0, 0]);
  assert.equal(groupIn(account, b).bytes, 30);
});

test('the most in flight is counted over the whole and by turn, though the last lease was the peak', () => {
  const site = new KeptSite(planOf());
  site.open('a1', 'a2', 'a3');
  for (const name of ['a1', 'a2']) site.ask(name);
  for (const name of ['a1', 'a2']) {
    site.confirm(name);
    site.say(name, { type: 'installed' });
  }
  site.upgradeOneByOne('a3');
  site.settle();
  site.open('b1', 'b2', 'b3');
  site.upgradeOneByOne('b1', 'b2', 'b3');
  const account = accountOf(site);
  assert.equal(account.inFlightMax, 2);
  assert.deepEqual([groupIn(account, a).inFlightMax, groupIn(account, b).inFlightMax], [2, 1]);
});

test('failed and absent servers keep the mixed state open; its deadline decides', () => {
  const site = new KeptSite(planOf());
  site.running.delete(brand<ServerId>('a3'));
  site.open('a1', 'a2');
  site.upgrade('a1');
  site.upgrade('a2', 'returned');
  const early = accountOf(site);
  const first = groupIn(early, a);
  assert.deepEqual([first.upgraded, first.failed, first.absent], [1, 1, 1]);
  assert.deepEqual(first.failedBy, { health: 1 });
  assert.deepEqual([early.mixed.endsAt, early.mixed.isInTime, early.mixed.behind], [null, null, 5]);
  site.now = site.head.mixedUntil - 1;
  assert.equal(accountOf(site).mixed.isInTime, null);
  site.now += 1;
  assert.equal(accountOf(site).mixed.isInTime, false);
});

test('decisions stand at the group whose turn it was, an approval at its own', () => {
  const plan = planOf();
  const groups = plan.groups.map((one) => ({ ...one, approve: one.name === b }));
  const site = new KeptSite({ ...plan, groups });
  site.open('a1', 'a2', 'a3');
  site.ask('a1');
  site.tell({ type: 'approved', group: b, who: 'mori' }, b);
  site.tell({ type: 'paused', who: 'sato' });
  site.tell({ type: 'resumed', who: 'sato' });
  site.tell({ type: 'stopped', who: 'mori' });
  const account = accountOf(site);
  const said = account.decisions.map(({ who, decision, group }) => [who, decision, group]);
  assert.deepEqual(said, [
    ['mori', 'approved', b],
    ['sato', 'paused', a],
    ['sato', 'resumed', a],
    ['mori', 'stopped', a],
  ]);
  assert.equal(groupIn(account, b).decisions.length, 1);
  assert.deepEqual([groupIn(account, a).inFlightMax, groupIn(account, b).inFlightMax], [1, 0]);
  assert.equal(account.endsAt, null);
});

test('content was held while at least one hold of the upgrade stood, and no longer than it said', () => {
  const site = new KeptSite(planOf());
  site.now = 100_000;
  const others = { ...holdOf('A', { from: 0, until: 90_000, releasedAt: null }) };
  const holds = [
    holdOf('information-server', { from: 0, until: 50_000, releasedAt: 20_000 }),
    holdOf('A', { from: 10_000, until: 60_000, releasedAt: 30_000 }),
    holdOf('A', { from: 12_000, until: 13_000, releasedAt: null }),
    holdOf('A', { from: 40_000, until: 45_000, releasedAt: null }),
    holdOf('A', { from: 150_000, until: 160_000, releasedAt: null }),
    { ...others, owner: { kind: 'person', name: 'mori' } as const },
    {
      ...others,
      owner: { kind: 'upgrade', upgrade: brand<UpgradeId>('to-5.90'), key: 'A' } as const,
    },
  ];
  const account = accountOf(site, { holds });
  assert.equal(account.heldSeconds, 35);
  assert.equal(groupIn(account, a).heldSeconds, 25);
});

/** The site in a few maps, run a second time from what it was told alone. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type GroupName, type ServerId } from '../names.ts';
import type { UpgradeRows } from './first-rows.ts';
import { replay, type ReplayInput } from './replay.ts';
import { planOf, Site } from './site.testing.ts';

class ToldSite extends Site {
  readonly told: ReplayInput[] = [];

  get kept(): UpgradeRows {
    return { head: this.head, groups: new Map(this.groups), servers: new Map(this.rows) };
  }

  override tell(event: Parameters<Site['tell']>[0], name?: string): void {
    const group = name === undefined ? {} : { group: brand<GroupName>(name) };
    this.told.push({ at: this.now, input: { event, ...group, site: this.facts() } });
    super.tell(event, name);
  }

  override say(name: string, event: Parameters<Site['say']>[1]): void {
    const server = brand<ServerId>(name);
    this.told.push({ at: this.now, input: { event, server, site: this.facts() } });
    super.say(name, event);
  }
}

function run(): { readonly first: UpgradeRows; readonly site: ToldSite } {
  const plan = planOf();
  const groups = plan.groups.map((one) => ({ ...one, approve: one.name === 'B' }));
  const site = new ToldSite({ ...plan, groups });
  const first = site.kept;
  site.tell({ type: 'approved', group: brand<GroupName>('B'), who: 'mori' }, 'B');
  site.drifts = 1;
  site.open('a1', 'a2', 'a3');
  for (const server of ['a1', 'a2', 'a3']) site.upgrade(server);
  site.settle();
  site.open('b1', 'b2', 'b3');
  site.upgrade('b1', 'returned');
  site.settle();
  return { first, site };
}

test('what a site was told rebuilds its rows', () => {
  const { first, site } = run();
  assert.notDeepEqual(first, site.kept);
  assert.deepEqual(replay(site.plan, first, site.told), site.kept);
});

test('without what the site contributed nothing is made up, wherever it is missing', () => {
  const { first, site } = run();
  for (const place of [0, 5, site.told.length - 1]) {
    const told = site.told.map(({ at, input: { site: facts, ...rest } }, number) => ({
      at,
      input: number === place || facts === undefined ? rest : { ...rest, site: facts },
    }));
    assert.equal(replay(site.plan, first, told), null);
  }
});

test('a server, or a group, that does not stand in the plan breaks an invariant', () => {
  const { first, site } = run();
  const facts = site.facts();
  const stray: readonly ReplayInput['input'][] = [
    { event: { type: 'staged' }, site: facts },
    { event: { type: 'staged' }, server: brand<ServerId>('z9'), site: facts },
    { event: { type: 'tick' }, group: brand<GroupName>('Z'), site: facts },
  ];
  for (const input of stray) {
    assert.throws(() => replay(site.plan, first, [{ at: 0, input }]), /broken invariant/);
  }
});

/** I7: the counters of a group equal a recount of its servers, after any order of reports. */

import type { GroupName, UpgradeId } from '#domain/names.ts';
import { recount, type UpgradeGroup, type UpgradeServer } from '#domain/upgrade/state.ts';
import type { RowChange, SiteName } from '../observation.ts';
import { on, Violation, type Checker, type FleetView, type Seen } from './checker.ts';
import type { Memory } from './memory.ts';

/** Counted here one by one, in other words than the steps count them. */
type Tally = {
  readonly states: Map<string, number>;
  leased: number;
  healthy: number;
  failed: number;
};

export function counters(memory: Memory): Checker {
  const tallies = new Map<string, Tally>();

  function tallyOf(site: SiteName, upgrade: UpgradeId, group: GroupName): Tally {
    const key = `${site} ${upgrade} ${group}`;
    let found = tallies.get(key);
    if (found === undefined) {
      found = { states: new Map(), leased: 0, healthy: 0, failed: 0 };
      tallies.set(key, found);
    }
    return found;
  }

  function count(
    site: SiteName,
    { upgrade, before, after }: Extract<RowChange, { of: 'row' }>,
  ): void {
    const tally = tallyOf(site, upgrade, after.group);
    if (before !== null) add(tally, before, -1);
    add(tally, after, 1);
  }

  function commits({ site, rows }: Seen<'committed'>): void {
    for (const change of rows) if (change.of === 'row') count(site, change);
    for (const change of rows) {
      if (change.of === 'group')
        compare(change.after, tallyOf(site, change.upgrade, change.after.name));
    }
  }

  function replaced({ site }: Seen<'journal-replaced'>): void {
    for (const key of tallies.keys()) if (key.startsWith(`${site} `)) tallies.delete(key);
    for (const [upgrade, { rows }] of memory.site(site).upgrades) {
      for (const row of rows.values()) add(tallyOf(site, upgrade, row.group), row, 1);
    }
  }

  return {
    invariant: 7,
    sees: [on('committed', commits), on('journal-replaced', replaced)],
    recount: recountAll,
  };
}

function add(tally: Tally, row: UpgradeServer, sign: 1 | -1): void {
  tally.states.set(row.state, (tally.states.get(row.state) ?? 0) + sign);
  if (!row.wasLeased) return;
  tally.leased += sign;
  if (row.state === 'upgraded') tally.healthy += sign;
  if (row.state === 'returned' || row.state === 'vanished') tally.failed += sign;
}

function compare({ name, counts, gate }: UpgradeGroup, tally: Tally): void {
  for (const [state, count] of Object.entries(counts)) {
    const counted = tally.states.get(state) ?? 0;
    if (count !== counted) {
      throw new Violation(7, `group ${name} counts ${count} ${state}, and there are ${counted}`);
    }
  }
  const failed = Object.values(gate.failedBy).reduce((sum, one) => sum + one, gate.vanished);
  const isRight =
    gate.leased === tally.leased && gate.healthy === tally.healthy && failed === tally.failed;
  if (!isRight) throw new Violation(7, `the gate of group ${name} does not count its servers`);
}

function recountAll(view: FleetView): void {
  for (const { journal } of view.sites) {
    for (const { upgrade } of journal.heads) {
      const byGroup = new Map<GroupName, UpgradeServer[]>();
      for (const row of journal.rows(upgrade)) {
        const known = byGroup.get(row.group);
        if (known === undefined) byGroup.set(row.group, [row]);
        else known.push(row);
      }
      for (const group of journal.groups(upgrade)) {
        recountOne(group, byGroup.get(group.name) ?? []);
      }
    }
  }
}

function recountOne({ name, counts, gate }: UpgradeGroup, rows: readonly UpgradeServer[]): void {
  const found = recount(rows);
  const { leased, healthy, vanished } = found.gate;
  const isRight =
    rows.every(({ state }) => counts[state] === found.counts[state]) &&
    gate.leased === leased &&
    gate.healthy === healthy &&
    gate.vanished === vanished;
  if (!isRight) throw new Violation(7, `the counters of group ${name} are not those of a recount`);
}

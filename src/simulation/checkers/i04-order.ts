/**
 * I4: a group begins only when the one before it passed; a failed gate halts the upgrade. A group
 * passes by the numbers of its gate, or by a person's word that stands in the record.
 */

import type { GateRule } from '#domain/gate/gate.ts';
import type { UpgradeGroup } from '#domain/upgrade/state.ts';
import type { RowChange } from '../observation.ts';
import { on, Violation, type Checker, type Seen } from './checker.ts';
import type { Memory } from './memory.ts';
import type { UpgradeMemory } from './site-memory.ts';

export function groupsInOrder(memory: Memory): Checker {
  function commits({ site, rows }: Seen<'committed'>): void {
    for (const change of rows) {
      if (change.of === 'group') {
        const upgrade = memory.site(site).upgrade(change.upgrade);
        if (begins(change)) checkBegin(upgrade, change.after);
        if (enters(change, 'passed')) checkPass(upgrade, change.after, rows);
        if (enters(change, 'failed')) checkHalt(upgrade, change.after);
      } else if (change.of === 'row' && isLeased(change)) {
        checkLease(memory.site(site).upgrade(change.upgrade), change);
      }
    }
  }
  return { invariant: 4, sees: [on('committed', commits)] };
}

type GroupChange = Extract<RowChange, { of: 'group' }>;
type ServerChange = Extract<RowChange, { of: 'row' }>;

function begins({ before, after }: GroupChange): boolean {
  const isFirst = before === null || before.state === 'waiting';
  return isFirst && after.state !== 'waiting' && after.state !== 'stopped';
}

function enters({ before, after }: GroupChange, state: UpgradeGroup['state']): boolean {
  return after.state === state && before?.state !== state;
}

function isLeased({ before, after }: ServerChange): boolean {
  return after.state === 'leased' && before?.state !== 'leased';
}

function checkBegin({ plan, groups }: UpgradeMemory, group: UpgradeGroup): void {
  const index = plan.groups.findIndex(({ name }) => name === group.name);
  const before = plan.groups[index - 1];
  if (before === undefined) return;
  const state = groups.get(before.name)?.state;
  if (state !== 'passed') {
    throw new Violation(4, `group ${group.name} began while ${before.name} was ${state}`);
  }
}

function checkPass(upgrade: UpgradeMemory, group: UpgradeGroup, rows: readonly RowChange[]): void {
  const rule = upgrade.planned(group.name)?.gate;
  if (rule === undefined) throw new Violation(4, `group ${group.name} stands in no plan`);
  // What came in the same commit after the decision is in its numbers as well.
  const isMixed = rows.some((one) => one.of === 'row' && one.after.group === group.name);
  if (isMixed || passes(rule, group) || isPersonal(rows, group)) return;
  const { leased, healthy } = group.gate;
  throw new Violation(4, `group ${group.name} passed with ${healthy} healthy of ${leased}`);
}

/** The arithmetic in its own words: judged servers are all that were leased, but for the network. */
function passes({ percentMin, sampleMin }: GateRule, { gate, counts }: UpgradeGroup): boolean {
  const judged = gate.leased - (gate.failedBy.network ?? 0);
  if (judged >= Math.max(1, sampleMin) && gate.healthy / judged >= percentMin / 100) return true;
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return gate.leased === 0 && counts.upgraded === total;
}

function isPersonal(rows: readonly RowChange[], { name }: UpgradeGroup): boolean {
  return rows.some(
    (one) =>
      one.of === 'record' &&
      one.entry.kind === 'group-passed' &&
      one.entry.detail['group'] === name &&
      !one.entry.who.startsWith('upgrade:'),
  );
}

function checkHalt({ head }: UpgradeMemory, group: UpgradeGroup): void {
  if (head.state === 'paused' || head.state === 'stopped') return;
  throw new Violation(4, `group ${group.name} failed, and its upgrade is ${head.state}`);
}

/** Who was absent follows while its group is open, or after it passed. */
function checkLease({ groups }: UpgradeMemory, { after }: ServerChange): void {
  const state = groups.get(after.group)?.state;
  if (state === 'switching' || state === 'passed') return;
  throw new Violation(4, `${after.server} was leased while its group ${after.group} was ${state}`);
}

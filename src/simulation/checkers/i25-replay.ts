/**
 * I25: the inputs that the journal keeps rebuild the rows of an upgrade, with nothing else. Each
 * recount takes up where the last one ended, so that a run costs no more than its inputs.
 */

import type { ServerId, UpgradeId } from '#domain/names.ts';
import { firstRows } from '#domain/upgrade/first-rows.ts';
import { Replay } from '#domain/upgrade/replay.ts';
import type { SiteName } from '../observation.ts';
import { on, Violation, type Checker, type FleetView, type JournalView } from './checker.ts';

type Taken = {
  readonly replay: Replay;
  /** Of the journal's inputs, those up to here were taken. */
  until: number;
  /** Rows as they were found to be alike: two that did not change since need no second look. */
  readonly alike: Map<ServerId, { readonly rebuilt: unknown; readonly journalled: unknown }>;
};

export function replayRebuilds(): Checker {
  const taken = new Map<SiteName, Map<UpgradeId, Taken>>();

  function begun(site: SiteName, journal: JournalView, upgrade: UpgradeId): Taken | null {
    let ofSite = taken.get(site);
    if (ofSite === undefined) taken.set(site, (ofSite = new Map()));
    const known = ofSite.get(upgrade);
    const plan = journal.plan(upgrade);
    const head = journal.heads.find((one) => one.upgrade === upgrade);
    if (known !== undefined || plan === null || head === undefined) return known ?? null;
    const made = { replay: new Replay(plan, firstRows(plan, head)), until: 0, alike: new Map() };
    ofSite.set(upgrade, made);
    return made;
  }

  function check(site: SiteName, journal: JournalView, upgrade: UpgradeId): void {
    const one = begun(site, journal, upgrade);
    if (one === null) return;
    for (const input of journal.inputs(upgrade, one.until)) one.replay.take(input);
    one.until = journal.inputsCount;
    compare(journal, upgrade, one);
  }

  return {
    invariant: 25,
    sees: [on('journal-replaced', ({ site }) => void taken.delete(site))],
    recount(view: FleetView) {
      for (const { site, journal } of view.sites) {
        for (const { upgrade } of journal.heads) check(site, journal, upgrade);
      }
    },
  };
}

function compare(journal: JournalView, upgrade: UpgradeId, { replay, alike }: Taken): void {
  const { rows } = replay;
  const head = journal.heads.find((one) => one.upgrade === upgrade) ?? null;
  same(`the head of ${upgrade}`, rows.head, head);
  for (const group of journal.groups(upgrade)) {
    same(`group ${group.name} of ${upgrade}`, rows.groups.get(group.name), group);
  }
  for (const row of journal.rows(upgrade)) {
    const rebuilt = rows.servers.get(row.server);
    const known = alike.get(row.server);
    if (known?.rebuilt === rebuilt && known?.journalled === row) continue;
    same(`${row.server} of ${upgrade}`, rebuilt, row);
    alike.set(row.server, { rebuilt, journalled: row });
  }
}

function same(what: string, rebuilt: unknown, journalled: unknown): void {
  if (isAlike(rebuilt, journalled)) return;
  const [left, right] = [rebuilt, journalled].map((one) => JSON.stringify(one));
  throw new Violation(25, `${what} is rebuilt as ${left}, and the journal says ${right}`);
}

/** As a journal keeps it: the order of values says nothing, and what is undefined is not there. */
function isAlike(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (!isObject(left) || !isObject(right)) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  for (const name in left) if (!isAlike(left[name], right[name])) return false;
  for (const name in right) if (left[name] === undefined && right[name] !== undefined) return false;
  return true;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

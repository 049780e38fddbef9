/**
 * I25: the inputs that the journal keeps rebuild the rows of an upgrade, with nothing else. Each
 * recount takes up where the last one ended, so that a run costs no more than its inputs.
 */

import type { UpgradeId } from '#domain/names.ts';
import { firstRows } from '#domain/upgrade/first-rows.ts';
import { Replay } from '#domain/upgrade/replay.ts';
import type { SiteName } from '../observation.ts';
import { on, Violation, type Checker, type FleetView, type JournalView } from './checker.ts';

type Taken = { readonly replay: Replay; count: number };

export function replayRebuilds(): Checker {
  const taken = new Map<SiteName, Map<UpgradeId, Taken>>();

  function begun(site: SiteName, journal: JournalView, upgrade: UpgradeId): Taken | null {
    let ofSite = taken.get(site);
    if (ofSite === undefined) taken.set(site, (ofSite = new Map()));
    const known = ofSite.get(upgrade);
    const plan = journal.plan(upgrade);
    const head = journal.heads.find((one) => one.upgrade === upgrade);
    if (known !== undefined || plan === null || head === undefined) return known ?? null;
    const made = { replay: new Replay(plan, firstRows(plan, head)), count: 0 };
    ofSite.set(upgrade, made);
    return made;
  }

  function check(site: SiteName, journal: JournalView, upgrade: UpgradeId): void {
    const one = begun(site, journal, upgrade);
    if (one === null) return;
    const inputs = journal.inputs(upgrade);
    for (const input of inputs.slice(one.count)) one.replay.take(input);
    one.count = inputs.length;
    compare(journal, upgrade, one.replay);
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

function compare(journal: JournalView, upgrade: UpgradeId, { rows }: Replay): void {
  const head = journal.heads.find((one) => one.upgrade === upgrade) ?? null;
  same(`the head of ${upgrade}`, rows.head, head);
  for (const group of journal.groups(upgrade)) {
    same(`group ${group.name} of ${upgrade}`, rows.groups.get(group.name), group);
  }
  for (const row of journal.rows(upgrade)) {
    same(`${row.server} of ${upgrade}`, rows.servers.get(row.server), row);
  }
}

function same(what: string, rebuilt: unknown, journalled: unknown): void {
  if (rebuilt === journalled) return;
  const [left, right] = [rebuilt, journalled].map(sorted);
  if (left !== right) {
    throw new Violation(25, `${what} is rebuilt as ${left}, and the journal says ${right}`);
  }
}

/** The order in which a row's values were given says nothing. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );
}

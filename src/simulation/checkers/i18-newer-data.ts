/**
 * I18: a program does not touch data of a newer one. When an information server goes back to the
 * version before, that one finds its journal as it left it, whatever the newer one wrote into its
 * copy. That a program refuses a journal of a newer form is shown by the test of that number: in a
 * simulation every version has the same form.
 */

import type { SiteName } from '../observation.ts';
import { on, Violation, type Checker, type Seen } from './checker.ts';
import type { Memory } from './memory.ts';
import type { SiteMemory } from './site-memory.ts';

export function newerDataStays(memory: Memory): Checker {
  const { facts } = memory;
  /** The rows that the old program left, until another switch. */
  const left = new Map<SiteName, string>();
  const returned = new Set<SiteName>();

  function switches({ server, component, isReturn }: Seen<'switched'>): void {
    const { site, isOwn } = facts.placeOf(server);
    if (!isOwn || component !== facts.ownComponent) return;
    if (isReturn) returned.add(site);
    else left.set(site, rowsOf(memory.site(site)));
  }

  function replaced({ site }: Seen<'journal-replaced'>): void {
    if (!returned.delete(site)) return;
    const before = left.get(site);
    if (before !== undefined && before !== rowsOf(memory.site(site))) {
      throw new Violation(
        18,
        `the old program of ${site} came back to another journal than it left`,
      );
    }
  }

  function commits({ site }: Seen<'committed'>): void {
    if (!returned.has(site)) return;
    throw new Violation(18, `the old program of ${site} writes into the journal of the newer one`);
  }

  return {
    invariant: 18,
    sees: [on('switched', switches), on('journal-replaced', replaced), on('committed', commits)],
  };
}

/** Heads and groups count what their servers are, so a change of any row shows in them. */
function rowsOf({ upgrades }: SiteMemory): string {
  const names = [...upgrades.keys()].toSorted();
  const rows = names.map((name) => {
    const upgrade = upgrades.get(name);
    return upgrade === undefined ? [] : [upgrade.head, ...upgrade.groups.values()];
  });
  return JSON.stringify(rows);
}

/**
 * I3: never more servers are in flight than the limit of the site allows, over all its upgrades
 * together. Who had vanished and comes back has no lease that was given meanwhile: it is above it.
 */

import type { ServerId, UpgradeId } from '#domain/names.ts';
import { isInFlight } from '#domain/upgrade/state.ts';
import type { RowChange, SiteName } from '../observation.ts';
import { on, Violation, type Checker, type FleetView, type Seen } from './checker.ts';
import type { Memory } from './memory.ts';

export function inFlightLimit(memory: Memory): Checker {
  const flying = new Map<SiteName, Set<string>>();

  function flyingAt(site: SiteName): Set<string> {
    let found = flying.get(site);
    if (found === undefined) flying.set(site, (found = new Set()));
    return found;
  }

  function commits({ site, rows }: Seen<'committed'>): void {
    const at = flyingAt(site);
    let leasedBy: UpgradeId | null = null;
    for (const change of rows) {
      if (change.of !== 'row') continue;
      move(at, change);
      if (change.after.state === 'leased' && change.before?.state !== 'leased')
        leasedBy = change.upgrade;
    }
    if (leasedBy !== null) check(memory, site, { upgrade: leasedBy, inFlight: at.size });
  }

  return {
    invariant: 3,
    sees: [
      on('committed', commits),
      on('journal-replaced', ({ site }) => {
        const at = flyingAt(site);
        at.clear();
        for (const [upgrade, { rows }] of memory.site(site).upgrades) {
          for (const row of rows.values())
            if (isInFlight(row.state)) at.add(key(upgrade, row.server));
        }
      }),
    ],
    recount: (view) => recount(view, flyingAt),
  };
}

function move(
  at: Set<string>,
  { upgrade, before, after }: Extract<RowChange, { of: 'row' }>,
): void {
  const one = key(upgrade, after.server);
  if (!isInFlight(after.state)) at.delete(one);
  else if (before?.state !== 'vanished') at.add(one);
}

function check(
  memory: Memory,
  site: SiteName,
  { upgrade, inFlight }: { readonly upgrade: UpgradeId; readonly inFlight: number },
): void {
  const { inFlightMax } = memory.site(site).upgrade(upgrade).plan;
  const most = Math.min(inFlightMax, memory.facts.inFlightMax ?? Infinity);
  if (inFlight > most) {
    throw new Violation(3, `${inFlight} in flight at ${site}, where ${most} are allowed`);
  }
}

/** Rows in flight that no commit told of, or that are told to fly and do not. */
function recount(view: FleetView, flyingAt: (site: SiteName) => ReadonlySet<string>): void {
  for (const { site, journal } of view.sites) {
    const counted = new Set<string>();
    for (const { upgrade } of journal.heads) {
      for (const { server, state } of journal.rows(upgrade)) {
        if (isInFlight(state)) counted.add(key(upgrade, server));
      }
    }
    for (const one of flyingAt(site)) {
      if (!counted.has(one)) throw new Violation(3, `${one} of ${site} is not in flight any more`);
    }
  }
}

function key(upgrade: UpgradeId, server: ServerId): string {
  return `${upgrade} ${server}`;
}

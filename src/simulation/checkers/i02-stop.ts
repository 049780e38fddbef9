/**
 * I2: after a stop nobody is told to go, and nothing starts later than a lease's length after it.
 * The same while an upgrade is paused, as far as leases are given. A machine that stands still after
 * it was told to go is the one exception (see I1).
 */

import type { UpgradeId } from '#domain/names.ts';
import type { UpgradeServer } from '#domain/upgrade/state.ts';
import type { RowChange } from '../observation.ts';
import { on, Violation, type Checker, type Seen } from './checker.ts';
import { longest, stoodStill } from './i01-live-lease.ts';
import type { Memory } from './memory.ts';
import type { SiteMemory } from './site-memory.ts';

const none: readonly UpgradeId[] = [];

export function stopStops(memory: Memory): Checker {
  /** By site: two may have given their upgrades the same name. */
  const stops = new Map<SiteMemory, Map<UpgradeId, number>>();

  function stoppedOf(site: SiteMemory): Map<UpgradeId, number> {
    let found = stops.get(site);
    if (found === undefined) stops.set(site, (found = new Map()));
    return found;
  }

  function commits({ site, rows }: Seen<'committed'>, now: number): void {
    let changed: readonly UpgradeId[] = none;
    const stoppedAt = stoppedOf(memory.site(site));
    for (const change of rows) {
      if (change.of === 'head') {
        changed = [...changed, change.after.upgrade];
        const { upgrade, state } = change.after;
        if (state === 'stopped') stoppedAt.set(upgrade, now);
        // Begun again under its name, after its journal was lost.
        else stoppedAt.delete(upgrade);
      } else if (change.of === 'row' && isToldMore(change) && !changed.includes(change.upgrade)) {
        // Within one commit the order is not known: leases that came before the stop stand.
        const { head } = memory.site(site).upgrade(change.upgrade);
        if (head.state !== 'groups' && head.state !== 'finished') {
          const { server, state } = change.after;
          throw new Violation(2, `${server} became ${state}, but its upgrade is ${head.state}`);
        }
      }
    }
  }

  function begins({ server, lease }: Seen<'switch-begun'>, now: number): void {
    const known = lease === null ? null : memory.lease(server, lease);
    const stopped =
      known === null ? undefined : stoppedOf(memory.siteOf(server)).get(known.upgrade);
    if (known === null || stopped === undefined) return;
    const late = now - stopped - longest(memory, known.milliseconds);
    if (late > 0 && !stoodStill(memory, { server, from: known.grantedAt, now })) {
      throw new Violation(2, `${server} begins ${late} ms later than a lease after the stop`);
    }
  }

  /** A backup from before the stop: whoever restores it has to stop again. */
  function replaced({ site }: Seen<'journal-replaced'>): void {
    const stoppedAt = stoppedOf(memory.site(site));
    for (const [upgrade, { head }] of memory.site(site).upgrades) {
      if (head.state !== 'stopped') stoppedAt.delete(upgrade);
    }
  }

  return {
    invariant: 2,
    sees: [on('committed', commits), on('switch-begun', begins), on('journal-replaced', replaced)],
  };
}

/** Given a lease, or told to go. */
function isToldMore({ before, after }: Extract<RowChange, { of: 'row' }>): boolean {
  return isNew(before, after, 'leased') || isNew(before, after, 'switching');
}

function isNew(
  before: UpgradeServer | null,
  after: UpgradeServer,
  state: UpgradeServer['state'],
): boolean {
  return after.state === state && before?.state !== state;
}

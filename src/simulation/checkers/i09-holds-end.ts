/**
 * I9: every hold of an upgrade is released, wherever the upgrade is stopped; none is asked for
 * longer than its plan says.
 */

import { inFlight } from '#domain/upgrade/state.ts';
import { on, Violation, type Checker, type Seen, type SiteView } from './checker.ts';
import type { Memory } from './memory.ts';

export function holdsEnd(memory: Memory): Checker {
  function commits({ site, rows }: Seen<'committed'>): void {
    for (const change of rows) {
      if (change.of !== 'hold' || change.after.owner.kind !== 'upgrade') continue;
      const { owner, from, until, id } = change.after;
      const { plan } = memory.site(site).upgrade(owner.upgrade);
      // A clock that went back makes a hold that was begun before seem longer than it is.
      const longest = plan.holdMinutesMax * 60_000;
      if (change.before === null && until - from > Math.max(longest, 1)) {
        throw new Violation(9, `${id} of ${owner.upgrade} is to last ${until - from} ms`);
      }
    }
  }
  return {
    invariant: 9,
    sees: [on('committed', commits)],
    end: (view) => {
      for (const site of view.sites) if (site.isUp) checkEnd(site);
    },
  };
}

function checkEnd({ site, wallNow, journal }: SiteView): void {
  const heads = new Map(journal.heads.map((head) => [head.upgrade, head]));
  for (const { owner, id, releasedAt, until } of journal.holds) {
    if (owner.kind !== 'upgrade' || releasedAt !== null || until <= wallNow) continue;
    const head = heads.get(owner.upgrade);
    const isOver = head === undefined || ['finished', 'stopped', 'paused'].includes(head.state);
    const flying = journal
      .groups(owner.upgrade)
      .reduce((sum, { counts }) => sum + inFlight(counts), 0);
    if (isOver && flying === 0) {
      const state = head?.state ?? 'unknown';
      throw new Violation(9, `${id} stands at ${site}, and ${owner.upgrade} is ${state}`);
    }
  }
}

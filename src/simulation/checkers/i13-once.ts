/**
 * I13: a kill of the control manager, the agent or the information server in the middle of a group
 * loses no server and upgrades none twice. Lost would be one that is still waited for after its
 * upgrade ended, although it is there.
 */

import type { ServerId } from '#domain/names.ts';
import {
  isThere,
  newestEnded,
  on,
  Violation,
  type Checker,
  type FleetView,
  type Seen,
  type SiteView,
} from './checker.ts';
import type { Memory } from './memory.ts';

export function onceEach(memory: Memory): Checker {
  function switches({ server, component, to, isReturn }: Seen<'switched'>): void {
    const current = memory.standing(server, component)?.current ?? null;
    if (!isReturn && to !== null && to === current) {
      throw new Violation(13, `${server} was switched to ${to} although it is current already`);
    }
  }
  function end(view: FleetView, now: number): void {
    const there = new Set<ServerId>();
    for (const one of view.servers) if (isThere(one, now)) there.add(one.server);
    for (const site of view.sites) if (site.isUp) checkLost(site, there);
  }
  return { invariant: 13, sees: [on('switched', switches)], end };
}

function checkLost({ journal }: SiteView, there: ReadonlySet<ServerId>): void {
  for (const head of newestEnded(journal)) {
    for (const { server, state } of journal.rows(head.upgrade)) {
      const isOpen = state === 'leased' || state === 'switching' || state === 'proving';
      if (isOpen && there.has(server)) {
        throw new Violation(13, `${server} is still ${state}, and its upgrade is ${head.state}`);
      }
    }
  }
}

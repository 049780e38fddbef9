/**
 * I20: a normal server killed at any moment of its upgrade, or a machine whose cable is pulled,
 * finishes the upgrade after its next start, once: what it began ends, and what runs is current.
 */

import type { Digest, ServerId } from '#domain/names.ts';
import {
  isLeftDown,
  isThere,
  on,
  Violation,
  type Checker,
  type FleetView,
  type Seen,
} from './checker.ts';
import { isContent } from './i01-live-lease.ts';
import type { Memory } from './memory.ts';

export function finishedOnce(memory: Memory): Checker {
  const { facts } = memory;
  const forward = new Map<string, number>();

  /** Each switch forward was begun by a lease of its own. */
  function begins({ server, digest, lease }: Seen<'switch-begun'>): void {
    if (lease === null || isContent(memory, digest)) return;
    forward.set(keyOf(server, digest), 0);
  }

  function switches({ server, component, lane, to, isReturn }: Seen<'switched'>): void {
    if (isReturn || to === null || lane === 'content') return;
    if (component === facts.ownComponent && facts.placeOf(server).isOwn) return;
    const key = keyOf(server, to);
    const times = (forward.get(key) ?? 0) + 1;
    if (times > 1) throw new Violation(20, `${server} switched to ${to} twice by one lease`);
    forward.set(key, times);
  }

  function end(view: FleetView, now: number): void {
    for (const one of view.servers) {
      if (!isThere(one, now)) continue;
      const { server, installed } = one;
      for (const [component, digest] of installed) {
        const standing = memory.standing(server, component);
        if (standing === null || standing.running === digest) continue;
        const { running, toldAt: downSince } = standing;
        // Content does not run, and a daemon may be between its end and its next start.
        if (downSince < 0 || (running === null && !isLeftDown(one, { downSince, now }))) continue;
        throw new Violation(
          20,
          `${server} has ${digest} of ${component}, and runs ${running ?? 'nothing'}`,
        );
      }
    }
  }

  return { invariant: 20, sees: [on('switch-begun', begins), on('switched', switches)], end };
}

function keyOf(server: ServerId, digest: Digest): string {
  return `${server} ${digest}`;
}

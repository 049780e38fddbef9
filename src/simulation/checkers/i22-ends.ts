/**
 * I22: a server ends old, new, or held with a reason: what it has on its disk is what it began with
 * or the release of an upgrade, its row says the same, and where the two differ the row says why.
 */

import type { ComponentName, Digest, ServerId } from '#domain/names.ts';
import type { UpgradeServer } from '#domain/upgrade/state.ts';
import {
  isThere,
  newestEnded,
  on,
  Violation,
  type Checker,
  type FleetView,
  type ServerView,
} from './checker.ts';
import type { Memory } from './memory.ts';

export function endsOldOrNew(memory: Memory): Checker {
  const { facts } = memory;
  const first = new Map<string, Digest>();

  function end(view: FleetView, now: number): void {
    const servers = new Map(view.servers.map((one) => [one.server, one]));
    for (const { journal, isUp } of view.sites) {
      if (!isUp) continue;
      for (const { upgrade, release } of newestEnded(journal)) {
        const { component, digest: target } = release;
        for (const row of journal.rows(upgrade)) {
          const server = servers.get(row.server);
          if (server === undefined || !isThere(server, now)) continue;
          if (facts.isHonest(row.server)) check(row, server, { component, target });
        }
      }
    }
  }

  function check(
    row: UpgradeServer,
    { server, site, installed, isRunning }: ServerView,
    { component, target }: { readonly component: ComponentName; readonly target: Digest },
  ): void {
    if (!isRunning) throw new Violation(22, `${server} ended ${row.state}, and nothing runs there`);
    const digest = installed.get(component);
    const isOld = digest === first.get(keyOf(server, component));
    const plans = [...memory.site(site).upgrades.values()].map(({ plan }) => plan.release.digest);
    if (digest !== undefined && !isOld && !plans.includes(digest)) {
      throw new Violation(22, `${server} ended with ${digest}, neither old nor new`);
    }
    if (row.state === 'upgraded' && digest !== target) {
      throw new Violation(22, `${server} counts as upgraded, and has ${digest}`);
    }
    const needsReason = row.state === 'returned' || row.state === 'held' || row.state === 'absent';
    if (needsReason && row.because === null) {
      throw new Violation(22, `${server} ended ${row.state} without a reason`);
    }
    if (row.state !== 'upgraded' && digest === target && !isOld) {
      throw new Violation(22, `${server} has the release, and counts as ${row.state}`);
    }
  }

  return {
    invariant: 22,
    sees: [
      on('running', ({ server, component, digest }) => {
        const key = keyOf(server, component);
        if (digest !== null && !first.has(key)) first.set(key, digest);
      }),
    ],
    end,
  };
}

function keyOf(server: ServerId, component: ComponentName): string {
  return `${server} ${component}`;
}

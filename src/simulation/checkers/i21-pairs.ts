/**
 * I21: never a version outside the permitted pairs: a server switches to a release of an upgrade of
 * its site, and, unless a person took that upon himself, to none that is newer than what its
 * information server runs.
 */

import { compareVersions } from '#domain/catalogue/version.ts';
import type { Digest } from '#domain/names.ts';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import { on, Violation, type Checker, type Seen } from './checker.ts';
import type { Memory } from './memory.ts';
import type { SiteMemory } from './site-memory.ts';

export function permittedPairs(memory: Memory): Checker {
  const { facts } = memory;

  function switches({ server, component, lane, to, isReturn }: Seen<'switched'>): void {
    if (lane !== 'program' || isReturn || to === null) return;
    const { site, isOwn } = facts.placeOf(server);
    if (isOwn && component === facts.ownComponent) return;
    const plan = planTo(memory.site(site), to);
    if (plan === null) {
      throw new Violation(21, `${server} switched to ${to}, to which no upgrade of ${site} goes`);
    }
    const isAccepted = plan.goAhead.some(({ code }) => code === 'INFORMATION_SERVER_BEHIND');
    if (component !== facts.ownComponent || isAccepted) return;
    const above = memory.ownStanding(site)?.current ?? null;
    if (above !== null && isNewer(to, above)) {
      throw new Violation(21, `${server} is newer than its information server`);
    }
  }

  function isNewer(digest: Digest, than: Digest): boolean {
    const [one, other] = [facts.published(digest)?.manifest, facts.published(than)?.manifest];
    if (one === undefined || other === undefined) return false;
    return compareVersions(one.ordering, one.version, other.version) > 0;
  }

  return { invariant: 21, sees: [on('switched', switches)] };
}

function planTo({ upgrades }: SiteMemory, digest: Digest): UpgradePlan | null {
  for (const { plan } of upgrades.values()) if (plan.release.digest === digest) return plan;
  return null;
}

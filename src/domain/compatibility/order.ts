/** The order over the tiers: control manager, information server, normal servers (S2, N2, L1). */

import type { Release } from '../catalogue/release.ts';
import { compareVersions, parseVersion, type Ordering } from '../catalogue/version.ts';
import type { ComponentName } from '../names.ts';
import { problem, type Problem } from '../problem.ts';
import type { UpgradePlan } from '../upgrade/plan.ts';

export type Site = {
  /** What the information server itself runs. */
  readonly programVersion: string;
  readonly programOrdering: Ordering;
  /** null: the control manager was never seen, or not for too long. */
  readonly controlManager: {
    readonly version: string;
    readonly components: readonly ComponentName[];
  } | null;
  /** false: nothing here can hold deliveries back (S5), such as an agent that is not ours. */
  readonly holdsPossible: boolean;
};

/** S2: the control manager must know every component that the release brings. No override. */
function controlManagerLevel(release: Release, site: Site): readonly Problem[] {
  const needed = release.manifest.needsComponents;
  if (needed.length === 0) return [];
  if (site.controlManager === null) return [problem('CONTROL_MANAGER_UNSEEN', {})];
  const known = new Set(site.controlManager.components);
  const missing = needed.filter((component) => !known.has(component));
  if (missing.length === 0) return [];
  return [problem('CONTROL_MANAGER_LEVEL_LOW', { components: missing.join(', ') })];
}

/**
 * An `upgrade` puts the information server first by itself; a `deployment` (D9) does not, so
 * there the information server must already stand at the release (L1).
 */
function informationServerFirst(
  plan: UpgradePlan,
  release: Release,
  site: Site,
): readonly Problem[] {
  if (release.manifest.kind !== 'self' || plan.form === 'upgrade') return [];
  const behind = informationServerBehind(site.programOrdering, {
    running: site.programVersion,
    target: release.manifest.version,
  });
  return behind === null ? [] : [behind];
}

/** D2: no server goes before its information server. One of a checkout has no version to compare. */
export function informationServerBehind(
  ordering: Ordering,
  { running, target }: { readonly running: string; readonly target: string },
): Problem | null {
  if (!parseVersion(ordering, running).ok) return null;
  return compareVersions(ordering, running, target) < 0
    ? problem('INFORMATION_SERVER_BEHIND', { running, target })
    : null;
}

export function orderOverTiers(input: {
  readonly plan: UpgradePlan;
  readonly release: Release;
  readonly site: Site;
}): readonly Problem[] {
  return [
    ...controlManagerLevel(input.release, input.site),
    ...informationServerFirst(input.plan, input.release, input.site),
  ];
}

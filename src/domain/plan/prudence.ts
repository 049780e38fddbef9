/** What would work but is unwise, or was not read (S4, S5, D1, R1). Counts servers, moves none. */

import type { Release } from '../catalogue/release.ts';
import { compareVersions, parseVersion } from '../catalogue/version.ts';
import { builtInPlans } from '../delivery/plan.ts';
import type { PreflightServer } from '../compatibility/requirements.ts';
import { problem, type Problem } from '../problem.ts';
import { isWhollyLocal } from '../upgrade/method.ts';
import type { UpgradePlan } from '../upgrade/plan.ts';

/**
 * A hold lasts from a group's first lease to its last one closed. When not even one switch with
 * its proof fits into the longest hold allowed, deliveries get through while servers switch.
 */
function holdCoverage(plan: UpgradePlan): readonly Problem[] {
  const holdSeconds = plan.holdMinutesMax * 60;
  if (plan.leaseSeconds + plan.proveSeconds <= holdSeconds) return [];
  return [problem('HOLD_NOT_COVERING', { plan: builtInPlans.map((one) => one.name).join(', ') })];
}

function heldWhileSent(plan: UpgradePlan, holdsPossible: boolean): readonly Problem[] {
  return holdsPossible ? holdCoverage(plan) : [problem('DELIVERIES_CANNOT_BE_HELD', {})];
}

/** S4, S5: stages are the point. The information server's own computer goes before, by itself. */
function allInOneGroup(plan: UpgradePlan, servers: readonly PreflightServer[]): readonly Problem[] {
  if (plan.form !== 'upgrade') return [];
  const filled = plan.groups.filter((group) => group.servers.length > 0);
  const [only, second] = filled;
  if (only === undefined || second !== undefined || only.servers.length < 2) return [];
  const inGroup = new Set<string>(only.servers);
  const left = servers.filter(
    (one) => one.withInformationServer !== true && !inGroup.has(one.server),
  );
  if (left.length > 0) return [];
  return [problem('ALL_IN_ONE_GROUP', { group: only.name, servers: only.servers.length })];
}

/** The release is older than what runs on some of its servers. */
export function goingBack(
  { manifest }: Release,
  servers: readonly PreflightServer[],
): readonly Problem[] {
  const { component, ordering, version } = manifest;
  const newer = servers
    .flatMap((one) => one.versions.get(component) ?? [])
    .filter((running) => parseVersion(ordering, running).ok)
    .filter((running) => compareVersions(ordering, running, version) > 0);
  const [running] = newer.toSorted((left, right) => compareVersions(ordering, right, left));
  if (running === undefined) return [];
  return [problem('RELEASE_OLDER', { version, running, servers: newer.length })];
}

export function unwise(input: {
  readonly plan: UpgradePlan;
  readonly release: Release;
  readonly holdsPossible: boolean;
  readonly servers: readonly PreflightServer[];
}): readonly Problem[] {
  const { plan, release } = input;
  // Where installers do it all, no delivery needs to be held.
  const isSent = !plan.groups.every(isWhollyLocal);
  const isRead = plan.precautionsRead || release.manifest.precautions.length === 0;
  return [
    ...(isSent ? heldWhileSent(plan, input.holdsPossible) : []),
    ...allInOneGroup(plan, input.servers),
    ...(isRead ? [] : [problem('PRECAUTIONS_UNREAD', { version: release.manifest.version })]),
  ];
}

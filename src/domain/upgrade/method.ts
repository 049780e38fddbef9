/**
 * When a group may download and until when it is waited for, and which servers of a plan are upgraded by local installation (S6): people run an installer there,
 * and the upgrade waits for the versions to appear. It sends them nothing and gives them no lease.
 */

import type { Instant, ServerId } from '../names.ts';
import type { PlannedGroup, UpgradePlan } from './plan.ts';
import type { UpgradeGroup } from './state.ts';

/**
 * From when on a group may download: its day, or so much earlier. Installers are not awaited earlier:
 * whoever ran one would switch before the day.
 */
export function stagesFrom(
  { stageAheadMinutes = 0 }: Pick<UpgradePlan, 'stageAheadMinutes'>,
  { from, local = [] }: Pick<PlannedGroup, 'from' | 'local'>,
): Instant {
  return local.length > 0 ? from : from - stageAheadMinutes * 60_000;
}

/** When a group no longer waits for who has not staged: not before its day. */
export function stagesUntil(
  { stageMinutesMax }: Pick<UpgradePlan, 'stageMinutesMax'>,
  { from }: Pick<PlannedGroup, 'from'>,
  { since }: Pick<UpgradeGroup, 'since'>,
): Instant {
  return Math.max(from, since + stageMinutesMax * 60_000);
}

const weekMinutes = 7 * 24 * 60;

export function isLocal({ local }: Pick<PlannedGroup, 'local'>, server: ServerId): boolean {
  return local === 'all' || (local?.includes(server) ?? false);
}

/** Nothing crosses the link for it, so nothing needs a hold or a share that was checked. */
export function isWhollyLocal({ local, servers }: PlannedGroup): boolean {
  return local === 'all' || servers.every((server) => local?.includes(server) ?? false);
}

/** When a group no longer waits for installers. */
export function localUntil(
  { localMinutesMax = weekMinutes }: Pick<UpgradePlan, 'localMinutesMax'>,
  { openedAt, since }: Pick<UpgradeGroup, 'openedAt' | 'since'>,
): Instant {
  return (openedAt ?? since) + localMinutesMax * 60_000;
}

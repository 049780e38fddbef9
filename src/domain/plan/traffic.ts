/** What a group moves over the site's link, before it moves (S4, R6). Protocol overhead is left out. */

import { narrower } from '../budget/budget.ts';
import type { Release } from '../catalogue/release.ts';
import { bytesToFetch, type PreflightServer } from '../compatibility/requirements.ts';
import type { GroupName } from '../names.ts';
import { problem, type Problem } from '../problem.ts';
import { isLocal } from '../upgrade/method.ts';
import type { UpgradePlan } from '../upgrade/plan.ts';

export type GroupTraffic = {
  readonly name: GroupName;
  readonly servers: number;
  readonly bytes: number;
  /** null: the plan names no link speed. */
  readonly linkSeconds: number | null;
};

export function trafficOf(input: {
  readonly plan: UpgradePlan;
  readonly release: Release;
  readonly servers: ReadonlyMap<string, PreflightServer>;
}): readonly GroupTraffic[] {
  const linkBitsPerSecond = spendable(input.plan);
  return input.plan.groups.map((group) => {
    const bytes = group.servers.reduce((sum, name) => {
      const server = input.servers.get(name);
      const isSent = server !== undefined && !isLocal(group, name);
      return sum + (isSent ? bytesToFetch(server, input.release) : 0);
    }, 0);
    const linkSeconds = linkBitsPerSecond === null ? null : (bytes * 8) / linkBitsPerSecond;
    return { name: group.name, servers: group.servers.length, bytes, linkSeconds };
  });
}

/** What an upgrade may take of its link: all of it, or what its plan gives it. */
export function spendable({
  linkBitsPerSecond,
  budgetBitsPerSecond,
}: Pick<UpgradePlan, 'linkBitsPerSecond' | 'budgetBitsPerSecond'>): number | null {
  return narrower(linkBitsPerSecond, budgetBitsPerSecond ?? null);
}

export function trafficProblems(
  plan: UpgradePlan,
  traffic: readonly GroupTraffic[],
): readonly Problem[] {
  const minutesMax = plan.groupMinutesMax;
  if (minutesMax === null) return [];
  return traffic.flatMap(({ name, linkSeconds }) => {
    const minutes = Math.ceil((linkSeconds ?? 0) / 60);
    if ((linkSeconds ?? 0) <= minutesMax * 60) return [];
    return [problem('GROUP_TRAFFIC_TOO_MUCH', { group: name, minutes, minutesMax })];
  });
}

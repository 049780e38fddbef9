/** Every server in exactly one group, or held (S3). Who is in none is listed, not an error. */

import type { PreflightServer } from '../compatibility/requirements.ts';
import type { GroupName, ServerId } from '../names.ts';
import { problem, type Problem } from '../problem.ts';
import type { UpgradePlan } from '../upgrade/plan.ts';

function groupsOfServers(plan: UpgradePlan): ReadonlyMap<ServerId, readonly GroupName[]> {
  const groups = new Map<ServerId, GroupName[]>();
  for (const group of plan.groups) {
    for (const server of group.servers) {
      const names = groups.get(server);
      if (names === undefined) groups.set(server, [group.name]);
      else names.push(group.name);
    }
  }
  return groups;
}

export function membershipProblems(
  plan: UpgradePlan,
  servers: ReadonlyMap<string, PreflightServer>,
): readonly Problem[] {
  return [...groupsOfServers(plan)].flatMap(([server, groups]) => [
    ...(servers.has(server)
      ? []
      : [problem('PLAN_UNKNOWN_SERVER', { server, group: groups[0] ?? '' })]),
    ...(groups.length > 1
      ? [problem('SERVER_IN_TWO_GROUPS', { server, groups: groups.join(', ') })]
      : []),
  ]);
}

/** A gate that asks for more proof than its group can give would never answer. */
export function sampleProblems(plan: UpgradePlan): readonly Problem[] {
  return plan.groups
    .filter((group) => group.servers.length > 0 && group.gate.sampleMin > group.servers.length)
    .map((group) =>
      problem('SAMPLE_LARGER_THAN_GROUP', {
        group: group.name,
        sampleMin: group.gate.sampleMin,
        servers: group.servers.length,
      }),
    );
}

/** Held for programs until someone assigns them; content flows. */
export function unassignedServers(
  plan: UpgradePlan,
  servers: readonly PreflightServer[],
): readonly ServerId[] {
  const assigned = groupsOfServers(plan);
  return servers
    .filter((one) => one.withInformationServer !== true || plan.form !== 'upgrade')
    .map((one) => one.server)
    .filter((server) => !assigned.has(server));
}

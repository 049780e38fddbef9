/** Which server stands in which group of a plan, and what moves where. Asks nothing and shows nothing. */

import type { PlanFile, PlanFileGroup } from '#protocol/plan/plan-file.ts';
import { groupName, type Edit } from './draft.ts';

export type Group = PlanFileGroup;
export type DomainNames = ReadonlyMap<string, readonly string[]>;

/** In the order of the plan: those named one by one, and those that a domain brings. */
export function membersOf(group: Group, plan: PlanFile, domains: DomainNames): readonly string[] {
  const named = group.servers ?? [];
  if (group.domain === undefined) return named;
  const elsewhere = new Set(plan.groups.flatMap(({ servers }) => servers ?? []));
  const rest = (domains.get(group.domain) ?? []).filter((server) => !elsewhere.has(server));
  return [...named, ...rest];
}

export function unassigned(plan: PlanFile, domains: DomainNames): readonly string[] {
  const placed = new Set(plan.groups.flatMap((group) => membersOf(group, plan, domains)));
  return [...domains.values()].flat().filter((server) => !placed.has(server));
}

export type Members = Pick<Group, 'name' | 'servers' | 'domain'>;

/** The groups after these servers went into one of them; null: into none. */
export function moved(
  plan: PlanFile,
  domains: DomainNames,
  { servers, to }: { readonly servers: readonly string[]; readonly to: string | null },
): readonly Members[] {
  const going = new Set(servers);
  return plan.groups.map((group) => {
    const { name, domain } = group;
    const isTarget = name === to;
    const kept = (group.servers ?? []).filter((server) => !going.has(server));
    const own = isTarget ? [...kept, ...servers] : kept;
    // Whoever leaves a group that a domain fills must be named elsewhere, or its others be named here.
    const leaves =
      to === null &&
      domain !== undefined &&
      (domains.get(domain) ?? []).some((one) => going.has(one));
    if (!leaves) return { name, servers: own, domain };
    const others = membersOf(group, plan, domains).filter((server) => !going.has(server));
    return { name, servers: others, domain: undefined };
  });
}

/**
 * What of the plan's text that changes: only who stands where is written, and what else the plan says
 * of a group stays, remarks too. A group that the plan does not have yet is its last one then.
 */
export function editsOfMove(
  plan: PlanFile,
  domains: DomainNames,
  move: { readonly servers: readonly string[]; readonly to: string | null },
): readonly Edit[] {
  const { servers, to } = move;
  const edits = moved(plan, domains, move).flatMap(({ servers: own = [], domain }, place) => [
    { path: ['groups', place, 'servers'], value: own.length === 0 ? undefined : own },
    { path: ['groups', place, 'domain'], value: domain },
  ]);
  if (to === null || plan.groups.some(({ name }) => name === to)) return edits;
  return [...edits, { path: ['groups', plan.groups.length], value: { name: to, servers } }];
}

/** The first name that no group has. */
export function freeGroup(groups: readonly string[]): string {
  for (let place = 0; ; place++) {
    if (!groups.includes(groupName(place))) return groupName(place);
  }
}

/** So many groups of equal size, in the order of the names; the first takes the fewest. */
export function dealt(servers: readonly string[], groups: number): readonly Members[] {
  const count = Math.max(1, Math.min(groups, servers.length));
  return Array.from({ length: count }, (_, place) => ({
    name: groupName(place),
    servers: servers.slice(
      Math.floor((place * servers.length) / count),
      Math.floor(((place + 1) * servers.length) / count),
    ),
  }));
}

/** Lines of a file: a name, or a name and its group. Names alone go into the group that is named. */
export function ofFile(text: string, otherwise: string): readonly Members[] {
  const groups = new Map<string, string[]>();
  for (const line of text.split(/\r?\n/)) {
    const [server = '', group = ''] = line.split(/[,;\t]/).map((part) => part.trim());
    if (server === '' || server.startsWith('#') || server === 'server') continue;
    const name = group === '' ? otherwise : group;
    groups.set(name, [...(groups.get(name) ?? []), server]);
  }
  return [...groups].map(([name, servers]) => ({ name, servers }));
}

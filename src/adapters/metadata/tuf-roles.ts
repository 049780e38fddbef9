/** Who signs for what after keys came and went. Says nothing of who must agree to that. */

import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { PublicSigningKey } from '../secrets/signing-key.ts';
import { roleNames, type RoleName, type Roles, type RoleSigners } from './tuf-metadata.ts';

export type RolesChange = {
  readonly roles: readonly RoleName[];
  readonly add: readonly PublicSigningKey[];
  /** Names or ids of keys, as people type them. */
  readonly remove: readonly string[];
  /** undefined: as it was. */
  readonly threshold?: number | undefined;
};

const idCharactersMin = 8;

/** A key of any role, by its name, its id, or the first eight characters of its id or more. */
export function findKey(roles: Roles, typed: string): Result<PublicSigningKey> {
  const all = new Map(
    roleNames.flatMap((role) => roles[role].keys.map((key) => [key.keyId, key] as const)),
  );
  const isMeant = ({ keyId, name }: PublicSigningKey): boolean =>
    name === typed || (typed.length >= idCharactersMin && keyId.startsWith(typed));
  const [found, second] = [...all.values()].filter(isMeant);
  // Two keys may bear one name: then only an id says which.
  if (found === undefined || second !== undefined) {
    return refuse(problem('KEY_UNKNOWN', { key: typed }));
  }
  return ok(found);
}

/** Whether enough keys are left is judged where the root is made. */
export function changedRoles(before: Roles, change: RolesChange): Result<Roles> {
  const removed = new Set<string>();
  for (const typed of change.remove) {
    const key = findKey(before, typed);
    if (!key.ok) return key;
    const { keyId } = key.value;
    const isThere = change.roles.some((role) => has(before[role], keyId));
    if (!isThere) return refuse(problem('KEY_UNKNOWN', { key: typed }));
    removed.add(keyId);
  }
  const after = { ...before };
  for (const role of change.roles) {
    const { keys, threshold } = before[role];
    const added = change.add.filter(({ keyId }) => !has(before[role], keyId));
    const kept = keys.filter(({ keyId }) => !removed.has(keyId));
    after[role] = { keys: [...kept, ...added], threshold: change.threshold ?? threshold };
  }
  return ok(after);
}

function has({ keys }: RoleSigners, keyId: string): boolean {
  return keys.some((key) => key.keyId === keyId);
}

/** Which roles a key has. */
export function rolesOfKey(roles: Roles, keyId: string): readonly RoleName[] {
  return roleNames.filter((role) => has(roles[role], keyId));
}

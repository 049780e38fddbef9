/**
 * What is published and what is staged, as people are told it: who signed, who is missing, what
 * would change. Reads nothing and changes nothing.
 */

import type { Targets } from '@tufjs/models';
import type { Lane } from '#domain/names.ts';
import {
  signingRoles,
  type PublicKey,
  type PublishedRole,
  type RepositoryState,
  type SigningRole,
  type StagedChange,
  type StagedRole,
  type StagedState,
} from '#ports/signing.ts';
import {
  expiryOf,
  rolesOf,
  signersOf,
  type Roles,
  type RoleSigners,
  type RootMetadata,
} from '../metadata/tuf-metadata.ts';
import type { Published, Staged } from '../metadata/tuf-repository-files.ts';
import { customOf } from '../metadata/tuf-staging.ts';

export function repositoryState(
  { lane, folder }: { readonly lane: Lane; readonly folder: string },
  published: Published,
  staged: StagedState | null,
): RepositoryState {
  const roles = rolesOf(published.root);
  return {
    lane,
    folder,
    roles: signingRoles.map((role): PublishedRole => {
      const metadata = published[role];
      return {
        role,
        threshold: roles[role].threshold,
        keys: roles[role].keys,
        version: metadata?.signed.version ?? null,
        expires: metadata === undefined ? null : expiryOf(metadata),
      };
    }),
    targets: Object.values(published.targets?.signed.targets ?? {}).map((target) => ({
      target: target.path,
      digest: target.hashes['sha256'] ?? '',
      withdrawn: customOf(target)['withdrawn'] ?? null,
    })),
    staged,
  };
}

export function stagedState(
  staged: Staged,
  { lane, isCompared }: Pick<StagedState, 'lane' | 'isCompared'>,
): StagedState {
  return {
    lane,
    changes: [...changedKeys(staged), ...changedTargets(staged), ...renewed(staged)],
    roles: stagedRoles(staged),
    isCompared,
  };
}

/** By the new root, and a new root by the old one as well. */
export function stagedRoles({ before, metadata }: Staged): readonly StagedRole[] {
  const roots = (role: SigningRole): readonly RootMetadata[] =>
    role === 'root' ? [before.root, metadata.root ?? before.root] : [metadata.root ?? before.root];
  return signingRoles.flatMap((role): StagedRole[] => {
    const one = metadata[role];
    if (one === undefined) return [];
    const shares = roots(role).map((root) => {
      const { keys, threshold } = rolesOf(root)[role];
      const ids = new Set(signersOf(root, role, one));
      const missing = Math.max(0, threshold - ids.size);
      const waiting = missing === 0 ? [] : keys.filter(({ keyId }) => !ids.has(keyId));
      return { signed: keys.filter(({ keyId }) => ids.has(keyId)), missing, waiting };
    });
    return [
      {
        role,
        version: one.signed.version,
        signedBy: unique(shares.flatMap(({ signed }) => signed)),
        signaturesMissing: signaturesMissing(shares),
        waitsFor: unique(shares.flatMap(({ waiting }) => waiting)),
      },
    ];
  });
}

/** Who is waited for twice signs once for both. */
function signaturesMissing(
  shares: readonly { readonly missing: number; readonly waiting: readonly PublicKey[] }[],
): number {
  const [one, other] = shares;
  if (one === undefined) return 0;
  if (other === undefined) return one.missing;
  const both = one.waiting.filter(({ keyId }) => other.waiting.some((key) => key.keyId === keyId));
  return one.missing + other.missing - Math.min(both.length, one.missing, other.missing);
}

function unique(keys: readonly PublicKey[]): readonly PublicKey[] {
  return [...new Map(keys.map((key) => [key.keyId, key])).values()];
}

function changedKeys({ before, metadata }: Staged): StagedChange[] {
  if (metadata.root === undefined) return [];
  const old: Roles = rolesOf(before.root);
  const next: Roles = rolesOf(metadata.root);
  return signingRoles.flatMap((role): StagedChange[] => {
    const { threshold: from } = old[role];
    const { threshold: to } = next[role];
    return [
      ...without(next[role], old[role]).map((key) => ({ type: 'key-added', role, key }) as const),
      ...without(old[role], next[role]).map((key) => ({ type: 'key-removed', role, key }) as const),
      ...(from === to ? [] : [{ type: 'threshold', role, from, to } as const]),
    ];
  });
}

function without({ keys }: RoleSigners, others: RoleSigners): readonly PublicKey[] {
  return keys.filter(({ keyId }) => !others.keys.some((key) => key.keyId === keyId));
}

type TargetFiles = Targets['targets'];

function changedTargets({ before, metadata }: Staged): StagedChange[] {
  if (metadata.targets === undefined) return [];
  const old: TargetFiles = before.targets?.signed.targets ?? {};
  const next: TargetFiles = metadata.targets.signed.targets;
  const changes: StagedChange[] = Object.entries(next).flatMap(([target, file]): StagedChange[] => {
    const previous = Object.hasOwn(old, target) ? old[target] : undefined;
    if (previous?.equals(file) === true) return [];
    const { withdrawn } = customOf(file);
    const digest = file.hashes['sha256'] ?? '';
    const signed: StagedChange = { type: 'signed', target, digest };
    if (withdrawn === undefined) return [signed];
    const withdrawal: StagedChange = { type: 'withdrawn', target, reason: withdrawn };
    // Other bytes under an old name are told as well, whatever else is said of them.
    return previous?.hashes['sha256'] === digest ? [withdrawal] : [signed, withdrawal];
  });
  const removed = Object.keys(old).filter((target) => !Object.hasOwn(next, target));
  return [...changes, ...removed.map((target): StagedChange => ({ type: 'removed', target }))];
}

function renewed({ metadata }: Staged): StagedChange[] {
  return signingRoles.flatMap((role): StagedChange[] => {
    const one = metadata[role];
    return one === undefined ? [] : [{ type: 'renewed', role, expires: expiryOf(one) }];
  });
}

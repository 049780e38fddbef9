/**
 * Whether staged metadata says what its signers are shown, and not a word more: it must be, byte for
 * byte, what would be made of those facts here. A folder passes through other hands; a delegation,
 * a second digest or a snapshot of other targets must not be signed unseen.
 */

import { problem, type Problem } from '#domain/problem.ts';
import {
  expiryOf,
  makeRoot,
  makeSnapshot,
  makeTargets,
  makeTimestamp,
  rolesOf,
  roleNames,
  signedText,
  type AnyMetadata,
  type RoleName,
} from './tuf-metadata.ts';
import { metadataName, type Staged } from './tuf-repository-files.ts';
import { customOf, targetFileOf } from './tuf-staging.ts';

/** Whatever else a target said would be shown to nobody. */
const customFields = new Set([
  'digest',
  'withdrawn',
  'component',
  'from',
  'to',
  'reason',
  'public',
  'named',
  'path',
  'ordering',
]);

export function exactProblem(staged: Staged): Problem | null {
  for (const role of roleNames) {
    const metadata = staged.metadata[role];
    if (metadata === undefined) continue;
    const expected = expectedOf(role, metadata, staged);
    if (expected !== null && signedText(expected) === signedText(metadata)) continue;
    return problem('METADATA_MIXED', { file: metadataName(role, metadata.signed.version) });
  }
  return null;
}

/** null: nothing could be it. */
function expectedOf(
  role: RoleName,
  metadata: AnyMetadata,
  { before, metadata: set }: Staged,
): AnyMetadata | null {
  const stated = { version: metadata.signed.version, expires: expiryOf(metadata) };
  const targets = set.targets ?? before.targets;
  const snapshot = set.snapshot ?? before.snapshot;
  switch (role) {
    case 'root': {
      const root = set.root === undefined ? null : makeRoot(rolesOf(set.root), stated);
      return root?.ok === true ? root.value : null;
    }
    case 'targets':
      return targets === undefined
        ? null
        : makeTargets(plainTargets(targets.signed.targets), stated);
    case 'snapshot':
      return targets === undefined ? null : makeSnapshot(targets, stated);
    case 'timestamp':
      return snapshot === undefined ? null : makeTimestamp(snapshot, stated);
  }
}

type TargetFiles = Parameters<typeof makeTargets>[0];

function plainTargets(targets: TargetFiles): TargetFiles {
  const plain = Object.entries(targets).map(([name, target]) => {
    const known = Object.entries(customOf(target)).filter(([field]) => customFields.has(field));
    const digest = target.hashes['sha256'] ?? '';
    const facts = { name, digest, bytes: target.length, custom: Object.fromEntries(known) };
    return [name, targetFileOf(facts)] as const;
  });
  return Object.fromEntries(plain);
}

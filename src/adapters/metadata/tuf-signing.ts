/**
 * Signing what is staged, in a repository's own folder or in a copy of it on another computer.
 *
 * A copy passed through other hands. So who signs compares it with the first root that he knows
 * (`foreignProblem`), and of a copy that comes back only signatures are taken.
 */

import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { digestOfBytes } from '../files/digest.ts';
import type { Signer } from '../secrets/signing-key.ts';
import { exactProblem } from './tuf-exact.ts';
import {
  isSame,
  roleNames,
  signersOf,
  signWith,
  tooFew,
  type AnyMetadata,
  type MetadataSet,
  type RoleName,
  type RootMetadata,
} from './tuf-metadata.ts';
import { readStaged, stagedFolder, writeStaged, type Staged } from './tuf-repository-files.ts';

export type SignedRoles = ReadonlyMap<RoleName, readonly string[]>;

/** Each signs what its key has a role in: by the new root, and new roots also by the old. */
export function signAll(
  set: Partial<MetadataSet>,
  before: RootMetadata,
  signers: readonly Signer[],
): ReadonlyMap<RoleName, readonly string[]> {
  const signed = new Map<RoleName, readonly string[]>();
  for (const role of roleNames) {
    const metadata = set[role];
    if (metadata === undefined) continue;
    const ids = new Set(set.root?.signed.roles[role]?.keyIDs);
    if (role === 'root' || set.root === undefined) {
      for (const id of before.signed.roles[role]?.keyIDs ?? []) ids.add(id);
    }
    const mine = signers.filter(({ key }) => ids.has(key.keyId));
    signWith(metadata, mine);
    if (mine.length > 0) {
      signed.set(
        role,
        mine.map(({ key }) => key.keyId),
      );
    }
  }
  return signed;
}

/**
 * Whether a copy starts where it says: its roots lead from the first root, each by the signatures
 * of the one before, and what was published was signed. Else a signer could be shown less than
 * what he signs.
 */
export function foreignProblem({ before }: Staged, firstRoot: RootMetadata): Problem | null {
  const [first] = before.roots;
  if (first === undefined || !isSame(first, firstRoot)) {
    return problem('STAGED_FOREIGN', { role: 'root' });
  }
  let root = firstRoot;
  for (const next of before.roots.slice(1)) {
    const isNext = next.signed.version === root.signed.version + 1;
    if (!isNext || tooFew(root, 'root', next) !== null || tooFew(next, 'root', next) !== null) {
      return problem('STAGED_FOREIGN', { role: 'root' });
    }
    root = next;
  }
  for (const role of ['targets', 'snapshot', 'timestamp'] as const) {
    const metadata = before[role];
    if (metadata !== undefined && tooFew(root, role, metadata) !== null) {
      return problem('STAGED_FOREIGN', { role });
    }
  }
  return null;
}

/**
 * Signs what is staged in that folder, which may be a copy on another computer. Refuses a key that
 * has nothing to sign there, so that nobody believes to have signed.
 */
export async function signStaged(
  staged: string,
  signers: readonly Signer[],
): Promise<Result<{ readonly staged: Staged; readonly signed: SignedRoles }>> {
  const read = await readStaged(staged);
  if (!read.ok) return read;
  if (read.value === null) return refuse(problem('NOTHING_STAGED', { folder: staged }));
  const { metadata, before } = read.value;
  const against = exactProblem(read.value) ?? filesProblem(read.value);
  if (against !== null) return refuse(against);
  const signed = signAll(metadata, before.root, signers);
  const idle = signers.find(({ key }) => ![...signed.values()].flat().includes(key.keyId));
  if (idle !== undefined) return refuse(problem('KEY_WITHOUT_ROLE', { key: idle.key.name }));
  const written = await writeStaged(staged, read.value);
  return written.ok ? ok({ staged: read.value, signed }) : written;
}

/**
 * Takes over the signatures that others made on a copy of what is staged here. Only the very same
 * bytes count; signatures are taken that a key of the roles made, and no others.
 */
export async function takeSignatures(folder: string, from: string): Promise<Result<Staged>> {
  const [here, there] = [await readStaged(stagedFolder(folder)), await readStaged(from)];
  if (!here.ok) return here;
  if (!there.ok) return there;
  if (here.value === null) return refuse(problem('NOTHING_STAGED', { folder }));
  if (there.value === null) return refuse(problem('NOTHING_STAGED', { folder: from }));
  for (const role of roleNames) {
    const mine = here.value.metadata[role];
    const theirs = there.value.metadata[role];
    if (mine === undefined && theirs === undefined) continue;
    if (mine === undefined || theirs === undefined || !isSame(mine, theirs)) {
      return refuse(problem('STAGED_DIFFERENT', { role, folder: from }));
    }
    for (const id of trustedSigners(here.value, role, theirs)) {
      const signature = theirs.signatures[id];
      if (signature !== undefined) mine.signatures[id] = signature;
    }
  }
  const written = await writeStaged(stagedFolder(folder), here.value);
  return written.ok ? ok(here.value) : written;
}

function trustedSigners(staged: Staged, role: RoleName, metadata: AnyMetadata): readonly string[] {
  const { before, metadata: set } = staged;
  const byNew = signersOf(set.root ?? before.root, role, metadata);
  return role === 'root' ? [...byNew, ...signersOf(before.root, role, metadata)] : byNew;
}

/** Files came from a folder that others may have had in hand: each is what was signed, or goes not in. */
export function filesProblem({ metadata, files }: Staged): Problem | null {
  for (const [name, content] of Object.entries(files)) {
    const targets = metadata.targets?.signed.targets ?? {};
    const expected = Object.hasOwn(targets, name) ? targets[name]?.hashes['sha256'] : undefined;
    if (expected === undefined) return problem('TARGET_UNKNOWN', { target: name });
    const found = digestOfBytes(content);
    if (found !== expected) return problem('PACKAGE_DIGEST_WRONG', { expected, found });
  }
  return null;
}

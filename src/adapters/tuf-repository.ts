/**
 * A signed repository on a disk: make it, stage changes, sign them, publish what enough have
 * signed. Its root is the trust of every server, its keys stay with people; nobody is asked here
 * whether a change is wise.
 *
 * Publishing writes files under new names and then the timestamp, by which readers find them; a
 * kill in between leaves what was published before, and publishing again completes it. Two people
 * at one folder at once are not told apart: the later write counts.
 */

import type { Instant } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { MetadataFiles } from '#domain/trust/metadata-files.ts';
import { makeFolder } from './atomic-file.ts';
import { digestOfBytes } from './digest.ts';
import type { Signer } from './signing-key.ts';
import {
  makeRoot,
  roleNames,
  signersOf,
  signWith,
  signedText,
  textOf,
  tooFew,
  type AnyMetadata,
  type MetadataSet,
  type RoleName,
  type Roles,
  type RootMetadata,
} from './tuf-metadata.ts';
import {
  hasMetadata,
  metadataFolder,
  metadataName,
  readDiscarded,
  readPublished,
  readStaged,
  removeStaged,
  stagedFolder,
  targetFile,
  writeDiscarded,
  writeMetadata,
  writeStaged,
  writeTarget,
  type Published,
  type Staged,
} from './tuf-repository-files.ts';
import { stageChange, type Change, type Lifetimes } from './tuf-staging.ts';

export type MakeRepositoryOptions = {
  /** Such as `acme/program`. */
  readonly folder: string;
  readonly roles: Roles;
  /** Enough of them for every role that is signed here. */
  readonly signers: readonly Signer[];
  readonly now: Instant;
  readonly lifetimes: Lifetimes;
  /** The other roles are signed elsewhere, by an online key: here is the root alone. */
  readonly rootAlone?: boolean;
};

/** Version 1 of the root, as JSON, published with empty targets. Nothing stands on any refusal. */
export async function makeRepository(options: MakeRepositoryOptions): Promise<Result<object>> {
  const { folder, roles, signers, now, lifetimes, rootAlone } = options;
  if (await hasMetadata(folder)) return refuse(problem('REPOSITORY_EXISTS', { folder }));
  const made = makeRoot(roles, { version: 1, expires: now + lifetimes.root });
  if (!made.ok) return made;
  const root = made.value;
  const empty: Change = { type: 'all-targets', targets: [] };
  const first = { published: { root }, staged: {}, now, lifetimes };
  const others = rootAlone === true ? ok({}) : stageChange(empty, first);
  if (!others.ok) return others;
  const set: Partial<MetadataSet> = { root, ...others.value };
  signAll(set, root, signers);
  const against = firstProblem(set, root);
  if (against !== null) return refuse(against);
  await makeFolder(metadataFolder(folder));
  const written = await writeSet(folder, set);
  return written.ok ? ok(root.toJSON()) : written;
}

/** Each signs what its key has a role in: by the new root, and new roots also by the old. */
function signAll(
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

/** Why this set would not be believed by who believes `before`. */
function firstProblem(set: Partial<MetadataSet>, before: RootMetadata): Problem | null {
  const root = set.root ?? before;
  if (set.root !== undefined) {
    const byOld = tooFew(before, 'root', set.root);
    if (byOld !== null) return byOld;
  }
  for (const role of roleNames) {
    const metadata = set[role];
    const because = metadata === undefined ? null : tooFew(root, role, metadata);
    if (because !== null) return because;
  }
  return null;
}

/** The timestamp last: by it readers find the others. */
async function writeSet(folder: string, set: Partial<MetadataSet>): Promise<Result<null>> {
  for (const role of roleNames) {
    const metadata = set[role];
    if (metadata === undefined) continue;
    const written = await writeMetadata(folder, role, metadata);
    if (!written.ok) return written;
  }
  return ok(null);
}

export type StageOptions = {
  readonly folder: string;
  readonly now: Instant;
  readonly lifetimes: Lifetimes;
  /** Contents of new targets by their names. */
  readonly files?: Readonly<Record<string, string>>;
  readonly versionMin?: number;
};

/** Adds a change to what is staged already. */
export async function stage(change: Change, options: StageOptions): Promise<Result<Staged>> {
  const { folder, now, lifetimes, files } = options;
  const opened = await openStaged(folder);
  if (!opened.ok) return opened;
  const { published, staged } = opened.value;
  const discarded = await readDiscarded(stagedFolder(folder));
  if (!discarded.ok) return discarded;
  const metadata = stageChange(change, {
    published,
    staged: staged?.metadata ?? {},
    now,
    lifetimes,
    versionMin: Math.max(discarded.value + 1, options.versionMin ?? 0),
  });
  if (!metadata.ok) return metadata;
  const { root, targets, snapshot, timestamp } = published;
  const before = {
    root,
    ...(targets === undefined ? {} : { targets }),
    ...(snapshot === undefined ? {} : { snapshot }),
    ...(timestamp === undefined ? {} : { timestamp }),
  };
  const next = { before, metadata: metadata.value, files: { ...staged?.files, ...files } };
  const written = await writeStaged(stagedFolder(folder), next);
  return written.ok ? ok(next) : written;
}

export type Repository = { readonly published: Published; readonly staged: Staged | null };

/** What is staged fits what is published, unless a kill came between, or people were too many. */
export async function openStaged(folder: string): Promise<Result<Repository>> {
  const published = await readPublished(folder);
  if (!published.ok) return published;
  const staged = await readStaged(stagedFolder(folder));
  if (!staged.ok) return staged;
  if (staged.value === null) return ok({ published: published.value, staged: null });
  for (const role of roleNames) {
    const mine = staged.value.metadata[role];
    const theirs = published.value[role];
    if (mine === undefined || theirs === undefined) continue;
    if (mine.signed.version > theirs.signed.version || isSame(mine, theirs)) continue;
    const versions = { staged: mine.signed.version, published: theirs.signed.version };
    return refuse(problem('STAGED_OUTDATED', { role, ...versions }));
  }
  return ok({ published: published.value, staged: staged.value });
}

function isSame(mine: AnyMetadata, theirs: AnyMetadata): boolean {
  return signedText(mine) === signedText(theirs);
}

export type SignedRoles = ReadonlyMap<RoleName, readonly string[]>;

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

/** Refuses while too few have signed; then everything staged stands published, and nothing staged. */
export async function publish(folder: string): Promise<Result<Published>> {
  const opened = await openStaged(folder);
  if (!opened.ok) return opened;
  const { published, staged } = opened.value;
  if (staged === null) return refuse(problem('NOTHING_STAGED', { folder }));
  const against =
    firstProblem(staged.metadata, rootBefore(published, staged)) ?? filesProblem(staged);
  if (against !== null) return refuse(against);
  for (const [name, content] of Object.entries(staged.files)) {
    const target = targetFile(folder, name, digestOfBytes(content));
    const written = await writeTarget(target, content);
    if (!written.ok) return written;
  }
  const written = await writeSet(folder, staged.metadata);
  if (!written.ok) return written;
  await removeStaged(stagedFolder(folder));
  return readPublished(folder);
}

/** A new root is judged by the one before it, also where a kill left the new one published. */
function rootBefore({ roots, root }: Published, { metadata }: Staged): RootMetadata {
  const version = metadata.root?.signed.version;
  return (version === undefined ? root : roots[version - 2]) ?? root;
}

/** Files came from a folder that others may have had in hand: each is what was signed, or goes not in. */
function filesProblem({ metadata, files }: Staged): Problem | null {
  for (const [name, content] of Object.entries(files)) {
    const targets = metadata.targets?.signed.targets ?? {};
    const expected = Object.hasOwn(targets, name) ? targets[name]?.hashes['sha256'] : undefined;
    if (expected === undefined) return problem('TARGET_UNKNOWN', { target: name });
    const found = digestOfBytes(content);
    if (found !== expected) return problem('PACKAGE_DIGEST_WRONG', { expected, found });
  }
  return null;
}

/** Forgets what is staged. Who signed it may still have a copy, so its numbers are not used again. */
export async function discardStaged(folder: string): Promise<Result<null>> {
  const opened = await openStaged(folder);
  if (!opened.ok) return opened;
  const { staged } = opened.value;
  if (staged === null) return refuse(problem('NOTHING_STAGED', { folder }));
  const { targets, snapshot, timestamp } = staged.metadata;
  const versions = [targets, snapshot, timestamp].map((one) => one?.signed.version ?? 0);
  const before = await readDiscarded(stagedFolder(folder));
  if (!before.ok) return before;
  const version = Math.max(before.value, ...versions);
  const written = await writeDiscarded(stagedFolder(folder), version);
  if (!written.ok) return written;
  await removeStaged(stagedFolder(folder));
  return ok(null);
}

/** The files by which a reader comes from any root to what is published now, by their names. */
export function metadataFilesOf(published: Published): MetadataFiles {
  const files = new Map<string, string>();
  for (const root of published.roots) {
    files.set(metadataName('root', root.signed.version), textOf(root));
  }
  for (const role of ['targets', 'snapshot', 'timestamp'] as const) {
    const metadata = published[role];
    if (metadata !== undefined) {
      files.set(metadataName(role, metadata.signed.version), textOf(metadata));
    }
  }
  return files;
}

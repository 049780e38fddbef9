/**
 * A signed repository on a disk: make it, stage changes, publish what enough have signed. Its root
 * is the trust of every server. Absent here: signing (`tuf-signing.ts`), and whether a change is wise.
 *
 * Publishing writes files under new names and then the timestamp, by which readers find them; a
 * kill in between leaves what was published before, and publishing again completes it. Two people
 * at one folder at once are not told apart: the later write counts.
 */

import type { Instant } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { MetadataFiles } from '#domain/trust/metadata-files.ts';
import { makeFolder } from '../files/atomic-file.ts';
import { digestOfBytes } from '../files/digest.ts';
import type { Signer } from '../secrets/signing-key.ts';
import {
  expiryOf,
  isSame,
  makeRoot,
  roleNames,
  textOf,
  tooFew,
  type MetadataSet,
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
import { filesProblem, signAll } from './tuf-signing.ts';
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
  const targets = metadata.value.targets?.signed.targets ?? {};
  // What is named no more, because it was removed again, is not carried on.
  const named = Object.entries({ ...staged?.files, ...files }).filter(([name]) =>
    Object.hasOwn(targets, name),
  );
  const next = {
    before: published,
    metadata: metadata.value,
    files: Object.fromEntries(named),
  };
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

/** Refuses while too few have signed; then everything staged stands published, and nothing staged. */
export async function publish(folder: string, now: Instant): Promise<Result<Published>> {
  const opened = await openStaged(folder);
  if (!opened.ok) return opened;
  const { published, staged } = opened.value;
  if (staged === null) return refuse(problem('NOTHING_STAGED', { folder }));
  const against =
    firstProblem(staged.metadata, rootBefore(published, staged)) ??
    expiredProblem(staged, now) ??
    filesProblem(staged);
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

/** Who signs takes his time; what expired meanwhile would be believed by nobody. */
function expiredProblem({ metadata }: Staged, now: Instant): Problem | null {
  for (const role of roleNames) {
    const one = metadata[role];
    if (one === undefined || expiryOf(one) > now) continue;
    return problem('METADATA_EXPIRED', { file: metadataName(role, one.signed.version) });
  }
  return null;
}

/** A new root is judged by the one before it, also where a kill left the new one published. */
function rootBefore({ roots, root }: Published, { metadata }: Staged): RootMetadata {
  const version = metadata.root?.signed.version;
  return (version === undefined ? root : roots[version - 2]) ?? root;
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

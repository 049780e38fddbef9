/**
 * Where a repository keeps its metadata: `metadata/` as it is published, `targets/` the files that
 * it names, `staged/staged.json` what is not published yet.
 *
 * Staged changes are one file, so that a kill leaves the changes before or after, and a person
 * carries all of them. It says from which root and targets they start, so that who signs on another
 * computer can be told what is new. Files that nothing published names yet are not looked at.
 */

import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { canonicalJson } from '#domain/catalogue/canonical-json.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { metadataFilesLimits } from '#domain/trust/metadata-files.ts';
import { detailOf } from '#protocol/shared/mistake.ts';
import {
  errorCode,
  makeFolder,
  refuseDiskError,
  syncFolder,
  writeFileAtomically,
} from '../files/atomic-file.ts';
import {
  parseRoot,
  parseSnapshot,
  parseTargets,
  parseTimestamp,
  textOf,
  type AnyMetadata,
  type RoleName,
  type RootMetadata,
} from './tuf-metadata.ts';
import type { PublishedSet, StagedSet } from './tuf-staging.ts';

const timestampName = 'timestamp.json';
const stagedBytesMax = 64 * 1024 * 1024;

export type Published = PublishedSet & {
  /** From the first on. */
  readonly roots: readonly RootMetadata[];
};

/** Contents of new targets by their names. */
export type StagedFiles = Readonly<Record<string, string>>;

export type Staged = {
  /** From what the change starts. */
  readonly before: Published;
  readonly metadata: StagedSet;
  readonly files: StagedFiles;
};

export function metadataFolder(folder: string): string {
  return join(folder, 'metadata');
}

export function stagedFolder(folder: string): string {
  return join(folder, 'staged');
}

/** As readers ask for it: every version has its own name, but the timestamp has one. */
export function metadataName(role: RoleName, version: number): string {
  return role === 'timestamp' ? timestampName : `${version}.${role}.json`;
}

/** null: there is no such file. */
async function readJson(file: string, bytesMax: number): Promise<Result<unknown>> {
  try {
    const { size } = await stat(file);
    if (size > bytesMax) return refuse(problem('METADATA_TOO_LARGE', { file, bytesMax }));
    const input: unknown = JSON.parse(await readFile(file, 'utf8'));
    return ok(input);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return ok(null);
    if (error instanceof SyntaxError) {
      return refuse(problem('METADATA_UNREADABLE', { file, detail: 'not JSON' }));
    }
    return refuseDiskError(error, file);
  }
}

type Parse<Value> = (input: unknown, file: string) => Result<Value>;

async function readOne<Value>(
  folder: string,
  name: string,
  parse: Parse<Value>,
): Promise<Result<Value | null>> {
  const file = join(metadataFolder(folder), name);
  const input = await readJson(file, metadataFilesLimits.fileBytesMax);
  if (!input.ok || input.value === null) return input.ok ? ok(null) : input;
  return parse(input.value, file);
}

/** Roots are read from the first on until there is none: so readers do too. */
export async function readPublished(folder: string): Promise<Result<Published>> {
  const roots: RootMetadata[] = [];
  for (;;) {
    const root = await readOne(folder, metadataName('root', roots.length + 1), parseRoot);
    if (!root.ok) return root;
    if (root.value === null) break;
    roots.push(root.value);
  }
  const root = roots.at(-1);
  if (root === undefined) return refuse(problem('REPOSITORY_ABSENT', { folder }));
  const timestamp = await readOne(folder, timestampName, parseTimestamp);
  if (!timestamp.ok) return timestamp;
  if (timestamp.value === null) return ok({ root, roots });
  const snapshotVersion = timestamp.value.signed.snapshotMeta.version;
  const snapshot = await needed(folder, metadataName('snapshot', snapshotVersion), parseSnapshot);
  if (!snapshot.ok) return snapshot;
  const targetsVersion = snapshot.value.signed.meta['targets.json']?.version ?? 0;
  const targets = await needed(folder, metadataName('targets', targetsVersion), parseTargets);
  if (!targets.ok) return targets;
  const set = { targets: targets.value, snapshot: snapshot.value, timestamp: timestamp.value };
  return ok({ root, roots, ...set });
}

async function needed<Value>(
  folder: string,
  name: string,
  parse: Parse<Value>,
): Promise<Result<Value>> {
  const read = await readOne(folder, name, parse);
  if (!read.ok) return read;
  if (read.value !== null) return ok(read.value);
  const file = join(metadataFolder(folder), name);
  return refuse(problem('METADATA_UNREADABLE', { file, detail: 'absent' }));
}

/** Whole or not at all; the same file twice is the same. */
export async function writeMetadata(
  folder: string,
  role: RoleName,
  metadata: AnyMetadata,
): Promise<Result<null>> {
  const file = join(metadataFolder(folder), metadataName(role, metadata.signed.version));
  return writeFileAtomically(file, textOf(metadata));
}

export async function hasMetadata(folder: string): Promise<boolean> {
  const names = await readdir(metadataFolder(folder)).catch(() => []);
  return names.length > 0;
}

const stagedShape = z.strictObject({
  format: z.literal(1),
  before: z.strictObject({
    roots: z.array(z.unknown()).min(1).max(metadataFilesLimits.filesMax),
    targets: z.unknown().optional(),
    snapshot: z.unknown().optional(),
    timestamp: z.unknown().optional(),
  }),
  metadata: z.strictObject({
    root: z.unknown().optional(),
    targets: z.unknown().optional(),
    snapshot: z.unknown().optional(),
    timestamp: z.unknown().optional(),
  }),
  files: z.record(z.string().max(1_000), z.string()),
});

function stagedFile(staged: string): string {
  return join(staged, 'staged.json');
}

/** `staged` is the folder that people carry. null: nothing is staged. */
export async function readStaged(staged: string): Promise<Result<Staged | null>> {
  const file = stagedFile(staged);
  const input = await readJson(file, stagedBytesMax);
  if (!input.ok || input.value === null) return input.ok ? ok(null) : input;
  const shape = stagedShape.safeParse(input.value);
  if (!shape.success) {
    return refuse(problem('METADATA_UNREADABLE', { file, detail: detailOf(shape.error) }));
  }
  const { before, metadata, files } = shape.data;
  const { roots: inputs, ...others } = before;
  const roots: RootMetadata[] = [];
  for (const one of inputs) {
    const root = parseRoot(one, file);
    if (!root.ok) return root;
    roots.push(root.value);
  }
  const published = readSet(others, file);
  if (!published.ok) return published;
  const root = roots.at(-1);
  if (root === undefined) return refuse(problem('METADATA_UNREADABLE', { file, detail: 'roots' }));
  const set = readSet(metadata, file);
  if (!set.ok) return set;
  return ok({ before: { ...published.value, root, roots }, metadata: set.value, files });
}

const parsers = [
  ['root', parseRoot],
  ['targets', parseTargets],
  ['snapshot', parseSnapshot],
  ['timestamp', parseTimestamp],
] as const;

function readSet(input: Partial<Record<RoleName, unknown>>, file: string): Result<StagedSet> {
  const set: StagedSet = {};
  for (const [role, parse] of parsers) {
    if (input[role] === undefined) continue;
    const metadata = parse(input[role], file);
    if (!metadata.ok) return metadata;
    Object.assign(set, { [role]: metadata.value });
  }
  return ok(set);
}

export async function writeStaged(folder: string, staged: Staged): Promise<Result<null>> {
  const { before, metadata, files } = staged;
  const { roots, targets, snapshot, timestamp } = before;
  const start = {
    ...jsonOf({ targets, snapshot, timestamp }),
    roots: roots.map((one) => one.toJSON()),
  };
  const content = { format: 1, before: start, metadata: jsonOf(metadata), files };
  await makeFolder(folder);
  return writeFileAtomically(stagedFile(folder), canonicalJson(content));
}

function jsonOf(set: {
  readonly [Role in RoleName]?: AnyMetadata | undefined;
}): Record<string, unknown> {
  const { root, targets, snapshot, timestamp } = set;
  return {
    root: root?.toJSON(),
    targets: targets?.toJSON(),
    snapshot: snapshot?.toJSON(),
    timestamp: timestamp?.toJSON(),
  };
}

export async function removeStaged(folder: string): Promise<void> {
  await rm(stagedFile(folder), { force: true });
  await syncFolder(folder).catch(() => undefined);
}

const discardedShape = z.object({ format: z.literal(1), version: z.int().min(0) });

function discardedFile(folder: string): string {
  return join(folder, 'discarded.json');
}

/** The highest number that was staged and given up; copies of it may be signed somewhere. */
export async function readDiscarded(folder: string): Promise<Result<number>> {
  const file = discardedFile(folder);
  const input = await readJson(file, metadataFilesLimits.fileBytesMax);
  if (!input.ok || input.value === null) return input.ok ? ok(0) : input;
  const shape = discardedShape.safeParse(input.value);
  if (shape.success) return ok(shape.data.version);
  return refuse(problem('METADATA_UNREADABLE', { file, detail: 'version' }));
}

export async function writeDiscarded(folder: string, version: number): Promise<Result<null>> {
  return writeFileAtomically(discardedFile(folder), canonicalJson({ format: 1, version }));
}

/** With the digest before its last part, as readers of consistent snapshots ask for it. */
export function targetFile(folder: string, name: string, digest: string): string {
  const parts = name.split('/');
  const last = parts.pop() ?? '';
  return join(folder, 'targets', ...parts, `${digest}.${last}`);
}

export async function writeTarget(file: string, content: string): Promise<Result<null>> {
  await makeFolder(dirname(file));
  return writeFileAtomically(file, content);
}

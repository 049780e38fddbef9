/**
 * The listing of a directory tree and its digest: what a release names, whatever archive carried
 * it (docs/protocol/package.md). Owners, times and the finer bits of modes do not count.
 */

import { lstat, opendir, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Entry } from '#delta/listing.ts';
import type { Digest } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { digestOfBytes, digestOfFile, openDigestMeter } from '../files/digest.ts';
import { foldedPath, linkIsSafe, pathIsSafe } from './package-archive-names.ts';

export const entriesMax = 1_000_000;

/** What stands at a path; `path` is relative and uses `/`. */
export type TreeEntry = Entry;

export type TreeDigest = {
  readonly treeDigest: Digest;
  readonly treeBytes: number;
  /** Files, folders and links: what a disk must find room for. */
  readonly fileCount: number;
};

/** Thrown where a signature leaves no room for a refusal; `because` says why. */
export class PackageRefused extends Error {
  readonly because: Problem;

  constructor(because: Problem) {
    super(`${because.code} ${JSON.stringify(because.with)}`);
    this.because = because;
  }
}

function unsafe(path: string): Problem {
  return problem('PACKAGE_PATH_UNSAFE', { path: path.slice(0, 1_000) });
}

/** Every rule that does not need the disk; kept by packing and unpacking alike. */
export function openEntryRules(): { refusal(entry: TreeEntry): Problem | null } {
  const folded = new Set<string>();
  const folders = new Set<string>();
  return {
    refusal(entry) {
      const { path } = entry;
      if (!pathIsSafe(path)) return unsafe(path);
      if (entry.kind === 'link' && !linkIsSafe(path, entry.target)) {
        return unsafe(`${path} -> ${entry.target}`);
      }
      const key = foldedPath(path);
      if (folded.has(key)) return unsafe(path);
      folded.add(key);
      const slash = path.lastIndexOf('/');
      // A name stands in a folder that was named before it: never in a link, never in a file.
      if (slash !== -1 && !folders.has(path.slice(0, slash))) return unsafe(path);
      if (entry.kind === 'folder') folders.add(path);
      return null;
    },
  };
}

/** All entries in the order of their paths' UTF-8 bytes; a folder before what stands in it. */
export async function walkTree(folder: string): Promise<Result<readonly TreeEntry[]>> {
  const entries: TreeEntry[] = [];
  const waiting = [''];
  for (let inside = waiting.pop(); inside !== undefined; inside = waiting.pop()) {
    for await (const { name } of await opendir(join(folder, inside))) {
      const path = inside === '' ? name : `${inside}/${name}`;
      const entry = await entryAt(folder, path);
      if (entry === null) return refuse(unsafe(path));
      if (entries.push(entry) > entriesMax) return refuse(unsafe(path));
      if (entry.kind === 'folder') waiting.push(path);
    }
  }
  const sorted = sortedByPath(entries);
  const rules = openEntryRules();
  for (const entry of sorted) {
    const because = rules.refusal(entry);
    if (because !== null) return refuse(because);
  }
  return ok(sorted);
}

/** In the order of a listing. */
export function sortedByPath(entries: readonly TreeEntry[]): readonly TreeEntry[] {
  return entries
    .map((entry) => ({ entry, key: Buffer.from(entry.path) }))
    .toSorted((left, right) => Buffer.compare(left.key, right.key))
    .map(({ entry }) => entry);
}

async function entryAt(folder: string, path: string): Promise<TreeEntry | null> {
  if (!pathIsSafe(path)) return null;
  const full = join(folder, path);
  const status = await lstat(full);
  if (status.isDirectory()) return { kind: 'folder', path };
  if (status.isSymbolicLink()) return { kind: 'link', path, target: await readlink(full) };
  if (!status.isFile()) return null;
  return { kind: 'file', path, executable: (status.mode & 0o100) !== 0, bytes: status.size };
}

/** Takes the lines of a listing, in order, and ends in the digest of the tree. */
export function openTreeMeter(): {
  add(entry: TreeEntry, fileDigest?: Digest): void;
  end(): TreeDigest;
} {
  const meter = openDigestMeter();
  const line = (text: string): void => meter.add(Buffer.from(`${text}\n`));
  let treeBytes = 0;
  let fileCount = 0;
  line('dankai-tree 1');
  return {
    add(entry, fileDigest) {
      fileCount += 1;
      if (entry.kind === 'folder') line(`d ${entry.path}`);
      else if (entry.kind === 'link') line(`l ${digestOfBytes(entry.target)} ${entry.path}`);
      else {
        treeBytes += entry.bytes;
        const mode = entry.executable ? '755' : '644';
        line(`f ${mode} ${entry.bytes} ${fileDigest ?? ''} ${entry.path}`);
      }
    },
    end: () => ({ treeDigest: meter.end(), treeBytes, fileCount }),
  };
}

/** Reads every byte of the tree. Throws `PackageRefused` for a tree that no package may hold. */
export async function digestOfTree(folder: string): Promise<TreeDigest> {
  const entries = await walkTree(folder);
  if (!entries.ok) throw new PackageRefused(entries.because);
  const meter = openTreeMeter();
  for (const entry of entries.value) {
    const isFile = entry.kind === 'file';
    meter.add(entry, isFile ? await digestOfFile(join(folder, entry.path)) : undefined);
  }
  return meter.end();
}

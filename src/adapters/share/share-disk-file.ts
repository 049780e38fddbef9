/**
 * One file of the share: is it what the revision names, and how does it get there. Nothing here
 * follows a symbolic link below the share's own folder, so that a planted one can neither pass
 * for a package nor lead a write out of the share.
 */

import { constants, lstat, mkdir, open, realpath, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ShareFile } from '#domain/catalogue/revision.ts';
import type { Digest } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { KeptEvidence } from '#ports/share.ts';
import {
  errorCode,
  partBeside,
  refuseDiskError,
  renameDurably,
  syncFolder,
} from '../files/atomic-file.ts';
import { bufferFor, openDigestMeter } from '../files/digest.ts';
import type { EvidenceFolder } from './share-disk-evidence.ts';

/** What stands at a file's place; `other`: a link, a folder, a device, or beneath one. */
export type Found =
  | { readonly kind: 'absent' }
  | { readonly kind: 'other' }
  | { readonly kind: 'unreadable'; readonly code: string }
  | { readonly kind: 'file'; readonly bytes: number; readonly digest: Digest | null };

/** Digests by file, valid while size, times and inode stay. */
export type DigestCache = Map<string, { readonly mark: string; readonly digest: Digest }>;

export type Look = {
  readonly folder: string;
  readonly cache: DigestCache;
  /** Hash the bytes again, whatever the cache says. */
  readonly thorough: boolean;
};

/** `digest` is null where the size is wrong already. */
export async function lookAt(look: Look, file: ShareFile): Promise<Found> {
  const path = join(look.folder, file.path);
  try {
    if (!(await standsOnFolders(look.folder, file.path))) return { kind: 'other' };
    const found = await lstat(path, { bigint: true });
    if (!found.isFile()) return { kind: 'other' };
    const bytes = Number(found.size);
    if (bytes !== file.bytes) return { kind: 'file', bytes, digest: null };
    const mark = [found.size, found.mtimeNs, found.ctimeNs, found.ino].join(' ');
    const cached = look.cache.get(path);
    if (!look.thorough && cached?.mark === mark) {
      return { kind: 'file', bytes, digest: cached.digest };
    }
    const digest = await digestWithoutLinks(path);
    look.cache.set(path, { mark, digest });
    return { kind: 'file', bytes, digest };
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT') return { kind: 'absent' };
    if (code === 'ELOOP') return { kind: 'other' };
    if (code === null) throw error;
    return { kind: 'unreadable', code };
  }
}

/** A share is changed by other hands, so whatever the file system answers is expected here. */
export function refuseShareError(error: unknown, path: string): ReturnType<typeof refuse> {
  const code = errorCode(error);
  if (code === null || code === 'ENOSPC' || code === 'EDQUOT') return refuseDiskError(error, path);
  return refuse(problem('FILE_UNREADABLE', { file: path, detail: code }));
}

/** False: a folder above it is a link or a file. An absent folder is no harm. */
async function standsOnFolders(folder: string, path: string): Promise<boolean> {
  for (const above of foldersAbove(path)) {
    try {
      if (!(await lstat(join(folder, above))).isDirectory()) return false;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return true;
      throw error;
    }
  }
  return true;
}

/** 'a/b/c' -> 'a', 'a/b' */
function foldersAbove(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

async function digestWithoutLinks(path: string): Promise<Digest> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return (await passOn(handle, null)).digest;
  } finally {
    await handle.close();
  }
}

async function passOn(
  from: FileHandle,
  to: FileHandle | null,
): Promise<{ readonly digest: Digest; readonly bytes: number }> {
  const meter = openDigestMeter();
  const buffer = await bufferFor(from);
  for (;;) {
    const { bytesRead } = await from.read(buffer, 0, buffer.length, null);
    if (bytesRead === 0) return { digest: meter.end(), bytes: meter.bytes() };
    const piece = buffer.subarray(0, bytesRead);
    meter.add(piece);
    if (to !== null) await to.writeFile(piece);
  }
}

/**
 * Copies to a synced part file beside `target`, digesting what is written: a copy that is not
 * what its name says never gets a name in the share.
 */
export async function copyVerified(
  source: string,
  target: string,
  file: Pick<ShareFile, 'path' | 'digest' | 'bytes'>,
): Promise<Result<string>> {
  const part = partBeside(target);
  const impossible = problem('CATALOGUE_RESTORE_IMPOSSIBLE', {
    path: file.path,
    digest: file.digest,
  });
  try {
    const from = await open(source, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => null);
    if (from === null) return refuse(impossible);
    try {
      const to = await open(part, 'wx', 0o644);
      try {
        const copied = await passOn(from, to);
        if (copied.digest === file.digest && copied.bytes === file.bytes) {
          await to.sync();
          return ok(part);
        }
      } finally {
        await to.close();
      }
    } finally {
      await from.close();
    }
    await rm(part, { force: true });
    return refuse(impossible);
  } catch (error) {
    await rm(part, { force: true }).catch(() => undefined);
    return refuseShareError(error, target);
  }
}

/** Puts a verified copy in its place. What stood there, or in the way, is kept first. */
export async function placeFile(
  folder: string,
  source: string,
  file: ShareFile,
  evidence: EvidenceFolder,
): Promise<Result<readonly KeptEvidence[]>> {
  const target = join(folder, file.path);
  try {
    const cleared = await clearFolders(folder, file.path, evidence);
    if (!cleared.ok) return cleared;
    const part = await copyVerified(source, target, file);
    if (!part.ok) return part;
    const kept = await clearPlace(folder, file.path, evidence);
    await renameDurably(part.value, target);
    return ok([...cleared.value, ...kept]);
  } catch (error) {
    return refuseShareError(error, target);
  }
}

/** Makes the folders above a path real folders inside the share. */
async function clearFolders(
  folder: string,
  path: string,
  evidence: EvidenceFolder,
): Promise<Result<readonly KeptEvidence[]>> {
  const kept: KeptEvidence[] = [];
  for (const above of foldersAbove(path)) {
    const place = join(folder, above);
    const found = await lstat(place).catch(() => null);
    if (found?.isDirectory() === true) continue;
    if (found !== null) {
      const before = await evidence.keep(place, above);
      if (before !== null) kept.push(before);
      await rm(place);
    }
    await mkdir(place);
    await syncFolder(dirname(place));
  }
  const inside = join(await realpath(folder), dirname(path));
  const isInside = (await realpath(dirname(join(folder, path)))) === inside;
  return isInside ? ok(kept) : refuse(problem('PACKAGE_PATH_UNSAFE', { path }));
}

/** Keeps what stands at a path. A folder is moved away; a file or link is left to the rename. */
export async function clearPlace(
  folder: string,
  path: string,
  evidence: EvidenceFolder,
): Promise<readonly KeptEvidence[]> {
  const place = join(folder, path);
  const found = await lstat(place).catch(() => null);
  if (found === null) return [];
  if (found.isDirectory()) return [await evidence.takeFolder(place, path)];
  const kept = await evidence.keep(place, path);
  return kept === null ? [] : [kept];
}

/**
 * Writes that a kill or a power cut leaves either wholly done or not done at all: a file beside
 * the wanted one, fsync, rename, fsync of the folder. Callers never see half a file.
 * Absent here: locking. Two writers of one name are both whole; the later rename wins.
 */

import { randomBytes } from 'node:crypto';
import { chmod, mkdir, open, readdir, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';

/** Beside `path`, on the same file system, and never the same twice. Ends tell whose it was. */
export function partBeside(path: string): string {
  return `${path}.part-${process.pid}-${randomBytes(4).toString('hex')}`;
}

export function errorCode(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : null;
}

const diskFull = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
const diskRefusing = new Set([
  'EACCES',
  'EIO',
  'EISDIR',
  'ENAMETOOLONG',
  'ENOENT',
  'ENOTDIR',
  'EPERM',
  'EROFS',
]);

export function isDiskFull(error: unknown): boolean {
  return diskFull.has(errorCode(error) ?? '');
}

/** False only when the disk says so: what cannot be looked at is there. */
export async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => !['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? ''),
  );
}

/** What a disk may answer on any day becomes a refusal; everything else is our bug, and thrown. */
export function refuseDiskError(error: unknown, path: string): ReturnType<typeof refuse> {
  if (isDiskFull(error)) return refuse(problem('DISK_FULL', { path }));
  const code = errorCode(error);
  if (code !== null && diskRefusing.has(code)) {
    return refuse(problem('FILE_UNREADABLE', { file: path, detail: code }));
  }
  throw error;
}

/** Makes names in a folder (created, renamed, removed) outlive a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the folder and those above it; each name made is synced in the folder that holds it. */
export async function makeFolder(folder: string, mode = 0o755): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode });
  if (first === undefined) return;
  await chmod(folder, mode);
  for (let made = folder; ; made = dirname(made)) {
    await syncFolder(dirname(made));
    if (made === first || dirname(made) === made) return;
  }
}

/** The rename that makes something true; `from` must be synced already. */
export async function renameDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await syncFolder(dirname(to));
}

/** Parts that a failing disk did not let go of; tried again when it takes something. */
const stuck = new Set<string>();

/** Clears up after an error without hiding it: a part that cannot be removed harms nobody. */
export async function removePart(part: string): Promise<void> {
  stuck.delete(part);
  await rm(part, { recursive: true, force: true }).catch(() => void stuck.add(part));
}

/** Replaces `file` by `content` (its folder must exist). */
export async function writeFileAtomically(
  file: string,
  content: string | Uint8Array,
  mode = 0o644,
): Promise<Result<null>> {
  const part = partBeside(file);
  try {
    const handle = await open(part, 'wx', mode);
    try {
      await handle.writeFile(content);
      await handle.chmod(mode); // whatever the umask took away
      await handle.sync();
    } finally {
      await handle.close();
    }
    await renameDurably(part, file);
    await Promise.all(Array.from(stuck, removePart));
    return ok(null);
  } catch (error) {
    await removePart(part);
    return refuseDiskError(error, file);
  }
}

/** Replaces the symbolic link `link` by one to `target`, in one rename. */
export async function linkAtomically(target: string, link: string): Promise<void> {
  const part = partBeside(link);
  await symlink(target, part);
  try {
    await renameDurably(part, link);
  } catch (error) {
    await removePart(part);
    throw error;
  }
}

/** What killed programs left beside `path`. A part of a program that lives is left alone. */
export async function removeDeadParts(path: string): Promise<void> {
  const start = `${basename(path)}.part-`;
  for (const name of await readdir(dirname(path))) {
    const pid = name.startsWith(start) ? Number(name.slice(start.length).split('-')[0]) : null;
    if (pid === null || isAlive(pid)) continue;
    const dead = join(dirname(path), name);
    await rm(dead, { recursive: true, force: true });
  }
}

/** Of this computer's processes; one that may not be asked is alive. */
export function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

/** Moves a tree or file aside under a name that says it may be removed, then removes it. */
export async function removeByRename(path: string): Promise<void> {
  const part = partBeside(path);
  await rename(path, part);
  await syncFolder(dirname(path));
  await rm(part, { recursive: true, force: true });
}

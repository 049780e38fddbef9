/**
 * A tree on its way to its place: written beside it, synced, digested again from the disk, and made
 * true by one rename. Knows nothing of where its bytes come from.
 */

import { mkdir, open, symlink, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Digest } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import {
  makeFolder,
  partBeside,
  refuseDiskError,
  removeDeadParts,
  removePart,
  renameDurably,
  syncFolder,
} from '../files/atomic-file.ts';
import { digestOfTree, type TreeEntry } from './package-archive-tree.ts';

/** Files being synced while the next is written. */
const syncsMax = 16;

export type PlacedTree = {
  /** Must not exist; it appears, whole and synced, by one rename. */
  readonly folder: string;
  readonly treeDigest: Digest;
};

/** The bytes of a file, piece by piece; a refusal ends the whole tree. */
export type FileBody = AsyncIterable<Result<Uint8Array>>;

export type TreePart = {
  /** In the order of a listing. null: it stands. */
  add(entry: TreeEntry, body: FileBody): Promise<ReturnType<typeof refuse> | null>;
};

export async function placeTree(
  { folder, treeDigest }: PlacedTree,
  write: (part: TreePart) => Promise<Result<null>>,
): Promise<Result<null>> {
  const part = partBeside(folder);
  try {
    await makeFolder(dirname(folder));
    await removeDeadParts(folder);
    await mkdir(part);
    const written = await writeInto(part, write);
    if (!written.ok) return written;
    const { treeDigest: found } = await digestOfTree(part);
    if (found !== treeDigest) {
      return refuse(problem('PACKAGE_DIGEST_WRONG', { expected: treeDigest, found }));
    }
    await renameDurably(part, folder);
    return ok(null);
  } catch (error) {
    return refuseDiskError(error, folder);
  } finally {
    await removePart(part);
  }
}

async function writeInto(
  part: string,
  write: (part: TreePart) => Promise<Result<null>>,
): Promise<Result<null>> {
  const folders = [part];
  const links: { path: string; target: string }[] = [];
  const syncs = new Set<Promise<void>>();
  try {
    const written = await write({
      async add(entry, body) {
        const path = join(part, entry.path);
        if (entry.kind === 'link') links.push({ path, target: entry.target });
        else if (entry.kind === 'folder') {
          await mkdir(path, { mode: 0o755 });
          folders.push(path);
        } else {
          const handle = await open(path, 'wx', entry.executable ? 0o755 : 0o644);
          const refused = await writeBody(handle, body);
          if (refused !== null) return refused;
          await syncLater(syncs, handle);
        }
        return null;
      },
    });
    if (!written.ok) return written;
    // Links come last, so that nothing is ever written through one.
    for (const { path, target } of links) await symlink(target, path);
    await Promise.all(syncs);
    for (const folder of folders.toReversed()) await syncFolder(folder);
    return ok(null);
  } finally {
    await Promise.allSettled(syncs);
  }
}

/** Null when the whole body stands in the file, which then stays open to be synced. */
async function writeBody(
  handle: FileHandle,
  body: FileBody,
): Promise<ReturnType<typeof refuse> | null> {
  try {
    for await (const piece of body) {
      if (!piece.ok) {
        await handle.close();
        return piece;
      }
      await handle.writeFile(piece.value);
    }
    return null;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** Syncing is most of the time of a tree of small files, and disks like many at once. */
async function syncLater(syncs: Set<Promise<void>>, handle: FileHandle): Promise<void> {
  while (syncs.size >= syncsMax) await Promise.race(syncs);
  const sync = syncAndClose(handle).finally(() => {
    syncs.delete(sync);
  });
  sync.catch(() => undefined); // answered where all are awaited
  syncs.add(sync);
}

async function syncAndClose(handle: FileHandle): Promise<void> {
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

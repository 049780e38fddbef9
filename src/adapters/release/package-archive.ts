/**
 * Packs a directory tree into one compressed archive (tar in zstd) and takes it out again, by
 * the rules of docs/protocol/package.md. The same tree always gives the same archive.
 * What an archive says is believed of nothing: names, kinds and sizes are checked while it
 * streams, and the tree is digested again from the disk before it gets its name.
 */

import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, symlink, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip, createZstdCompress } from 'node:zlib';
import { createTarPacker, type TarPackController } from 'modern-tar';
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
import { openDigestMeter, type Digested } from '../files/digest.ts';
import { readArchive, type ArchiveEntry } from './package-archive-read.ts';
import {
  digestOfTree,
  openTreeMeter,
  PackageRefused,
  walkTree,
  type TreeDigest,
  type TreeEntry,
} from './package-archive-tree.ts';

export { digestOfFile } from '../files/digest.ts';
export { digestOfTree } from './package-archive-tree.ts';

const pieceBytes = 1024 * 1024;
/** Measured on a 150 MB executable: 40.5 MB in 4 s; level 19 saves a sixth and takes minutes. */
const compressionLevel = 9;
/** Files being synced while the next is written. */
const syncsMax = 16;

export type PackedTree = TreeDigest & {
  readonly archive: { readonly digest: Digest; readonly bytes: number };
};

/** `gzip` is for people, who may have nothing else to unpack with; packages are `zstd`. */
type Compression = 'zstd' | 'gzip';

/** Throws `PackageRefused` for a tree that no package may hold. */
export async function packTree(
  folder: string,
  archiveFile: string,
  compression: Compression = 'zstd',
): Promise<PackedTree> {
  const entries = await walkTree(folder);
  if (!entries.ok) throw new PackageRefused(entries.because);
  const { readable, controller } = createTarPacker();
  const part = partBeside(archiveFile);
  const written = writeArchive(Readable.fromWeb(readable), part, compression);
  written.catch((error: unknown) => controller.error(error));
  try {
    const tree = await addEntries(controller, folder, entries.value);
    controller.finalize();
    const { digest, bytes } = await written;
    await renameDurably(part, archiveFile);
    return { ...tree, archive: { digest, bytes } };
  } catch (error) {
    controller.error(error);
    await Promise.allSettled([written]);
    await removePart(part);
    throw error;
  }
}

async function writeArchive(
  tar: Readable,
  file: string,
  compression: Compression,
): Promise<Digested> {
  const meter = openDigestMeter();
  await pipeline(
    tar,
    compression === 'zstd' ? openZstd() : createGzip({ chunkSize: pieceBytes }),
    async function* (pieces: AsyncIterable<Buffer>) {
      for await (const piece of pieces) {
        meter.add(piece);
        yield piece;
      }
    },
    createWriteStream(file, { flags: 'wx', flush: true }),
  );
  return { digest: meter.end(), bytes: meter.bytes() };
}

function openZstd(): ReturnType<typeof createZstdCompress> {
  return createZstdCompress({
    chunkSize: pieceBytes,
    params: {
      [constants.ZSTD_c_compressionLevel]: compressionLevel,
      [constants.ZSTD_c_checksumFlag]: 1,
    },
  });
}

async function addEntries(
  controller: TarPackController,
  folder: string,
  entries: readonly TreeEntry[],
): Promise<TreeDigest> {
  const tree = openTreeMeter();
  for (const entry of entries) {
    if (entry.kind === 'file') tree.add(entry, await addFile(controller, folder, entry));
    else {
      await controller.add(headerOf(entry)).close();
      tree.add(entry);
    }
  }
  return tree.end();
}

function headerOf(entry: TreeEntry): Parameters<TarPackController['add']>[0] {
  const common = { mtime: new Date(0), uid: 0, gid: 0, size: 0 };
  switch (entry.kind) {
    case 'folder':
      return { ...common, name: `${entry.path}/`, type: 'directory', mode: 0o755 };
    case 'link':
      return { ...common, name: entry.path, type: 'symlink', linkname: entry.target, mode: 0o777 };
    case 'file': {
      const mode = entry.executable ? 0o755 : 0o644;
      return { ...common, name: entry.path, type: 'file', mode, size: entry.bytes };
    }
  }
}

async function addFile(
  controller: TarPackController,
  folder: string,
  entry: TreeEntry & { kind: 'file' },
): Promise<Digest> {
  const meter = openDigestMeter();
  const body = controller.add(headerOf(entry)).getWriter();
  const highWaterMark = Math.min(Math.max(entry.bytes, 1), pieceBytes);
  const file = createReadStream(join(folder, entry.path), { highWaterMark });
  for await (const piece of file as AsyncIterable<Buffer>) {
    meter.add(piece);
    if (meter.bytes() > entry.bytes) break;
    await body.write(piece);
  }
  if (meter.bytes() !== entry.bytes) {
    const detail = 'changed while it was being packed';
    throw new PackageRefused(problem('PACKAGE_UNREADABLE', { file: entry.path, detail }));
  }
  await body.close();
  return meter.end();
}

export type UnpackOptions = {
  readonly archiveFile: string;
  /** Must not exist; it appears, whole and synced, by one rename. */
  readonly folder: string;
  readonly treeDigest: Digest;
  readonly bytesMax: number;
  readonly filesMax: number;
};

export async function unpackTree(options: UnpackOptions): Promise<Result<null>> {
  const { folder, archiveFile } = options;
  const part = partBeside(folder);
  try {
    await makeFolder(dirname(folder));
    await removeDeadParts(folder);
    await mkdir(part);
    const written = await writeTree(part, options);
    if (!written.ok) return written;
    const { treeDigest: found } = await digestOfTree(part);
    if (found !== options.treeDigest) {
      return refuse(problem('PACKAGE_DIGEST_WRONG', { expected: options.treeDigest, found }));
    }
    await renameDurably(part, folder);
    return ok(null);
  } catch (error) {
    return refuseDiskError(error, archiveFile);
  } finally {
    await removePart(part);
  }
}

async function writeTree(part: string, options: UnpackOptions): Promise<Result<null>> {
  const folders = [part];
  const links: { path: string; target: string }[] = [];
  const syncs = new Set<Promise<void>>();
  const { archiveFile, bytesMax, filesMax } = options;
  try {
    for await (const read of readArchive({ archiveFile, bytesMax, filesMax })) {
      if (!read.ok) return read;
      const { entry, body } = read.value;
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
    }
    // Links come last, so that nothing is ever written through one.
    for (const { path, target } of links) await symlink(target, path);
    await Promise.all(syncs);
    for (const folder of folders.toReversed()) await syncFolder(folder);
    return ok(null);
  } catch (error) {
    return refuseDiskError(error, options.folder);
  } finally {
    await Promise.allSettled(syncs);
  }
}

/** Null when the whole body stands in the file, which then stays open to be synced. */
async function writeBody(
  handle: FileHandle,
  body: ArchiveEntry['body'],
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

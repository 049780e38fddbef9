/**
 * Makes the deltas of a release that is being built: from folders, release files, or versions whose
 * release files stand beside the new one. Each is applied once before it goes out: whoever imports
 * it may not have the tree that it is from.
 */

import { createReadStream } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ReadableStream } from 'node:stream/web';
import { createTarDecoder } from 'modern-tar';
import { packageOf, type ReleaseManifest, type ReleasePackage } from '#domain/catalogue/release.ts';
import type { Platform } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { BuiltDelta, ReleaseRequest } from '#ports/packages.ts';
import { applyDelta } from './delta-file-apply.ts';
import { buildDelta } from './delta-file-build.ts';
import { digestOfTree, unpackTree } from './package-archive.ts';
import type { DeltaToWrite } from './release-file-write.ts';
import {
  manifestName,
  parseReleaseBytes,
  readReleaseFile,
  releaseFileLimits,
  storedArchive,
} from './release-file.ts';

/** Files beside the new release that are looked through for a version. */
const filesMax = 10_000;

type Tree = ReleaseRequest['trees'][number];

export type BuiltDeltas = {
  readonly toWrite: readonly DeltaToWrite[];
  readonly built: readonly BuiltDelta[];
};

export async function buildDeltas(
  request: ReleaseRequest,
  packages: readonly ReleasePackage[],
  workFolder: string,
): Promise<Result<BuiltDeltas>> {
  const toWrite: DeltaToWrite[] = [];
  const built: BuiltDelta[] = [];
  for (const [index, from] of (request.deltasFrom ?? []).entries()) {
    for (const [place, tree] of request.trees.entries()) {
      const to = packages[place];
      if (to === undefined) continue;
      const work = join(workFolder, `delta-${index}-${place}`);
      const made = await buildOne({ request, tree, from, to, work });
      if (!made.ok) return made;
      const { fromTree, delta } = made.value;
      const bytes = delta?.bytes ?? null;
      built.push({ from, fromTree, platform: tree.platform, bytes });
      const isTwice = toWrite.some(
        ({ pair }) => pair.from === fromTree && pair.to === to.treeDigest,
      );
      if (delta !== null && !isTwice) toWrite.push(delta);
    }
  }
  return ok({ toWrite, built });
}

/** `delta` is null where it would be no smaller than the package, or the trees are one. */
async function buildOne(of: {
  readonly request: ReleaseRequest;
  readonly tree: Tree;
  readonly from: string;
  readonly to: ReleasePackage;
  readonly work: string;
}): Promise<
  Result<{
    readonly fromTree: ReleasePackage['treeDigest'];
    readonly delta: DeltaToWrite | null;
  }>
> {
  const { request, tree, from, to, work } = of;
  const oldFolder = await treeOf({ request, from, platform: tree.platform, work });
  if (!oldFolder.ok) return oldFolder;
  const { treeDigest: fromTree } = await digestOfTree(oldFolder.value);
  if (fromTree === to.treeDigest) return ok({ fromTree, delta: null });
  const file = `${work}.delta`;
  const made = await buildDelta({ oldFolder: oldFolder.value, newFolder: tree.folder, file });
  if (!made.ok) return made;
  const isWorthIt = made.value.bytes < to.archive.bytes;
  const applied = isWorthIt ? await tried(file, oldFolder.value, to, `${work}-tried`) : ok(null);
  await rm(work, { recursive: true, force: true });
  if (!applied.ok) return applied;
  const { bytes } = made.value;
  const pair = { from: fromTree, to: to.treeDigest };
  return ok({ fromTree, delta: isWorthIt ? { pair, file, bytes } : null });
}

async function tried(
  deltaFile: string,
  oldFolder: string,
  { treeDigest, treeBytes: bytesMax, fileCount: filesMax }: ReleasePackage,
  folder: string,
): Promise<Result<null>> {
  const limits = { bytesMax, filesMax };
  const applied = await applyDelta({ deltaFile, oldFolder, folder, treeDigest, ...limits });
  await rm(folder, { recursive: true, force: true });
  return applied;
}

async function treeOf({
  request,
  from,
  platform,
  work,
}: {
  readonly request: ReleaseRequest;
  readonly from: string;
  readonly platform: Platform;
  readonly work: string;
}): Promise<Result<string>> {
  const found = await stat(from).catch(() => null);
  if (found?.isDirectory() === true) return ok(from);
  const file = found === null ? await fileOfVersion(request, from) : from;
  if (file === null) {
    const folder = dirname(resolve(request.file));
    return refuse(problem('DELTA_BASE_UNKNOWN', { base: from, folder }));
  }
  const read = await readReleaseFile(file, join(work, 'store'));
  if (!read.ok) return read;
  const { manifest } = read.value;
  const chosen = packageOf(manifest, platform);
  if (!chosen.ok) return chosen;
  const folder = join(work, 'tree');
  const { treeDigest, treeBytes, fileCount, archive } = chosen.value;
  const archiveFile = storedArchive(join(work, 'store'), archive.digest);
  const limits = { bytesMax: treeBytes, filesMax: fileCount };
  const unpacked = await unpackTree({ archiveFile, folder, treeDigest, ...limits });
  return unpacked.ok ? ok(folder) : unpacked;
}

/** The release file of that version among those beside the new one. */
async function fileOfVersion(request: ReleaseRequest, version: string): Promise<string | null> {
  const folder = dirname(resolve(request.file));
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files = entries.filter((one) => one.isFile()).map(({ name }) => join(folder, name));
  for (const file of files.toSorted().slice(0, filesMax)) {
    const manifest = await manifestIn(file);
    if (manifest?.component === request.component && manifest.version === version) return file;
  }
  return null;
}

/** Of a release file, as it stands there; null: it is another kind of file. Nothing is checked. */
async function manifestIn(file: string): Promise<ReleaseManifest | null> {
  const input = createReadStream(file);
  try {
    const tar = ReadableStream.from(input).pipeThrough(createTarDecoder({ strict: true }));
    for await (const { header, body } of tar) {
      if (header.name.startsWith('metadata/')) {
        await body.cancel();
        continue;
      }
      const { manifestBytesMax } = releaseFileLimits;
      if (header.name !== manifestName || header.size > manifestBytesMax) return null;
      const pieces: Uint8Array[] = [];
      for await (const piece of body) pieces.push(piece);
      const release = parseReleaseBytes(Buffer.concat(pieces), file);
      return release.ok ? release.value.manifest : null;
    }
    return null;
  } catch {
    return null;
  } finally {
    input.destroy();
  }
}

/**
 * The slots of an installation folder: unpacked releases side by side, each whole or not there.
 * Everything here may be killed at any point and called again. Absent: which slot runs, and
 * switching, which are the launcher's alone.
 */

import { readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { packageOf, type Release } from '#domain/catalogue/release.ts';
import { slotNameOf } from '#domain/catalogue/slot-name.ts';
import type { Digest, Platform } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Track } from '#protocol/launcher/messages.ts';
import { canonicalJson } from '#protocol/shared/release.ts';
import {
  errorCode,
  makeFolder,
  partBeside,
  refuseDiskError,
  removeByRename,
  removeDeadParts,
  removePart,
  renameDurably,
  writeFileAtomically,
} from '../files/atomic-file.ts';
import { namesIn } from '../files/names-in.ts';
import { digestOfTree } from '../release/package-archive.ts';
import { layTree } from '../release/package-lay.ts';
import { PackageRefused } from '../release/package-archive-tree.ts';
import { parseReleaseBytes } from '../release/release-file.ts';

const slotsFolder = (root: string): string => join(root, 'slots');
const isPart = (name: string): boolean => name.includes('.part-');

type SlotOptions = {
  readonly root: string;
  readonly release: Release;
  readonly archiveFile: string;
  /** The release of another slot that the file is a delta from; absent: it is an archive. */
  readonly from?: Release | undefined;
  readonly platform: Platform;
};

/** A slot that stands and is whole is left as it is; a damaged one is replaced if none uses it. */
export async function addSlot(options: SlotOptions): Promise<Result<{ slot: string }>> {
  const { root, release, archiveFile, from, platform } = options;
  const { manifest } = release;
  const chosen = packageOf(manifest, platform);
  if (!chosen.ok) return chosen;
  const slot = slotNameOf(release);
  const folder = join(slotsFolder(root), slot);
  const part = partBeside(folder);
  try {
    await makeFolder(slotsFolder(root));
    await removeDeadParts(folder);
    const standing = await standingSlot({ root, slot, treeDigest: chosen.value.treeDigest });
    if (!standing.ok) return standing;
    if (standing.value === 'whole') return ok({ slot });
    const { treeDigest, treeBytes: bytesMax, fileCount: filesMax } = chosen.value;
    const tree = join(part, 'tree');
    const unpacked = await layTree({
      file: archiveFile,
      oldFolder: from === undefined ? null : join(slotsFolder(root), slotNameOf(from), 'tree'),
      folder: tree,
      treeDigest,
      bytesMax,
      filesMax,
    });
    if (!unpacked.ok) return unpacked;
    const written = await writeFileAtomically(join(part, 'release.json'), canonicalJson(manifest));
    if (!written.ok) return written;
    await renameSlot(part, folder);
    return ok({ slot });
  } catch (error) {
    return refuseDiskError(error, folder);
  } finally {
    await removePart(part);
  }
}

/** Another program may have put the same slot there meanwhile: then that one is as good. */
async function renameSlot(part: string, folder: string): Promise<void> {
  try {
    await renameDurably(part, folder);
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}

async function standingSlot(options: {
  readonly root: string;
  readonly slot: string;
  readonly treeDigest: Digest;
}): Promise<Result<'whole' | 'absent'>> {
  const { root, slot, treeDigest: expected } = options;
  const folder = join(slotsFolder(root), slot);
  if (!(await namesIn(slotsFolder(root))).includes(slot)) return ok('absent');
  const release = await readSlot(root, slot);
  const found = await treeDigestIn(folder);
  if (release.ok && found === expected) return ok('whole');
  if ((await slotsInUse(root)).has(slot)) {
    return refuse(problem('PACKAGE_DIGEST_WRONG', { expected, found }));
  }
  await removeByRename(folder);
  return ok('absent');
}

async function treeDigestIn(slotFolder: string): Promise<string> {
  try {
    return (await digestOfTree(join(slotFolder, 'tree'))).treeDigest;
  } catch (error) {
    if (error instanceof PackageRefused) return error.because.code;
    const code = errorCode(error);
    if (code === null) throw error;
    return code;
  }
}

/** The release that a slot is, by the digest of what stands beside its tree. */
export async function readSlot(root: string, slot: string): Promise<Result<Release>> {
  const file = join(slotsFolder(root), slot, 'release.json');
  const release = await readReleaseJson(file);
  if (release.ok && slotNameOf(release.value) !== slot) {
    const detail = `belongs to ${slotNameOf(release.value)}`;
    return refuse(problem('PACKAGE_UNREADABLE', { file, detail }));
  }
  return release;
}

export async function readReleaseJson(file: string): Promise<Result<Release>> {
  try {
    return parseReleaseBytes(await readFile(file), file);
  } catch (error) {
    return refuseDiskError(error, file);
  }
}

async function linkTarget(path: string): Promise<string | null> {
  try {
    return await readlink(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'EINVAL') return null;
    throw error;
  }
}

const lastPart = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Name of the slot that a track's `current` leads to; null before there is one. */
export async function currentSlot(root: string, track: Track): Promise<string | null> {
  const folder = join(root, 'tracks', track);
  const generation = await linkTarget(join(folder, 'current'));
  if (generation === null) return null;
  const slot = await linkTarget(join(folder, 'generations', lastPart(generation), 'slot'));
  return slot === null ? null : lastPart(slot);
}

/** Slots that any generation of any track leads to: something may run from there. */
async function slotsInUse(root: string): Promise<ReadonlySet<string>> {
  const used = new Set<string>();
  for (const track of await namesIn(join(root, 'tracks'))) {
    const generations = join(root, 'tracks', track, 'generations');
    for (const generation of await namesIn(generations)) {
      const slot = await linkTarget(join(generations, generation, 'slot'));
      if (slot !== null) used.add(lastPart(slot));
    }
  }
  return used;
}

/**
 * Removes slots that are neither named nor current on any track. Generations that led there
 * stay as they are; without their slot nobody can go back to them.
 */
export async function removeUnusedSlots(root: string, keep: readonly string[]): Promise<void> {
  const kept = new Set(keep);
  for (const track of ['program', 'agent'] as const) {
    const slot = await currentSlot(root, track);
    if (slot !== null) kept.add(slot);
  }
  const folder = slotsFolder(root);
  for (const name of await namesIn(folder)) {
    if (isPart(name)) await removeDeadParts(join(folder, name.slice(0, name.indexOf('.part-'))));
    else if (!kept.has(name)) await removeByRename(join(folder, name));
  }
}

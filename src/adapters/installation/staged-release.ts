/**
 * Finds a release that stands unpacked in a folder, and digests its files again. For slots,
 * program versions and contents alike: `<folder>/<name>/{release.json,tree/}`.
 */

import { join } from 'node:path';
import { packageFor, type Release } from '#domain/catalogue/release.ts';
import { slotNameOf } from '#domain/catalogue/slot-name.ts';
import type { Digest, Platform } from '#domain/names.ts';
import type { StagedReleases } from '#ports/installer.ts';
import { errorCode } from '../files/atomic-file.ts';
import { namesIn } from '../files/names-in.ts';
import { addSlot, readReleaseJson } from './installation-disk-slots.ts';
import { digestOfTree, PackageRefused } from '../release/package-archive-tree.ts';

/** null: nothing complete stands under that name. */
export async function readStaged(folder: string, name: string): Promise<Release | null> {
  try {
    const found = await readReleaseJson(join(folder, name, 'release.json'));
    return found.ok && slotNameOf(found.value) === name ? found.value : null;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

export async function standingIn(folder: string): Promise<readonly Release[]> {
  const found: Release[] = [];
  for (const name of await namesIn(folder)) {
    const release = await readStaged(folder, name);
    if (release !== null) found.push(release);
  }
  return found;
}

export async function findStaged(folder: string, digest: Digest): Promise<Release | null> {
  for (const name of await namesIn(folder)) {
    if (!name.endsWith(digest.slice(0, 12))) continue;
    const found = await readStaged(folder, name);
    if (found?.digest === digest) return found;
  }
  return null;
}

/** False also for a tree that cannot be read: then it is fetched again. */
export async function isTreeIntact(
  tree: string,
  release: Release,
  platform: Platform,
): Promise<boolean> {
  try {
    const { treeDigest } = await digestOfTree(tree);
    return packageFor(release.manifest, platform)?.treeDigest === treeDigest;
  } catch (error) {
    if (error instanceof PackageRefused || errorCode(error) !== null) return false;
    throw error;
  }
}

/** The slots of an installation folder, as places where the daemons' own releases wait. */
export function stagedSlots(root: string, platform: Platform): StagedReleases {
  const folder = join(root, 'slots');
  return {
    nameOf: slotNameOf,
    find: (digest) => findStaged(folder, digest),
    standing: () => standingIn(folder),
    async add(release, archiveFile, from) {
      const added = await addSlot({ root, release, archiveFile, from, platform });
      return added.ok ? { ok: true, value: null } : added;
    },
    isIntact: (release) =>
      isTreeIntact(join(folder, slotNameOf(release), 'tree'), release, platform),
  };
}

/**
 * The versions of one component side by side in a folder: `<folder>/<name>/{release.json,tree/}`,
 * and a `current` link to one of them. `release.json` is written last: without it a version is
 * not there. Absent: when a version is switched, and how it is started.
 */

import { readlink, rm, rmdir, stat } from 'node:fs/promises';
import { basename, join, relative, dirname } from 'node:path';
import { packageOf, type Release } from '#domain/catalogue/release.ts';
import { slotNameOf } from '#domain/catalogue/slot-name.ts';
import type { Platform } from '#domain/names.ts';
import { ok, type Result } from '#domain/result.ts';
import type { VersionFolders } from '#ports/installer.ts';
import { canonicalJson } from '#protocol/shared/release.ts';
import {
  errorCode,
  linkAtomically,
  makeFolder,
  refuseDiskError,
  removeByRename,
  removeDeadParts,
  syncFolder,
  writeFileAtomically,
} from '../files/atomic-file.ts';
import { namesIn } from '../files/names-in.ts';
import { layTree } from '../release/package-lay.ts';
import {
  findStaged,
  isTreeIntact,
  readStaged,
  standingIn,
} from '../installation/staged-release.ts';

export function versionFolders(options: {
  /** Holds the versions. */
  readonly folder: string;
  /** The link that names the current one. */
  readonly link: string;
  readonly platform: Platform;
}): VersionFolders {
  const { folder, link, platform } = options;
  const place = (name: string): string => join(folder, name);
  const tree = (name: string): string => join(folder, name, 'tree');

  const release = (name: string): Promise<Release | null> => readStaged(folder, name);

  async function current(): Promise<string | null> {
    try {
      return basename(await readlink(link));
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return null;
      throw error;
    }
  }

  async function list(): Promise<readonly string[]> {
    const found: { name: string; at: number }[] = [];
    for (const name of await namesIn(folder)) {
      const facts = await stat(join(folder, name, 'release.json')).catch(() => null);
      if (facts !== null && (await release(name)) !== null) found.push({ name, at: facts.mtimeMs });
    }
    return found.toSorted((left, right) => left.at - right.at).map(({ name }) => name);
  }

  async function point(name: string | null): Promise<Result<null>> {
    try {
      if (name === null) {
        await rm(link, { force: true });
        await syncFolder(dirname(link));
      } else {
        await linkAtomically(relative(dirname(link), place(name)), link);
      }
      return ok(null);
    } catch (error) {
      return refuseDiskError(error, link);
    }
  }

  return {
    nameOf: slotNameOf,
    find: (digest) => findStaged(folder, digest),
    standing: () => standingIn(folder),
    add: (one, file, from) => addVersion({ folder, platform, release: one, file, from }),
    isIntact: (one) => isTreeIntact(tree(slotNameOf(one)), one, platform),
    list,
    current,
    release,
    tree,
    point,
    async keepOnly(names) {
      for (const name of await namesIn(folder)) {
        if (name.includes('.part-')) {
          await removeDeadParts(place(name.slice(0, name.indexOf('.part-'))));
        } else if (!names.includes(name) && name !== basename(link)) {
          await removeByRename(place(name));
        }
      }
    },
  };
}

async function addVersion(options: {
  readonly folder: string;
  readonly platform: Platform;
  readonly release: Release;
  readonly file: string;
  readonly from: Release | undefined;
}): Promise<Result<null>> {
  const { folder, platform, release, file, from } = options;
  const chosen = packageOf(release.manifest, platform);
  if (!chosen.ok) return chosen;
  const place = join(folder, slotNameOf(release));
  const tree = join(place, 'tree');
  try {
    await makeFolder(place);
    if (!(await isTreeIntact(tree, release, platform))) {
      await rm(join(place, 'release.json'), { force: true });
      await rm(tree, { recursive: true, force: true });
      const { treeDigest, treeBytes: bytesMax, fileCount: filesMax } = chosen.value;
      const unpacked = await layTree({
        file,
        oldFolder: from === undefined ? null : join(folder, slotNameOf(from), 'tree'),
        folder: tree,
        treeDigest,
        bytesMax,
        filesMax,
      });
      if (!unpacked.ok) {
        // Nothing half made stays, an empty folder neither; one that is not empty is no matter.
        await rmdir(place).catch(() => undefined);
        return unpacked;
      }
    }
    return await writeFileAtomically(join(place, 'release.json'), canonicalJson(release.manifest));
  } catch (error) {
    return refuseDiskError(error, place);
  }
}

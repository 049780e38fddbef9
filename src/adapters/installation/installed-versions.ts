/** Which version of each component stands in an installation folder, read while nothing may run. */

import { basename, join } from 'node:path';
import { readlink } from 'node:fs/promises';
import type { Release } from '#domain/catalogue/release.ts';
import type { ComponentName } from '#domain/names.ts';
import { errorCode } from '../files/atomic-file.ts';
import { currentSlot, readSlot } from './installation-disk-slots.ts';
import { namesIn } from '../files/names-in.ts';
import { readStaged } from './staged-release.ts';

/** What cannot be read is left out: nobody can say what it is. */
export async function installedVersions(root: string): Promise<ReadonlyMap<ComponentName, string>> {
  const versions = new Map<ComponentName, string>();
  const note = (release: Release | null): void => {
    if (release !== null) versions.set(release.manifest.component, release.manifest.version);
  };
  for (const component of await namesIn(join(root, 'contents'))) {
    const folder = join(root, 'contents', component);
    note(await currentIn(folder, join(folder, 'current')));
  }
  for (const component of await namesIn(join(root, 'programs'))) {
    const folder = join(root, 'programs', component);
    note(await currentIn(join(folder, 'versions'), join(folder, 'current')));
  }
  note(await ownRelease(root));
  return versions;
}

async function currentIn(folder: string, link: string): Promise<Release | null> {
  try {
    return await readStaged(folder, basename(await readlink(link)));
  } catch (error) {
    if (errorCode(error) === null) throw error;
    return null;
  }
}

async function ownRelease(root: string): Promise<Release | null> {
  const slot = await currentSlot(root, 'program');
  const release = slot === null ? null : await readSlot(root, slot).catch(() => null);
  return release?.ok === true ? release.value : null;
}

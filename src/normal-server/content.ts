/**
 * Installs content (patterns, engines): unpack beside, one rename of `current`, keep a few before
 * it. Needs no lease and runs nothing; what uses the content notices the link. Where an engine is set for
 * it, engine-content.ts installs it instead.
 */

import type { ComponentName } from '#domain/names.ts';
import type { VersionFolders } from '#ports/installer.ts';
import type { Installer } from './kind.ts';
import { limits } from './limits.ts';

export function contentInstaller(
  foldersOf: (component: ComponentName) => VersionFolders,
): Installer {
  return {
    refusal: () => null,
    standing: (release) => foldersOf(release.manifest.component).standing(),
    add: (release, file, from) => foldersOf(release.manifest.component).add(release, file, from),
    isIntact: (release) => foldersOf(release.manifest.component).isIntact(release),
    async switchTo(release) {
      const folders = foldersOf(release.manifest.component);
      const before = await folders.current();
      const name = folders.nameOf(release);
      const pointed = await folders.point(name);
      if (!pointed.ok) return { end: 'failed', because: pointed.because };
      await keepContents(folders, name, before);
      return { end: 'installed' };
    },
  };
}

/** Beside the current one, the newest of the others; the one before is the newest of all. */
export async function keepContents(
  folders: VersionFolders,
  name: string,
  before: string | null,
): Promise<void> {
  const others = (await folders.list()).filter((one) => one !== name && one !== before);
  const newest = [...others, ...(before === null ? [] : [before])].slice(-limits.contentsKept);
  await folders.keepOnly([name, ...newest]);
}

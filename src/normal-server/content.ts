/**
 * Installs content (patterns, engines): unpack beside, one rename of `current`, keep a few before
 * it. Needs no lease and runs nothing; what uses the content notices the link.
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
    add: (release, archiveFile) => foldersOf(release.manifest.component).add(release, archiveFile),
    isIntact: (release) => foldersOf(release.manifest.component).isIntact(release),
    async switchTo(release) {
      const folders = foldersOf(release.manifest.component);
      const before = await folders.current();
      const name = folders.nameOf(release);
      const pointed = await folders.point(name);
      if (!pointed.ok) return { end: 'failed', because: pointed.because };
      const others = (await folders.list()).filter((one) => one !== name && one !== before);
      const newest = [...others, ...(before === null ? [] : [before])].slice(-limits.contentsKept);
      await folders.keepOnly([name, ...newest]);
      return { end: 'installed' };
    },
  };
}

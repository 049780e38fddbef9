/** Which installer a release belongs to. */

import type { Release } from '#domain/catalogue/release.ts';
import type { ComponentName } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { VersionFolders } from '#ports/installer.ts';
import type { WantedItem } from '#protocol/normal-server/messages.ts';
import { contentInstaller } from './content.ts';
import type { EngineWorld } from './engine-content.ts';
import type { Installer } from './kind.ts';
import { selfInstaller, type SelfWorld } from './self-program.ts';
import type { VersionsWorld } from './version-hooks.ts';
import { versionsInstaller } from './versioned-program.ts';

export type KindWorlds = {
  /** The component that this very daemon belongs to. */
  readonly selfName: ComponentName;
  readonly self: SelfWorld;
  readonly versions: (component: ComponentName) => VersionsWorld;
  readonly content: (component: ComponentName) => VersionFolders;
  /** null: nothing here works with it that would have to be told. */
  readonly engine: (component: ComponentName) => EngineWorld | null;
};

export type Kinds = {
  readonly worlds: KindWorlds;
  installerOf(release: Release): Result<Installer>;
  /** A release that stands staged, or is installed. */
  find(item: WantedItem): Promise<Release | null>;
};

export function kindsOf(worlds: KindWorlds): Kinds {
  const { self, versions, content, selfName } = worlds;
  return {
    worlds,
    installerOf({ manifest: { kind, lane, component } }) {
      // A release of another kind under the daemon's own name could never be switched.
      const fits = (kind === 'content') === (lane === 'content');
      if (fits && (component === selfName) === (kind === 'self'))
        return ok(installerFor(kind, component, worlds));
      return refuse(problem('RELEASE_NOT_A_PROGRAM', { component }));
    },
    find({ component, lane, digest }) {
      if (lane === 'content') return content(component).find(digest);
      if (component === selfName) return self.slots.find(digest);
      return versions(component).folders.find(digest);
    },
  };
}

/** Made when it is asked for: most computers never see most kinds. */
function installerFor(
  kind: Release['manifest']['kind'],
  component: ComponentName,
  worlds: KindWorlds,
): Installer {
  switch (kind) {
    case 'self':
      return selfInstaller(worlds.self);
    case 'tree':
    case 'command':
      return versionsInstaller(worlds.versions);
    case 'content': {
      const engine = worlds.engine(component);
      return engine === null ? contentInstaller(worlds.content) : versionsInstaller(() => engine);
    }
  }
}

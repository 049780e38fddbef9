/**
 * What is switched with a line in the intent file beforehand, so that a later process can take it up:
 * programs of the kinds `tree` and `command`, whose versions stand side by side under ROOT/programs,
 * and content that an engine works with.
 */

import type { Release } from '#domain/catalogue/release.ts';
import type { ComponentName } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import {
  finishContent,
  returnContent,
  switchEngineContent,
  type EngineWorld,
} from './engine-content.ts';
import { finishCommand, returnCommand, switchCommand } from './command-program.ts';
import type { Installer, SwitchEnd, SwitchLease } from './kind.ts';
import { limits } from './limits.ts';
import { openSwitch, type SwitchIntent } from './switch-intents.ts';
import { finishTree, returnTree, switchTree } from './tree-program.ts';
import { interrupted, manifestOf, type VersionsWorld } from './version-hooks.ts';

export type OpenVersionSwitch = {
  readonly release: Release;
  readonly before: Release | null;
  /** Finishes or undoes it. */
  finish(proving: () => void): Promise<SwitchEnd>;
};

export function versionsInstaller(
  worldOf: (component: ComponentName) => VersionsWorld | EngineWorld,
): Installer {
  const world = (release: Release): VersionsWorld | EngineWorld =>
    worldOf(release.manifest.component);
  return {
    refusal: () => null,
    standing: (release) => world(release).folders.standing(),
    add: (release, file, from) => world(release).folders.add(release, file, from),
    isIntact: (release) => world(release).folders.isIntact(release),
    switchTo: (release, lease, proving, isWanted) =>
      begin(world(release), release, { lease, proving, isWanted }),
  };
}

function isOfEngine(world: VersionsWorld | EngineWorld): world is EngineWorld {
  return 'engine' in world;
}

type Switching = {
  readonly lease: SwitchLease | null;
  readonly proving: () => void;
  readonly isWanted?: (() => boolean) | undefined;
};

async function begin(
  world: VersionsWorld | EngineWorld,
  release: Release,
  { lease, proving, isWanted }: Switching,
): Promise<SwitchEnd> {
  const { folders, clock } = world;
  const { kind, component } = release.manifest;
  const at = clock.now();
  const until = lease?.until ?? at;
  const change = { from: await folders.current(), to: folders.nameOf(release), at, until };
  if (change.from === change.to) return { end: 'installed' };
  const before = change.from === null ? null : await manifestOf(world, change.from);
  // How the one goes back says nothing of how the other does.
  if (before !== null && before.kind !== kind) {
    return { end: 'failed', because: problem('RELEASE_NOT_A_PROGRAM', { component }) };
  }
  world.intents.append({ type: 'switch', ...change } satisfies SwitchIntent);
  if (isOfEngine(world)) {
    const { digest } = release;
    return switchEngineContent(world, change, { digest, isWanted });
  }
  return (kind === 'command' ? switchCommand : switchTree)(world, change, proving);
}

/** What an earlier run of the daemon left open; null: nothing. */
export async function resume(
  world: VersionsWorld | EngineWorld,
): Promise<OpenVersionSwitch | null> {
  const lines = world.intents.read();
  const open = openSwitch(lines);
  if (open === null) {
    if (lines.length > limits.intentLinesMax) world.intents.rewrite([]);
    return null;
  }
  const { from, to } = open.change;
  const before = from === null ? null : await world.folders.release(from);
  const release = await world.folders.release(to);
  if (isOfEngine(world)) {
    if (release === null) {
      await returnContent(world, open.change, interrupted);
      return null;
    }
    return { release, before, finish: () => finishContent(world, open) };
  }
  const isCommand = (release ?? before)?.manifest.kind === 'command';
  if (release === null) {
    // The new version's folder cannot be read any more, so nothing can be run in it.
    await (isCommand ? returnCommand : returnTree)(world, open.change, interrupted);
    return null;
  }
  const finish = isCommand ? finishCommand : finishTree;
  return { release, before, finish: (proving) => finish(world, open, proving) };
}

/**
 * Switches a program of kind `tree`: stop the old version, one rename, start the new one, ask it
 * for its health; or go back. A kill anywhere is finished or undone by `resume`, so stop and start
 * commands may be run twice and must bear it. Absent: leases, downloads, what the program is.
 */

import type { Release, TreeCommand, TreeCommands } from '#domain/catalogue/release.ts';
import type { ComponentName } from '#domain/names.ts';
import type { Clock } from '#ports/clock.ts';
import type {
  AskHealth,
  CommandEnd,
  Intents,
  RunCommand,
  VersionFolders,
} from '#ports/installer.ts';
import type { Installer, SwitchEnd, SwitchLease } from './installer.ts';
import { limits } from './limits.ts';
import {
  openSwitch,
  type OpenSwitch,
  type Reason,
  type TreeChange,
  type TreeIntent,
} from './tree-intents.ts';

export type TreeWorld = {
  readonly component: ComponentName;
  readonly folders: VersionFolders;
  readonly intents: Intents;
  readonly run: RunCommand;
  readonly askHealth: AskHealth;
  readonly clock: Clock;
};

export type OpenTreeSwitch = {
  readonly release: Release;
  readonly before: Release | null;
  /** Finishes or undoes it. */
  finish(proving: () => void): Promise<SwitchEnd>;
};

export function treeInstaller(worldOf: (component: ComponentName) => TreeWorld): Installer {
  const world = (release: Release): TreeWorld => worldOf(release.manifest.component);
  return {
    refusal: () => null,
    add: (release, archiveFile) => world(release).folders.add(release, archiveFile),
    isIntact: (release) => world(release).folders.isIntact(release),
    switchTo: (release, lease, proving) => switchTree(world(release), release, { lease, proving }),
  };
}

type Switching = { readonly lease: SwitchLease | null; readonly proving: () => void };

async function switchTree(
  world: TreeWorld,
  release: Release,
  { lease, proving }: Switching,
): Promise<SwitchEnd> {
  const { folders, clock } = world;
  const at = clock.now();
  const until = lease?.until ?? at;
  const change = { from: await folders.current(), to: folders.nameOf(release), at, until };
  if (change.from === change.to) return { end: 'installed' };
  world.intents.append({ type: 'switch', ...change } satisfies TreeIntent);
  return replace(world, change, proving);
}

/** The old version stops, and one rename makes the new one current. */
async function replace(
  world: TreeWorld,
  change: TreeChange,
  proving: () => void,
): Promise<SwitchEnd> {
  if (change.from !== null) {
    const stopped = await runNamed(world, change.from, 'stop');
    if (!stopped.ok) return goBack(world, change, hookReason('stop', stopped));
  }
  const pointed = await world.folders.point(change.to);
  if (!pointed.ok) {
    const detail = JSON.stringify(pointed.because);
    return goBack(world, change, { cause: 'disk', detail });
  }
  return goForward(world, change, proving);
}

/** The new version is current: it is started, must show its health, and is kept. */
async function goForward(
  world: TreeWorld,
  change: TreeChange,
  proving: () => void,
): Promise<SwitchEnd> {
  proving();
  const started = await runNamed(world, change.to, 'start');
  if (!started.ok) return goBack(world, change, hookReason('start', started));
  const sick = await healthProblem(world, change.to);
  if (sick !== null) return goBack(world, change, sick);
  await append(world, { type: 'committed', to: change.to });
  const kept = [change.to, ...(change.from === null ? [] : [change.from])];
  await world.folders.keepOnly(kept.slice(0, 1 + limits.programsKept));
  return { end: 'installed' };
}

async function goBack(world: TreeWorld, change: TreeChange, reason: Reason): Promise<SwitchEnd> {
  const detail = reason.detail.slice(0, limits.detailCharactersMax - 200);
  await append(world, { type: 'returning', to: change.to, cause: reason.cause, detail });
  return finishReturn(world, change, { cause: reason.cause, detail });
}

async function finishReturn(
  world: TreeWorld,
  change: TreeChange,
  reason: Reason,
): Promise<SwitchEnd> {
  const notes = [reason.detail];
  if ((await world.folders.current()) === change.to) {
    const stopped = await runNamed(world, change.to, 'stop');
    if (!stopped.ok) notes.push(`the new version did not stop: ${stopped.detail}`);
    await untilDone(world, async () => (await world.folders.point(change.from)).ok);
  }
  if (change.from !== null) {
    const started = await runNamed(world, change.from, 'start');
    if (!started.ok) notes.push(`the version before did not start: ${started.detail}`);
  }
  await append(world, { type: 'returned', to: change.to });
  const detail = notes.join('; ').slice(0, limits.detailCharactersMax);
  return { end: 'returned', cause: reason.cause, detail };
}

/** What an earlier run of the daemon left open; null: nothing. */
export async function resume(world: TreeWorld): Promise<OpenTreeSwitch | null> {
  const lines = world.intents.read();
  const open = openSwitch(lines);
  if (open === null) {
    if (lines.length > limits.intentLinesMax) world.intents.rewrite([]);
    return null;
  }
  const { change } = open;
  const release = await world.folders.release(change.to);
  if (release === null) {
    // The new version's folder cannot be read any more, so nothing can be run in it.
    await finishReturn(world, change, interrupted);
    return null;
  }
  const before = change.from === null ? null : await world.folders.release(change.from);
  return { release, before, finish: (proving) => finishOpen(world, open, proving) };
}

const interrupted: Reason = { cause: 'unknown', detail: 'interrupted before the switch' };

/** Forward as long as the lease allows it, or once the new version is current; else back. */
async function finishOpen(
  world: TreeWorld,
  { change, returning }: OpenSwitch,
  proving: () => void,
): Promise<SwitchEnd> {
  if (returning !== null) return finishReturn(world, change, returning);
  if ((await world.folders.current()) === change.to) return goForward(world, change, proving);
  const now = world.clock.now();
  if (change.at <= now && now < change.until) return replace(world, change, proving);
  return goBack(world, change, interrupted);
}

async function healthProblem(world: TreeWorld, name: string): Promise<Reason | null> {
  const health = (await commandsOf(world, name))?.health;
  if (health === undefined) return null;
  for (let time = 1; time <= health.times; time++) {
    if (time > 1) await pause(world.clock, health.intervalSeconds * 1_000);
    const answer =
      'argv' in health ? await runCommand(world, name, health) : await world.askHealth(health);
    if (!answer.ok) {
      const detail = `health ${time} of ${health.times}: ${answer.detail}`;
      return { cause: answer.timeout ? 'timeout' : 'health', detail };
    }
  }
  return null;
}

function hookReason(hook: 'start' | 'stop', end: Extract<CommandEnd, { ok: false }>): Reason {
  return { cause: end.timeout ? 'timeout' : 'hook', detail: `${hook}: ${end.detail}` };
}

async function commandsOf(world: TreeWorld, name: string): Promise<TreeCommands | undefined> {
  return (await world.folders.release(name))?.manifest.tree;
}

async function runNamed(
  world: TreeWorld,
  name: string,
  hook: 'start' | 'stop',
): Promise<CommandEnd> {
  const command = (await commandsOf(world, name))?.[hook];
  return command === undefined ? { ok: true } : runCommand(world, name, command);
}

function runCommand(
  { run, folders, component }: TreeWorld,
  name: string,
  { argv, secondsMax }: TreeCommand,
): Promise<CommandEnd> {
  return run({ argv, folder: folders.tree(name), secondsMax, component });
}

/** In the middle of a switch there is no way but on: a full disk is waited for. */
function append(world: TreeWorld, intent: TreeIntent): Promise<void> {
  return untilDone(world, () => {
    try {
      world.intents.append(intent);
      return Promise.resolve(true);
    } catch {
      return Promise.resolve(false);
    }
  });
}

async function untilDone({ clock }: TreeWorld, act: () => Promise<boolean>): Promise<void> {
  while (!(await act())) await pause(clock, limits.diskAgainMilliseconds);
}

function pause(clock: Clock, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(milliseconds, resolve);
  });
}

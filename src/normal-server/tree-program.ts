/**
 * Switches a program of kind `tree`: stop the old version, one rename, start the new one, ask it
 * for its health; or go back. A kill anywhere is finished or undone by `finishTree`, so stop and
 * start commands may be run twice and must bear it. Absent: leases, downloads, what the program is.
 */

import type { CommandEnd } from '#ports/installer.ts';
import type { SwitchEnd } from './kind.ts';
import { limits } from './limits.ts';
import type { OpenSwitch, Reason, SwitchChange } from './switch-intents.ts';
import {
  append,
  healthProblem,
  hookReason,
  interrupted,
  keepForReturn,
  manifestOf,
  pointAtLast,
  runHook,
  type VersionsWorld,
} from './version-hooks.ts';

/** The old version stops, and one rename makes the new one current. */
export async function switchTree(
  world: VersionsWorld,
  change: SwitchChange,
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
  world: VersionsWorld,
  change: SwitchChange,
  proving: () => void,
): Promise<SwitchEnd> {
  proving();
  const started = await runNamed(world, change.to, 'start');
  if (!started.ok) return goBack(world, change, hookReason('start', started));
  const health = (await manifestOf(world, change.to))?.tree?.health;
  const sick = await healthProblem(world, change.to, health);
  if (sick !== null) return goBack(world, change, sick);
  await append(world, { type: 'committed', to: change.to });
  await keepForReturn(world, change);
  return { end: 'installed' };
}

async function goBack(
  world: VersionsWorld,
  change: SwitchChange,
  reason: Reason,
): Promise<SwitchEnd> {
  const detail = reason.detail.slice(0, limits.detailCharactersMax - 200);
  await append(world, { type: 'returning', to: change.to, cause: reason.cause, detail });
  return returnTree(world, change, { cause: reason.cause, detail });
}

export async function returnTree(
  world: VersionsWorld,
  change: SwitchChange,
  reason: Reason,
): Promise<SwitchEnd> {
  const notes = [reason.detail];
  if ((await world.folders.current()) === change.to) {
    const stopped = await runNamed(world, change.to, 'stop');
    if (!stopped.ok) notes.push(`the new version did not stop: ${stopped.detail}`);
    await pointAtLast(world, change.from);
  }
  if (change.from !== null) {
    const started = await runNamed(world, change.from, 'start');
    if (!started.ok) notes.push(`the version before did not start: ${started.detail}`);
  }
  await append(world, { type: 'returned', to: change.to });
  const detail = notes.join('; ').slice(0, limits.detailCharactersMax);
  return { end: 'returned', cause: reason.cause, detail };
}

/** Forward as long as the lease allows it, or once the new version is current; else back. */
export async function finishTree(
  world: VersionsWorld,
  { change, returning }: OpenSwitch,
  proving: () => void,
): Promise<SwitchEnd> {
  if (returning !== null) return returnTree(world, change, returning);
  if ((await world.folders.current()) === change.to) return goForward(world, change, proving);
  const now = world.clock.now();
  if (change.at <= now && now < change.until) return switchTree(world, change, proving);
  return goBack(world, change, interrupted);
}

async function runNamed(
  world: VersionsWorld,
  name: string,
  hook: 'start' | 'stop',
): Promise<CommandEnd> {
  const command = (await manifestOf(world, name))?.tree?.[hook];
  return command === undefined ? { ok: true } : runHook(world, name, command);
}

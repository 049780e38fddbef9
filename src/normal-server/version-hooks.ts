/**
 * What switches of programs have in common: the commands that a version declares, the question for
 * its health, and the lines that must stand on the disk before anything is done. Absent: in which
 * order, which is each kind's own.
 */

import type { HealthCheck, ReleaseManifest, TreeCommand } from '#domain/catalogue/release.ts';
import type { ComponentName } from '#domain/names.ts';
import type { Clock } from '#ports/clock.ts';
import type {
  AskHealth,
  AwaitCommand,
  CommandEnd,
  Intents,
  RunCommand,
  VersionFolders,
} from '#ports/installer.ts';
import { limits } from './limits.ts';
import type { Reason, SwitchIntent } from './switch-intents.ts';

export type VersionsWorld = {
  readonly component: ComponentName;
  readonly folders: VersionFolders;
  readonly intents: Intents;
  readonly run: RunCommand;
  readonly awaitCommand: AwaitCommand;
  readonly askHealth: AskHealth;
  readonly clock: Clock;
};

export const interrupted: Reason = { cause: 'unknown', detail: 'interrupted before the switch' };

/** What that version says of itself; null: its folder cannot be read. */
export async function manifestOf(
  { folders }: VersionsWorld,
  name: string,
): Promise<ReleaseManifest | null> {
  return (await folders.release(name))?.manifest ?? null;
}

export function runHook(
  { run, folders, component }: VersionsWorld,
  name: string,
  { argv, secondsMax }: TreeCommand,
  mark?: string,
): Promise<CommandEnd> {
  return run({ argv, folder: folders.tree(name), secondsMax, component, mark });
}

export function hookReason(hook: string, end: Extract<CommandEnd, { ok: false }>): Reason {
  return { cause: end.timeout ? 'timeout' : 'hook', detail: `${hook}: ${end.detail}` };
}

/** null: it is well, as often in a row as was asked. */
export async function healthProblem(
  world: VersionsWorld,
  name: string,
  health: HealthCheck | undefined,
): Promise<Reason | null> {
  if (health === undefined) return null;
  for (let time = 1; time <= health.times; time++) {
    if (time > 1) await pause(world.clock, health.intervalSeconds * 1_000);
    const answer =
      'argv' in health ? await runHook(world, name, health) : await world.askHealth(health);
    if (!answer.ok) {
      const detail = `health ${time} of ${health.times}: ${answer.detail}`;
      return { cause: answer.timeout ? 'timeout' : 'health', detail };
    }
  }
  return null;
}

/** In the middle of a switch there is no way but on: a full disk is waited for. */
export function append(world: VersionsWorld, intent: SwitchIntent): Promise<void> {
  return untilDone(world, () => {
    try {
      world.intents.append(intent);
      return Promise.resolve(true);
    } catch {
      return Promise.resolve(false);
    }
  });
}

export function pointAtLast(world: VersionsWorld, name: string | null): Promise<void> {
  return untilDone(world, async () => (await world.folders.point(name)).ok);
}

/** The version that runs, and one behind it to go back to. */
export function keepForReturn(
  { folders }: VersionsWorld,
  { to, from }: { readonly to: string; readonly from: string | null },
): Promise<void> {
  const kept = [to, ...(from === null ? [] : [from])];
  return folders.keepOnly(kept.slice(0, 1 + limits.programsKept));
}

async function untilDone({ clock }: VersionsWorld, act: () => Promise<boolean>): Promise<void> {
  while (!(await act())) await pause(clock, limits.diskAgainMilliseconds);
}

export function pause(clock: Clock, milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(milliseconds, resolve);
  });
}

/**
 * Switches a program of kind `command`, which a vendor's own installer lays down: Dankai cannot
 * switch it by one rename, so it asks the version's check command which one stands, before and
 * after everything. A kill in the middle ends where the check says: at the new version, at the one
 * before, or, where neither is whole, at none, and is told so. Absent: what the installer does.
 */

import type { VendorCommands } from '#domain/catalogue/release.ts';
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

/** What stands is taken as it is, so an installation by hand is adopted by its version's release. */
export async function switchCommand(
  world: VersionsWorld,
  change: SwitchChange,
  proving: () => void,
): Promise<SwitchEnd> {
  if (await stands(world, change.to)) return prove(world, change, proving);
  const failed = await tryInstall(world, change.to, markOf(change, 'install'));
  return failed === null ? prove(world, change, proving) : goBack(world, change, failed);
}

/** null: its own check says that it stands. */
async function tryInstall(
  world: VersionsWorld,
  name: string,
  mark: string,
): Promise<Reason | null> {
  const commands = await commandsOf(world, name);
  if (commands === null) return { cause: 'disk', detail: `${name} cannot be read` };
  const ran = await runHook(world, name, commands.install, mark);
  if (!ran.ok) return hookReason('install', ran);
  const said = await runHook(world, name, commands.check);
  return said.ok ? null : hookReason('check after install', said);
}

async function prove(
  world: VersionsWorld,
  change: SwitchChange,
  proving: () => void,
): Promise<SwitchEnd> {
  proving();
  const health = (await commandsOf(world, change.to))?.health;
  const sick = await healthProblem(world, change.to, health);
  if (sick !== null) return goBack(world, change, sick);
  await pointAtLast(world, change.to);
  await append(world, { type: 'committed', to: change.to });
  await keepForReturn(world, change);
  return { end: 'installed' };
}

async function goBack(
  world: VersionsWorld,
  change: SwitchChange,
  reason: Reason,
): Promise<SwitchEnd> {
  const detail = reason.detail.slice(0, limits.detailCharactersMax - 500);
  await append(world, { type: 'returning', to: change.to, cause: reason.cause, detail });
  return returnCommand(world, change, { cause: reason.cause, detail });
}

export async function returnCommand(
  world: VersionsWorld,
  change: SwitchChange,
  reason: Reason,
): Promise<SwitchEnd> {
  const notes = [reason.detail, ...(await undo(world, change))];
  const isBack = change.from === null || (await stands(world, change.from));
  if (!isBack) notes.push('neither version stands whole');
  // What nobody says to stand is not reported as installed, nor is what was to go.
  await pointAtLast(world, isBack ? change.from : null);
  await append(world, { type: 'returned', to: change.to });
  const detail = notes.join('; ').slice(0, limits.detailCharactersMax);
  return { end: 'returned', cause: reason.cause, detail, isNoneLeft: !isBack };
}

/** Its go-back command; where that does not bring back the version before, that one's install. */
async function undo(world: VersionsWorld, change: SwitchChange): Promise<string[]> {
  const notes: string[] = [];
  const commands = await commandsOf(world, change.to);
  if (commands !== null) {
    const ran = await runHook(world, change.to, commands.goBack, markOf(change, 'go-back'));
    if (!ran.ok) notes.push(`going back: ${ran.detail}`);
  }
  if (change.from === null) {
    if (await stands(world, change.to)) notes.push('it still stands');
  } else if (!(await stands(world, change.from))) {
    const failed = await tryInstall(world, change.from, markOf(change, 'install-before'));
    if (failed !== null) notes.push(`the version before: ${failed.detail}`);
  }
  return notes;
}

/**
 * Where an earlier process was ended, the check decides. What that one's command still does is waited
 * for before another is begun, as long as it may take: two at once would spoil each other.
 */
export async function finishCommand(
  world: VersionsWorld,
  { change, returning }: OpenSwitch,
  proving: () => void,
): Promise<SwitchEnd> {
  const { to, at, until } = change;
  if (returning !== null) {
    await awaitEarlier(world, change, ['go-back', 'install-before']);
    return returnCommand(world, change, returning);
  }
  if (await stands(world, to)) return prove(world, change, proving);
  await awaitEarlier(world, change, ['install']);
  const now = world.clock.now();
  if (at <= now && now < until) return switchCommand(world, change, proving);
  return (await stands(world, to))
    ? prove(world, change, proving)
    : goBack(world, change, interrupted);
}

type Step = 'install' | 'go-back' | 'install-before';

async function awaitEarlier(
  world: VersionsWorld,
  change: SwitchChange,
  steps: readonly Step[],
): Promise<void> {
  for (const step of steps) {
    const name = step === 'install-before' ? change.from : change.to;
    const commands = name === null ? null : await commandsOf(world, name);
    const command = step === 'go-back' ? commands?.goBack : commands?.install;
    if (command !== undefined) await world.awaitCommand(markOf(change, step), command.secondsMax);
  }
}

/** The same in a later process, which finds by it what an earlier one left running. */
function markOf({ to, at }: SwitchChange, step: Step): string {
  return `${step} ${to} ${at}`;
}

async function stands(world: VersionsWorld, name: string): Promise<boolean> {
  const commands = await commandsOf(world, name);
  return commands !== null && (await runHook(world, name, commands.check)).ok;
}

async function commandsOf(world: VersionsWorld, name: string): Promise<VendorCommands | null> {
  return (await manifestOf(world, name))?.command ?? null;
}

/**
 * Installs content that an engine works with: the engine tries it beside, then one rename of
 * `current`, the engine takes it, and is watched; or the content before is back. A kill anywhere is
 * finished or undone by `finishContent`. Absent: what the engine is.
 */

import type { Digest } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import type { ContentEngine } from '#ports/content-engine.ts';
import type { CommandEnd } from '#ports/installer.ts';
import { keepContents } from './content.ts';
import type { SwitchEnd } from './kind.ts';
import { limits } from './limits.ts';
import type { OpenSwitch, Reason, SwitchChange } from './switch-intents.ts';
import { append, pause, pointAtLast, type VersionsWorld } from './version-hooks.ts';

export type EngineWorld = VersionsWorld & { readonly engine: ContentEngine };

/** `isWanted`: still, by whoever is heard at that moment; absent: an earlier process was told. */
export async function switchEngineContent(
  world: EngineWorld,
  change: SwitchChange,
  of?: { readonly digest: Digest; readonly isWanted?: (() => boolean) | undefined },
): Promise<SwitchEnd> {
  const { engine, folders } = world;
  const tried = await engine.tries(folders.tree(change.to));
  // The engine never saw it, so there is nothing to go back from.
  if (!tried.ok) return closed(world, change, reasonOf('tried beside the engine', tried));
  // Trying may take minutes, in which it was withdrawn.
  if (of?.isWanted?.() === false) {
    await append(world, { type: 'returned', to: change.to });
    return { end: 'failed', because: problem('DIGEST_NOT_WANTED', { digest: of.digest }) };
  }
  const pointed = await folders.point(change.to);
  if (!pointed.ok) {
    await append(world, { type: 'returned', to: change.to });
    return { end: 'failed', because: pointed.because };
  }
  return useAndWatch(world, change);
}

async function useAndWatch(world: EngineWorld, change: SwitchChange): Promise<SwitchEnd> {
  const against = await againstUse(world);
  if (against !== null) return goBack(world, change, against);
  await append(world, { type: 'committed', to: change.to });
  await keepContents(world.folders, change.to, change.from);
  return { end: 'installed' };
}

/** null: the engine took what is current, and is well with it. */
async function againstUse({ engine, clock }: EngineWorld): Promise<Reason | null> {
  const taken = await engine.takes();
  if (!taken.ok) return reasonOf('taken by the engine', taken);
  for (let time = 1; time <= engine.times; time++) {
    if (time > 1) await pause(clock, engine.intervalSeconds * 1_000);
    const well = await engine.isWell();
    if (!well.ok) return reasonOf(`watched, ${time} of ${engine.times}`, well);
  }
  return null;
}

async function goBack(
  world: EngineWorld,
  change: SwitchChange,
  reason: Reason,
): Promise<SwitchEnd> {
  await append(world, { type: 'returning', to: change.to, ...reason });
  return returnContent(world, change, reason);
}

/** Without content before it there is nothing that the engine could take. */
export async function returnContent(
  world: EngineWorld,
  change: SwitchChange,
  reason: Reason,
): Promise<SwitchEnd> {
  await pointAtLast(world, change.from);
  const taken: CommandEnd = change.from === null ? { ok: true } : await world.engine.takes();
  const note = taken.ok ? '' : `; with the content before: ${taken.detail}`;
  return closed(world, change, { ...reason, detail: `${reason.detail}${note}` });
}

async function closed(
  world: EngineWorld,
  change: SwitchChange,
  reason: Reason,
): Promise<SwitchEnd> {
  await append(world, { type: 'returned', to: change.to });
  return { end: 'returned', ...reason, detail: reason.detail.slice(0, limits.detailCharactersMax) };
}

/** Content needs no lease: what was not switched yet is begun anew. */
export async function finishContent(
  world: EngineWorld,
  { change, returning }: OpenSwitch,
): Promise<SwitchEnd> {
  if (returning !== null) return returnContent(world, change, returning);
  const isPointed = (await world.folders.current()) === change.to;
  return isPointed ? useAndWatch(world, change) : switchEngineContent(world, change);
}

function reasonOf(what: string, end: Extract<CommandEnd, { ok: false }>): Reason {
  const detail = `${what}: ${end.detail}`.slice(0, limits.detailCharactersMax - 500);
  return { cause: end.timeout ? 'timeout' : 'health', detail };
}

/** The switches that an earlier process began and that this one has to bring to their end. */

import type { Kinds } from './kinds.ts';
import type { OpenSwitch } from './switching.ts';
import type { ProgramWorld } from './program-world.ts';
import { followProving, followSwitch, type AskedSwitch } from './self-program.ts';
import { resume } from './versioned-program.ts';

/** Of other programs first, then of this program itself. */
export async function openSwitches(
  world: ProgramWorld,
  kinds: Kinds,
  asked: AskedSwitch | null,
): Promise<readonly OpenSwitch[]> {
  const open: OpenSwitch[] = [];
  const { versions, engine } = kinds.worlds;
  const worlds = [
    ...(await world.programs.names()).map(versions),
    ...(await world.contents.names()).flatMap((component) => engine(component) ?? []),
  ];
  for (const one of worlds) {
    const found = await resume(one);
    if (found === null) continue;
    const { component } = one;
    const { release, finish } = found;
    const before = found.before?.digest ?? null;
    open.push({ component, release, digest: release.digest, before, finish });
  }
  const own = ownSwitch(world, kinds, asked);
  return own === null ? open : [...open, own];
}

function ownSwitch(
  world: ProgramWorld,
  kinds: Kinds,
  asked: AskedSwitch | null,
): OpenSwitch | null {
  const { launcher, slot } = world;
  const program = launcher?.state()?.program;
  if (launcher === null || program === undefined) return null;
  if (asked !== null) {
    const { component, digest } = asked;
    const isOwn = digest === slot.release?.digest;
    const release = isOwn ? slot.release : null;
    const before = isOwn ? null : (slot.release?.digest ?? null);
    const finish: OpenSwitch['finish'] = (proving) =>
      followSwitch({ ...kinds.worlds.self, launcher }, { asked, isNew: false, proving });
    return { component, release, digest, before, finish };
  }
  if (!isProving(world) || slot.release === null) return null;
  const { release } = slot;
  const finish = () => followProving({ launcher }, program.slot);
  const { selfName: component } = kinds.worlds;
  return { component, release, digest: release.digest, before: null, finish };
}

/** True in a new version that is not yet kept. */
export function isProving({ launcher, slot }: ProgramWorld): boolean {
  const program = launcher?.state()?.program;
  return program?.phase === 'proving' && program.slot === slot.name;
}

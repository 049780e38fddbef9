/**
 * Whether the release that this daemon runs is one that its organisation signed. A server that came
 * by a token was laid down before it knew any organisation, so it looks as soon as it can, and says
 * what it finds. Absent: stopping for it; people decide what becomes of the server.
 */

import type { ProblemCode } from '#domain/problem.ts';
import { againstSwitch } from '#domain/trust/program-rules.ts';
import { programTargetName } from '#domain/trust/target-names.ts';
import { timestampName } from '#protocol/shared/metadata-version.ts';
import type { ProgramWorld } from './program-world.ts';

type OwnWorld = Pick<ProgramWorld, 'trust' | 'slot'>;

/** null: it is signed; undefined: nobody can say, for want of signed metadata or of a release. */
export async function ownUnsigned(world: OwnWorld): Promise<ProblemCode | null | undefined> {
  const { slot } = world;
  const opened = await world.trust();
  if (slot.release === null || !opened.ok || opened.value === null) return undefined;
  const { program } = opened.value;
  if ((await program.file(timestampName)) === null) return undefined;
  const { digest, manifest } = slot.release;
  const { component, version } = manifest;
  const target = await program.target(programTargetName(manifest));
  const code = againstSwitch({ component, version, digest }, target)?.code ?? null;
  // Who took a release back signed it once; what runs of it stays.
  return code === 'RELEASE_WITHDRAWN' ? null : code;
}

/** Asks the tier above for signatures, unless what is known here says enough. */
export async function learnOfOwn(world: OwnWorld & Pick<ProgramWorld, 'packages'>): Promise<void> {
  if ((await ownUnsigned(world)) === null) return;
  const opened = await world.trust();
  if (!opened.ok || opened.value === null) return;
  // What brings nothing changes nothing: it is asked again with the next look.
  await opened.value.program.refresh((name, bytesMax) =>
    world.packages.metadata('program', name, bytesMax),
  );
}

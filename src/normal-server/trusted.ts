/**
 * What this computer believes, whatever the tier above says: a program only by the metadata of the
 * program lane, content only by that of the content lane. Absent: when it is asked.
 */

import type { Release } from '#domain/catalogue/release.ts';
import type { ComponentName, Digest } from '#domain/names.ts';
import type { Problem } from '#domain/problem.ts';
import type { Result } from '#domain/result.ts';
import { againstContentRelease } from '#domain/trust/content-rules.ts';
import { againstProgram, againstReturn } from '#domain/trust/program-rules.ts';
import { programTargetName } from '#domain/trust/target-names.ts';
import type { LaneTrust, Trust } from '#ports/trust.ts';
import type { Packages } from '#ports/installer.ts';

export type TrustingWorld = {
  /** null: an insecure loopback without an organisation (see adapters/metadata/trust-open.ts). */
  trust(): Promise<Result<Trust | null>>;
  readonly packages: Pick<Packages, 'metadata'>;
  digestOf(text: string): Digest;
};

/**
 * Asks the tier above for what is new before each answer, so a withdrawal counts at once. Where that
 * brings nothing (it is away, or its metadata has expired), what was verified before still holds:
 * expiry lets nothing new in, and takes nothing away.
 */
export function trustedBy(
  world: TrustingWorld,
  running: (component: ComponentName) => Promise<Release | null>,
): (release: Release) => Promise<Problem | null> {
  const { packages } = world;
  return async (release) => {
    const opened = await world.trust();
    if (!opened.ok) return opened.because;
    const trust = opened.value;
    if (trust === null) return null;
    const { lane } = release.manifest;
    const refreshed = await trust[lane].refresh((name, bytesMax) =>
      packages.metadata(lane, name, bytesMax),
    );
    const against =
      lane === 'program'
        ? await againstProgramHere(trust.program, release, running)
        : againstContentRelease(release, await trust.content.targets(), (text) =>
            world.digestOf(text),
          );
    const isUnknown = against?.code === 'RELEASE_UNSIGNED' || against?.code === 'CONTENT_UNSIGNED';
    return isUnknown && !refreshed.ok ? refreshed.because : against;
  };
}

async function againstProgramHere(
  program: LaneTrust,
  release: Release,
  running: (component: ComponentName) => Promise<Release | null>,
): Promise<Problem | null> {
  const target = await program.target(programTargetName(release.manifest));
  const against = againstProgram(release, target);
  if (against !== null) return against;
  const before = await running(release.manifest.component);
  const signed = new Set((await program.targets()).map(({ name }) => name));
  return againstReturn(release, before?.manifest ?? null, (name) => signed.has(name));
}

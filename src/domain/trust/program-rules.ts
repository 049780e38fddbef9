/**
 * Which program may enter, be switched to, or be gone back to, by what was signed of it. A program
 * is signed by its manifest; its packages are unsigned bytes that must add up to that.
 */

import { canonicalJson, utf8Bytes } from '../catalogue/canonical-json.ts';
import type { Release } from '../catalogue/release.ts';
import { compareVersions, parseVersion } from '../catalogue/version.ts';
import type { ComponentName, Digest } from '../names.ts';
import { problem, type Problem } from '../problem.ts';
import { returnTargetName } from './target-names.ts';
import type { SignedTarget } from './target.ts';

/** What metadata says under the program's name; null: nothing. */
export function againstProgram(release: Release, target: SignedTarget | null): Problem | null {
  const { digest, manifest } = release;
  const { component, version, lane, kind } = manifest;
  if (lane !== 'program' || kind === 'content') {
    return problem('RELEASE_NOT_A_PROGRAM', { component });
  }
  if (target !== null && target.bytes !== utf8Bytes(canonicalJson(manifest))) {
    return notAsSigned({ component, version, digest }, target);
  }
  return againstSwitch({ component, version, digest }, target);
}

/** The same for a program that entered before, by its name alone. */
export function againstSwitch(named: NamedRelease, target: SignedTarget | null): Problem | null {
  const { component, version, digest } = named;
  if (target === null) return problem('RELEASE_UNSIGNED', { component, version });
  if (target.digest !== digest) return notAsSigned(named, target);
  const reason = withdrawnBecause(target);
  return reason === null ? null : problem('RELEASE_WITHDRAWN', { component, version, reason });
}

export type NamedRelease = {
  readonly component: ComponentName;
  readonly version: string;
  readonly digest: Digest;
};

function notAsSigned({ component, version, digest }: NamedRelease, target: SignedTarget): Problem {
  const digests = { expected: target.digest, found: digest };
  return problem('RELEASE_NOT_AS_SIGNED', { component, version, ...digests });
}

/** What the signers said when they took it back; null: it stands. */
export function withdrawnBecause({ custom }: SignedTarget): string | null {
  if (typeof custom !== 'object' || custom === null || !('withdrawn' in custom)) return null;
  // Whatever was written there, it was not written to let servers go on.
  return typeof custom.withdrawn === 'string' ? custom.withdrawn : '';
}

/**
 * Going back after commit: to a version that the running one's manifest names, or with a permission
 * that was signed apart. `running`: null where nothing of the component is installed.
 */
export function againstReturn(
  release: Release,
  running: RunningRelease | null,
  isSigned: (targetName: string) => boolean,
): Problem | null {
  const { component, ordering, version: to } = release.manifest;
  if (running === null || !isNewer(running.version, release)) return null;
  const from = running.version;
  const isNamed = running.returnTo.some(
    (one) => parseVersion(ordering, one).ok && compareVersions(ordering, one, to) === 0,
  );
  if (isNamed || isSigned(returnTargetName(component, { from, to }))) return null;
  return problem('RETURN_NOT_PERMITTED', { component, from, to });
}

export type RunningRelease = {
  readonly version: string;
  /** Of its signed manifest; empty where that is not known. */
  readonly returnTo: readonly string[];
};

/** A version that this ordering cannot read is no step back that anybody could name. */
function isNewer(running: string, { manifest: { ordering, version } }: Release): boolean {
  return parseVersion(ordering, running).ok && compareVersions(ordering, running, version) > 0;
}

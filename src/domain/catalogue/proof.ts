/**
 * Whether a running process is what a release says: by digests that it took of its own executable
 * and files. A number alone is a claim. Absent: taking the digests (an adapter's).
 */

import { brand, type Digest, type Platform } from '../names.ts';
import { packageFor, type Release, type ReleasePackage } from './release.ts';

type Shown = ReleasePackage['proof'];

/** Of a program that shows other digests than the release that it names: no release has it. */
export const unprovedDigest = brand<Digest>('0'.repeat(64));

export function shows(expected: Shown, shown: Shown): boolean {
  const digests = new Map(shown.map(({ path, digest }) => [path, digest]));
  return expected.every(({ path, digest }) => digests.get(path) === digest);
}

/** A release that names no files to prove it by is believed. */
export function isProvedToRun(
  { manifest }: Release,
  running: { readonly platform: Platform; readonly proof: Shown },
): boolean {
  const chosen = packageFor(manifest, running.platform);
  return chosen !== undefined && shows(chosen.proof, running.proof);
}

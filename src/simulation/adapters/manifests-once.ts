/**
 * Manifests of a whole simulated fleet, written and read once: its servers all get the same bytes.
 * What is remembered hangs on the very bytes, so other bytes under the same digest are read anew.
 */

import { canonicalJson } from '#domain/catalogue/canonical-json.ts';
import type { Release } from '#domain/catalogue/release.ts';
import type { ReadManifest } from '#normal-server/manifest.ts';

export function readOnce(read: ReadManifest): ReadManifest {
  const known = new WeakMap<Uint8Array, [digest: string, answer: ReturnType<ReadManifest>]>();
  return (bytes, digest) => {
    const earlier = known.get(bytes);
    if (earlier?.[0] === digest) return earlier[1];
    const answer = read(bytes, digest);
    known.set(bytes, [digest, answer]);
    return answer;
  };
}

const written = new WeakMap<Release, Uint8Array>();

export function manifestBytes(release: Release): Uint8Array {
  const earlier = written.get(release);
  if (earlier !== undefined) return earlier;
  const bytes = new TextEncoder().encode(canonicalJson(release.manifest));
  written.set(release, bytes);
  return bytes;
}

/** Believes a manifest that was fetched only when its bytes are what the wish named. Pure. */

import type { Release } from '#domain/catalogue/release.ts';
import type { Digest } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { canonicalJson, parseReleaseManifest } from '#protocol/shared/release.ts';

export type ReadManifest = (bytes: Uint8Array, digest: Digest) => Result<Release>;

export function manifestReader(digestOfBytes: (bytes: Uint8Array) => Digest): ReadManifest {
  return (bytes, digest) => {
    const found = digestOfBytes(bytes);
    if (found === digest) return parseManifest(digest, new TextDecoder().decode(bytes));
    return refuse(problem('PACKAGE_DIGEST_WRONG', { expected: digest, found }));
  };
}

function parseManifest(digest: Digest, text: string): Result<Release> {
  const file = `${digest}.json`;
  const unreadable = (detail: string) => refuse(problem('PACKAGE_UNREADABLE', { file, detail }));
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    return unreadable('not JSON');
  }
  const manifest = parseReleaseManifest(input, file);
  if (!manifest.ok) return manifest;
  if (canonicalJson(manifest.value) !== text) return unreadable('not canonical');
  return ok({ digest, manifest: manifest.value });
}

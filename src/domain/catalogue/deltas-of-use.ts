/**
 * Of which deltas a site still has any use: those to what servers may be told to have, from what some
 * server still has. One that goes and is asked for after all is made again; one that a running
 * upgrade leads to stays.
 */

import type { ComponentName, Digest } from '../names.ts';
import type { Release } from './release.ts';

export type DeltasUsed = {
  /** All that are known here, in the order in which they came. */
  readonly releases: readonly Release[];
  /** By the digests of releases: offered now, or the aim of an upgrade that is not finished. */
  readonly wanted: ReadonlySet<Digest>;
  /** By the digests of releases: what servers run. */
  readonly installed: ReadonlySet<Digest>;
};

export function deltasOfUse({
  releases,
  wanted,
  installed,
}: DeltasUsed): (pair: { readonly from: Digest; readonly to: Digest }) => boolean {
  const newest = new Map<ComponentName, Digest>();
  for (const { digest, manifest } of releases) newest.set(manifest.component, digest);
  const known = new Set<Digest>();
  const standing = new Set<Digest>();
  for (const { digest, manifest } of releases) {
    const stands =
      wanted.has(digest) || installed.has(digest) || newest.get(manifest.component) === digest;
    for (const { treeDigest } of manifest.packages) {
      known.add(treeDigest);
      if (stands) standing.add(treeDigest);
    }
  }
  // Before any server was heard, nobody knows what they have.
  if (installed.size === 0) return ({ to }) => known.has(to);
  // Of a version that never was here, nobody knows that it is gone: its delta came with a release.
  return ({ from, to }) => standing.has(to) && (standing.has(from) || !known.has(from));
}

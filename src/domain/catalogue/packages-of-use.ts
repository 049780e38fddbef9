/**
 * Whose packages a site still has any use for. A package that goes can come in again with its
 * release file; so what nobody runs, offers or goes back to, and is not among the newest, may go.
 */

import type { ComponentName, Digest } from '../names.ts';
import { oldestFirst } from './oldest-first.ts';
import type { Release } from './release.ts';

export type PackagesUsed = {
  /** Those whose packages are here, in the order in which they came. */
  readonly releases: readonly Release[];
  /** By their digests: run or wanted by a server, offered, on the way, or the aim of an upgrade. */
  readonly inUse: ReadonlySet<Digest>;
  /** The newest of each component, used or not. */
  readonly versionsKept: number;
};

/** Why packages stay; null: nothing needs them. */
export type PackagesStay = 'in-use' | 'way-back' | 'newest' | null;

export type PackagesUse = { readonly release: Release; readonly stays: PackagesStay };

/** Of each component from the oldest version to the newest. */
export function packagesOfUse({
  releases,
  inUse,
  versionsKept,
}: PackagesUsed): readonly PackagesUse[] {
  const components = new Map<ComponentName, Release[]>();
  for (const release of releases) {
    const { component } = release.manifest;
    components.set(component, [...(components.get(component) ?? []), release]);
  }
  return [...components.values()].flatMap((of) => {
    const sorted = oldestFirst(of.map((release) => ({ ...release.manifest, release })));
    const back = waysBack(sorted, inUse);
    return sorted.map(({ release, version }, at): PackagesUse => {
      if (inUse.has(release.digest)) return { release, stays: 'in-use' };
      if (back.has(version)) return { release, stays: 'way-back' };
      return { release, stays: sorted.length - at <= versionsKept ? 'newest' : null };
    });
  });
}

type Sorted = Pick<Release['manifest'], 'version' | 'returnTo'> & { readonly release: Release };

/** From each that is in use: the version before it, and those to which its signature lets go back. */
function waysBack(sorted: readonly Sorted[], inUse: ReadonlySet<Digest>): ReadonlySet<string> {
  const back = new Set<string>();
  for (const [at, { release, returnTo }] of sorted.entries()) {
    if (!inUse.has(release.digest)) continue;
    for (const version of [...returnTo, sorted[at - 1]?.version]) {
      if (version !== undefined) back.add(version);
    }
  }
  return back;
}

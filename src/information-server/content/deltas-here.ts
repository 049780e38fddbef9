/**
 * What the deltas of this site are made from and counted by: what its servers have, what they may be
 * told to have, and how many bytes of a delta cross the link in place of a package.
 */

import { packageFor, type Release } from '#domain/catalogue/release.ts';
import { installedOf, type FleetServer } from '#domain/fleet/server.ts';
import type { Digest } from '#domain/names.ts';
import type { Rows } from '#ports/journal.ts';
import type { Parts } from '../parts.ts';
import { ownComponent } from '../seen.ts';
import type { Site } from '../site.ts';

export function installedIn(fleet: readonly FleetServer[]): ReadonlySet<Digest> {
  const installed = new Set<Digest>();
  for (const { running, programs, contents } of fleet) {
    for (const { digest } of [running, ...programs, ...contents]) installed.add(digest);
  }
  return installed;
}

/** A release came in: its deltas are made before the first server asks. */
export async function prepareDeltas({ site, deltas }: Parts, release: Release): Promise<void> {
  if (deltas === null) return;
  await deltas.prepare(release, installedIn(await site.journal.rows.fleet.servers()));
}

export async function pruneDeltas({ site, deltas }: Parts): Promise<void> {
  if (deltas === null) return;
  const { rows } = site.journal;
  const installed = installedIn(await rows.fleet.servers());
  await deltas.prune({ wanted: await wantedIn(rows), installed });
}

/** Releases that are offered now, or the aim of an upgrade that is not finished. */
export async function wantedIn(rows: Rows): Promise<ReadonlySet<Digest>> {
  const wanted = new Set<Digest>((await rows.catalogue.revision())?.manifests);
  for (const { release } of await rows.catalogue.contents()) wanted.add(release);
  for (const { release, finishedAt } of await rows.upgrades.openHeads()) {
    if (finishedAt === null) wanted.add(release.digest);
  }
  return wanted;
}

/** null: no delta is made from what the server runs to that release. */
export type DeltaBytes = (server: FleetServer) => number | null;

export async function deltaBytesTo(
  { journal, deltas }: Pick<Site, 'journal' | 'deltas'>,
  release: Release,
): Promise<DeltaBytes> {
  if (deltas === undefined) return () => null;
  const { component, packages } = release.manifest;
  const bytes = new Map<string, number>();
  const keyOf = (from: Digest, to: Digest): string => `${from}-${to}`;
  const known = new Map<Digest, Release>();
  for (const one of await journal.rows.catalogue.releases()) {
    if (one.manifest.component !== component) continue;
    known.set(one.digest, one);
    for (const { treeDigest: from } of one.manifest.packages) {
      for (const { treeDigest: to } of packages) {
        const made = from === to ? 'absent' : await deltas.find({ from, to });
        if (made !== null && made !== 'absent') bytes.set(keyOf(from, to), made.bytes);
      }
    }
  }
  return (server) => {
    const runs = installedOf(server, component, ownComponent);
    const before = runs === null ? undefined : known.get(runs.digest);
    if (before === undefined) return null;
    const from = packageFor(before.manifest, server.platform);
    const to = packageFor(release.manifest, server.platform);
    if (from === undefined || to === undefined) return null;
    return bytes.get(keyOf(from.treeDigest, to.treeDigest)) ?? null;
  };
}

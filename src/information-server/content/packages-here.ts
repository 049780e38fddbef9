/**
 * Packages that leave the store, because nobody runs, offers or goes back to them. The journal says
 * so first; files go behind it, and are gone for after a restart too. What is known of a release stays
 * known: its version is one release for ever.
 */

import { packagesOfUse, type PackagesUse } from '#domain/catalogue/packages-of-use.ts';
import { archivesOf, type Release } from '#domain/catalogue/release.ts';
import type { Digest } from '#domain/names.ts';
import type { Rows } from '#ports/journal.ts';
import type { By, Parts } from '../parts.ts';
import type { Site } from '../site.ts';
import { installedIn, wantedIn } from './deltas-here.ts';

type Under = Pick<Site, 'self' | 'store' | 'journal'>;

export async function packagesUse(
  { self }: Pick<Site, 'self'>,
  rows: Rows,
  versionsKept: number,
): Promise<readonly PackagesUse[]> {
  const fleet = await rows.fleet.servers();
  const inUse = new Set([self.digest, ...(await wantedIn(rows)), ...installedIn(fleet)]);
  for (const { server } of fleet) {
    for (const { digest } of await rows.fleet.desiredOf(server)) inUse.add(digest);
  }
  // What a ring that fails, or content that is withdrawn, goes back to.
  for (const { content, before } of await rows.rings.rollouts()) {
    inUse.add(content.release);
    if (before !== null) inUse.add(before.release);
  }
  return packagesOfUse({ releases: await rows.catalogue.releases(), inUse, versionsKept });
}

/** Looked at within the transaction: what began to need them meanwhile keeps them. */
export async function prunePackages(
  { site, loop }: Parts,
  versionsKept: number,
  { name: who }: By,
): Promise<readonly PackagesUse[]> {
  let use: readonly PackagesUse[] = [];
  let archives: readonly Digest[] = [];
  await loop.submit(async (rows) => {
    use = await packagesUse(site, rows, versionsKept);
    const goes = use.filter(({ stays }) => stays === null).map(({ release }) => release);
    const at = site.clock.now();
    for (const { digest, manifest } of goes) {
      await rows.catalogue.packagesGone(digest, at);
      const { component, version } = manifest;
      const detail = { component, version, digest, versionsKept };
      const kind = 'packages-removed';
      await rows.log.appendRecord({ at, kind, who, server: null, detail });
    }
    archives = archivesOnlyOf(goes, await rows.catalogue.releases());
    return [];
  });
  await site.store.removeArchives(archives);
  return use;
}

/** What a kill left of packages that had to go. Before anything can come in again. */
export async function removeGone({ store, journal }: Under): Promise<void> {
  const { catalogue } = journal.rows;
  const gone = await catalogue.releasesGone();
  if (gone.length > 0) await store.removeArchives(archivesOnlyOf(gone, await catalogue.releases()));
}

/** Those of these releases that none of the others has too. */
function archivesOnlyOf(goes: readonly Release[], stay: readonly Release[]): readonly Digest[] {
  const of = ({ manifest }: Release): readonly Digest[] => [...archivesOf(manifest).keys()];
  const kept = new Set(stay.flatMap(of));
  return goes.flatMap(of).filter((digest) => !kept.has(digest));
}

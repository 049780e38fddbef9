/** What people bring in by hand: releases and signed metadata, and what the record tells of either. */

import type { Release } from '#domain/catalogue/release.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Rows } from '#ports/journal.ts';
import type { By, Parts } from '../parts.ts';

/** A version is one release for ever: another one under the same number is refused. */
export async function againstImport(rows: Rows, release: Release): Promise<Problem | null> {
  const { component, version } = release.manifest;
  const { catalogue } = rows;
  const known = [...(await catalogue.releases()), ...(await catalogue.releasesGone())];
  const isTaken = known.some(
    ({ digest, manifest }) =>
      manifest.component === component && manifest.version === version && digest !== release.digest,
  );
  return isTaken ? problem('RELEASE_VERSION_TAKEN', { component, version }) : null;
}

export async function importRelease(
  parts: Parts,
  release: Release,
  by: By,
): Promise<Result<Release>> {
  const { site, loop } = parts;
  const { name: who } = by;
  const { component, version } = release.manifest;
  const at = site.clock.now();
  let refusal: Problem | null = null;
  await loop.submit(async (rows) => {
    // Asked again within the transaction: two imports may have come at once.
    refusal = await againstImport(rows, release);
    if (refusal !== null) return [];
    await rows.catalogue.putRelease(release, at);
    await parts.fleetEvents.imported(rows, release);
    const detail = { component, version, digest: release.digest };
    const kind = 'release-imported';
    await rows.log.appendRecord({ at, kind, who, server: null, detail });
    return [];
  });
  return refusal === null ? ok(release) : refusedImport(parts, refusal, by);
}

/** Keys that changed, a release that is withdrawn: what is believed is another thing from now on. */
export async function importedMetadata(
  { site, loop }: Parts,
  { name: who }: By,
): Promise<Result<object>> {
  const lane = 'program';
  const timestamp = await site.trusted.file(lane, 'timestamp.json');
  const digest = timestamp === null ? null : site.digestOf(Buffer.from(timestamp).toString('utf8'));
  const detail = { lane, timestamp: digest };
  await loop.submit(async ({ log }) => {
    const at = site.clock.now();
    await log.appendRecord({ at, kind: 'metadata-imported', who, server: null, detail });
    return [];
  });
  return ok({ metadata: lane });
}

export async function refusedImport(
  { site, loop }: Parts,
  because: Problem,
  { name: who }: By,
): Promise<ReturnType<typeof refuse>> {
  const at = site.clock.now();
  const detail = { because };
  await loop.submit(async ({ log }) => {
    await log.appendRecord({ at, kind: 'release-refused', who, server: null, detail });
    return [];
  });
  return refuse(because);
}

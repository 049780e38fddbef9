/**
 * A release from the site's neighbours: each source in the order of the settings, the next one when it
 * fails. First what is signed, then the manifest that it names, then each package by its digest, going
 * on where the last source stopped. Nothing of it enters the store before all of it is right.
 */

import { archivesOf, type Release } from '#domain/catalogue/release.ts';
import type { ComponentName, Digest } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { PackageSource, PackageSources } from '#ports/package-sources.ts';
import { background } from '../background.ts';
import type { By, Parts } from '../parts.ts';
import { prepareDeltas } from './deltas-here.ts';
import { importRelease, refusedImport } from './imports.ts';

type Wanted = {
  readonly component: ComponentName;
  readonly version: string;
  /** Where nothing is signed, somebody must say which manifest it is. */
  readonly digest?: Digest | undefined;
};

export type FetchedRelease = {
  readonly release: Release;
  /** What came from where; a source that gave nothing is not among them. */
  readonly from: readonly { readonly source: string; readonly bytes: number }[];
};

export async function fetchRelease(
  parts: Parts,
  wanted: Wanted,
  by: By,
): Promise<Result<FetchedRelease>> {
  const { sources } = parts;
  if (sources === null || sources.sources.length === 0) {
    return refuse(problem('SOURCES_ABSENT', {}));
  }
  const digest = await signedDigest(parts, sources, wanted);
  if (!digest.ok) return digest;
  const release = await manifestOf(parts, sources, digest.value);
  if (!release.ok) return release;
  const { component, version } = release.value.manifest;
  if (component !== wanted.component || version !== wanted.version) {
    return refuse(problem('RELEASE_UNKNOWN', wanted));
  }
  const against = await parts.site.trusted.againstProgram(release.value);
  if (against !== null) return refusedImport(parts, against, by);
  const from = new Map<string, number>();
  for (const [archive, bytes] of archivesOf(release.value.manifest)) {
    if (await sources.has(archive)) continue;
    const fetched = await firstOf(sources.sources, async (source) => {
      const answer = await source.archive({ digest: archive, bytes });
      if (answer.ok)
        came(parts, release.value, { source, bytes: answer.value.bytesReceived, from });
      return answer;
    });
    if (!fetched.ok) return fetched;
  }
  const placed = await sources.place(release.value);
  if (!placed.ok) {
    await sources.forget(release.value);
    return refusedImport(parts, placed.because, by);
  }
  const imported = await importRelease(parts, release.value, by);
  if (!imported.ok) return imported;
  background(parts.site, prepareDeltas(parts, imported.value), 'deltas not prepared');
  const sums = [...from].map(([source, bytes]) => ({ source, bytes }));
  return ok({ release: imported.value, from: sums });
}

/** By the newest metadata that any source has; of an older one our own stays. */
async function signedDigest(
  { site }: Parts,
  { sources }: PackageSources,
  { component, version, digest }: Wanted,
): Promise<Result<Digest>> {
  if (!site.trusted.isSigned) {
    if (digest !== undefined) return ok(digest);
    return refuse(problem('FETCH_NEEDS_DIGEST', { component, version }));
  }
  let signed = await site.trusted.programDigest({ component, version });
  let last: Problem | null = null;
  for (const source of signed === null ? sources : []) {
    last = (await site.trusted.refresh('program', source.metadata('program'))) ?? last;
    signed = await site.trusted.programDigest({ component, version });
    if (signed !== null) break;
  }
  if (signed === null) return refuse(last ?? problem('RELEASE_UNKNOWN', { component, version }));
  if (digest === undefined || digest === signed) return ok(signed);
  return refuse(problem('PACKAGE_DIGEST_WRONG', { expected: digest, found: signed }));
}

function manifestOf(
  { site }: Parts,
  { sources, readManifest }: PackageSources,
  digest: Digest,
): Promise<Result<Release>> {
  return firstOf(sources, async (source) => {
    const bytes = await source.manifest(digest);
    if (!bytes.ok) return bytes;
    const release = readManifest(bytes.value, source.name);
    if (!release.ok || release.value.digest === digest) return release;
    site.log.warn({ source: source.name, digest }, 'a source answered with another manifest');
    const found = release.value.digest;
    return refuse(problem('PACKAGE_DIGEST_WRONG', { expected: digest, found }));
  });
}

/** The first that does not fail; why each failed, where all did. */
async function firstOf<Value>(
  sources: readonly PackageSource[],
  ask: (source: PackageSource) => Promise<Result<Value>>,
): Promise<Result<Value>> {
  const failed: string[] = [];
  for (const source of sources) {
    const answer = await ask(source);
    if (answer.ok) return answer;
    failed.push(`${source.name}: ${answer.because.code}`);
  }
  return refuse(problem('SOURCES_FAILED', { detail: failed.join('; ') }));
}

function came(
  { site, traffic }: Parts,
  { digest, manifest: { lane, component } }: Release,
  { source, bytes, from }: { source: PackageSource; bytes: number; from: Map<string, number> },
): void {
  from.set(source.name, (from.get(source.name) ?? 0) + bytes);
  const file = { lane, component, release: digest, form: 'received' } as const;
  traffic.took(file, { from: source.name, bytes });
  background(site, traffic.bill('much'));
}

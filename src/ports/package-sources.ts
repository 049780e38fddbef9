/**
 * Where packages may be fetched from besides being brought in by a person: another information server
 * or a plain cache. What comes from there is believed by nobody: metadata is signed, and all else is
 * named by its digest.
 */

import type { Release } from '#domain/catalogue/release.ts';
import type { Digest, Lane } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';
import type { MetadataSource } from './trust.ts';

export type Fetched = { readonly bytesReceived: number };

export type PackageSource = {
  /** Its address, as it stands in the settings. */
  readonly name: string;
  metadata(lane: Lane): MetadataSource;
  /** The manifest's bytes, not yet checked. */
  manifest(digest: Digest): Promise<Result<Uint8Array>>;
  /** Resumes what another source began; what is there afterwards are those bytes. */
  archive(archive: { readonly digest: Digest; readonly bytes: number }): Promise<Result<Fetched>>;
};

export type PackageSources = {
  /** In the order in which they are asked. */
  readonly sources: readonly PackageSource[];
  readManifest(bytes: Uint8Array, name: string): Result<Release>;
  /** It stands in the store, or was fetched, and only waits for the others. */
  has(archive: Digest): Promise<boolean>;
  /** All archives are there: their trees are checked, and the release stands in the store. */
  place(release: Release): Promise<Result<null>>;
  /** The release is not wanted after all. */
  forget(release: Release): Promise<void>;
};

/** Verified copies of everything that the share and the servers get, by digest. */

import type { Readable } from 'node:stream';
import type { Release } from '#domain/catalogue/release.ts';
import type { SiteContent } from '#domain/fleet/content.ts';
import type { Digest } from '#domain/names.ts';
import type { Problem } from '#domain/problem.ts';
import type { Result } from '#domain/result.ts';
import type { MetadataFiles } from '#domain/trust/metadata-files.ts';
import type { ContentItem } from '#protocol/control-manager/messages.ts';

/** Why a release, or metadata alone, may not enter. */
export type AgainstImport = (
  release: Release | null,
  metadata: MetadataFiles,
) => Promise<Problem | null>;

export type Store = {
  /**
   * Reads a release file; nothing of a bad one stays. `against` is asked as soon as its metadata and
   * its manifest are known, before any package of it is read. null: it was metadata alone.
   */
  importRelease(stream: Readable, against: AgainstImport): Promise<Result<Release | null>>;
  /** Makes a content release of a delivered file, so that servers fetch content like programs. */
  takeContent(
    item: ContentItem,
    file: string,
  ): Promise<Result<{ content: SiteContent; release: Release }>>;
  manifestFile(digest: Digest): Promise<string | null>;
  archiveFile(digest: Digest): Promise<string | null>;
  /** Of packages that leave; what is not there is no mistake. */
  removeArchives(digests: readonly Digest[]): Promise<void>;
  /** Unpacks this installation's own next version beside the running one. */
  stageSelf(release: Release): Promise<Result<{ slot: string }>>;
  /** Removes slots that are neither named, nor of these releases, nor current. */
  keepSlots(kept: {
    readonly slots: readonly string[];
    readonly releases: readonly Release[];
  }): Promise<void>;
  /** Where the agent puts delivered files, by digest. */
  inboxFile(digest: Digest): string;
};

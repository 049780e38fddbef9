/** Signs for a control manager what it delivers, by its online key. */

import type { Instant } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';
import type { OfferedContent } from '#domain/trust/content-rules.ts';
import type { MetadataFiles } from '#domain/trust/metadata-files.ts';

export type SignedMetadata = {
  readonly files: MetadataFiles;
  /** From then on it is to be asked again, and what was handed out to be replaced. */
  readonly renewAt: Instant;
};

export type ContentSigner = {
  /**
   * Metadata that names these files, the most important first, and those of before as long as there
   * is room. Asked again for the same, it answers the same until it is to be renewed. Versions rise
   * over restarts, and over a restore of old data as well.
   */
  sign(items: readonly OfferedContent[], now: Instant): Promise<Result<SignedMetadata>>;
};

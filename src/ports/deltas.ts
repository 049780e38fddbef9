/** Deltas between packages that a tier has archives of, made and kept. */

import type { ReleasePackage } from '#domain/catalogue/release.ts';
import type { Digest } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';

/** `null`: one was made, and it was no smaller than the archive. */
export type KeptDelta = { readonly digest: Digest; readonly bytes: number } | null;

export type DeltaPair = { readonly from: ReleasePackage; readonly to: ReleasePackage };

export type Deltas = {
  /** By the digests of the trees; `absent`: none was made yet. */
  find(from: Digest, to: Digest): Promise<KeptDelta | 'absent'>;
  /** Takes up to minutes of a processor, in a process of its own. */
  make(pair: DeltaPair): Promise<Result<KeptDelta>>;
};

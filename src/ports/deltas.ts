/** Deltas between packages that a tier has archives of, made and kept. */

import type { ReleasePackage } from '#domain/catalogue/release.ts';
import type { Digest } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';

/** `null`: one was made, and it was no smaller than the archive. */
export type KeptDelta = { readonly digest: Digest; readonly bytes: number } | null;

/** By the digests of two trees. */
export type TreePair = { readonly from: Digest; readonly to: Digest };

export type DeltaPair = { readonly from: ReleasePackage; readonly to: ReleasePackage };

export type Deltas = {
  /** `absent`: none was made yet. */
  find(pair: TreePair): Promise<KeptDelta | 'absent'>;
  /** Takes up to minutes of a processor, in a process of its own. */
  make(pair: DeltaPair): Promise<Result<KeptDelta>>;
  /** Removes those of which nobody has any use; one that is wanted after all is made again. */
  keepOnly(isOfUse: (pair: TreePair) => boolean): Promise<readonly TreePair[]>;
};

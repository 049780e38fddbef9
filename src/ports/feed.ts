/** Where a control manager gets content from. */

import type { Content } from '#domain/delivery/content.ts';
import type { Digest } from '#domain/names.ts';
import type { Problem } from '#domain/problem.ts';

/** One state of the feed, whole: what its `server.ini` names, every file checked and kept. */
export type FeedDownload = {
  readonly items: readonly Content[];
  /** The complete `server.ini`, as it goes along in every offer. */
  readonly catalogue: string;
};

/** Without a download every reason is told at once; there is no half of a download. */
export type FeedAnswer =
  | { readonly ok: true; readonly download: FeedDownload }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export type Feed = {
  /** As it is shown: a folder or an address. */
  readonly from: string;
  download(): Promise<FeedAnswer>;
  /** Forgets the files that no download refers to any more. */
  keepOnly(digests: ReadonlySet<Digest>): Promise<void>;
};

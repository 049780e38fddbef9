/**
 * What the organisation's root has said to everybody, as it is known here and handed on to the tier
 * below. Whoever brings a notice need not be believed: it is taken when the root has signed it.
 */

import type { Notice, NoticeKind } from '#domain/trust/notices.ts';
import type { Result } from '#domain/result.ts';

/** As they were signed. */
export type NoticeTexts = { readonly [Kind in NoticeKind]?: string | undefined };

export type NoticeTaken = {
  readonly notice: Notice;
  /** Who brought it: a person, a tier; or the disk, where another program or a person laid it. */
  readonly from: string;
};

export type Notices = {
  /** Those that stand here. */
  texts(): NoticeTexts;
  /** On the disk before it is answered. Those that were news; of several refusals the first. */
  take(texts: NoticeTexts, from: string): Promise<Result<readonly Notice[]>>;
  /** Answers what ends the telling. */
  onTaken(act: (taken: NoticeTaken) => void): () => void;
};

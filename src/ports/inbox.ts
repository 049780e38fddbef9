/** Where a control manager agent puts what it was told to take. */

import type { Digest } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';

export type InboxItem = { readonly digest: Digest; readonly bytes: number };

export type Inbox = {
  /** Resumes what an earlier attempt left; then the file stands complete and checked. */
  fetch(item: InboxItem, signal: AbortSignal): Promise<Result<null>>;
  /** Forgets all other files, half ones included. */
  keepOnly(digests: ReadonlySet<Digest>): Promise<void>;
};

/** A size as people read it; the exact number where the pointer rests. */

import { formatBytes } from '#words/format.ts';

export function BytesText({ bytes }: { readonly bytes: number | null }) {
  if (bytes === null) return <span className="quiet">–</span>;
  return <span title={`${bytes.toLocaleString('en-GB')} bytes`}>{formatBytes(bytes)}</span>;
}

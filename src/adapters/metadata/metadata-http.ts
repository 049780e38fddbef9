/** Signed metadata from the tier above, over HTTP: few bytes, in a bounded time, believed by nobody. */

import type { Lane } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { metadataPath } from '#protocol/normal-server/messages.ts';
import { fetchBytes } from '../link/download-http.ts';
import type { Dialling } from '../identity/link-trust.ts';

export const metadataSecondsMax = 30;

export function pathOfMetadata(lane: Lane, name: string): string {
  return `${metadataPath}${lane}/${encodeURIComponent(name)}`;
}

/** null: there is no such file. A sender that trickles is cut off by the time of the whole. */
export async function fetchMetadata(options: {
  readonly url: string;
  readonly security: Dialling | null;
  /** What a refusal calls it. */
  readonly file: string;
  readonly bytesMax: number;
  readonly secondsMax?: number;
}): Promise<Result<Uint8Array | null>> {
  const { url, security, file, bytesMax, secondsMax: seconds = metadataSecondsMax } = options;
  const signal = AbortSignal.timeout(seconds * 1_000);
  const limits = { wholeMilliseconds: seconds * 1_000 };
  const read = await fetchBytes({ url, security, bytesMax, signal, limits });
  if (read.ok) return read;
  const { code } = read.because;
  if (code === 'PACKAGE_ABSENT') return ok(null);
  if (code === 'PACKAGE_TOO_LARGE') {
    return refuse(problem('METADATA_TOO_LARGE', { file, bytesMax }));
  }
  return signal.aborted ? refuse(problem('METADATA_SLOW', { file, seconds })) : read;
}

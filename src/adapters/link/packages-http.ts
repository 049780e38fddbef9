/** What the tier above serves beside the session, over HTTP. */

import { setTimeout as sleep } from 'node:timers/promises';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Packages, ServedDelta } from '#ports/installer.ts';
import {
  deltaAnswer,
  deltaAnswerBytesMax,
  deltaPath,
  type DeltaAnswer,
} from '#protocol/normal-server/deltas.ts';
import type { Dialling } from '../identity/link-trust.ts';
import { fetchMetadata, pathOfMetadata } from '../metadata/metadata-http.ts';
import { download, fetchBytes } from './download-http.ts';

export type PackagesOptions = {
  /** Read anew each time; null: not known yet. */
  address(): string | null;
  /** null: an insecure loopback. */
  readonly security: Dialling | null;
  readonly manifestBytesMax: number;
  /** Told of bytes that came; answers the milliseconds to wait before more may. */
  readonly pace: ((bytes: number) => number) | undefined;
};

const deltaPauseSeconds = 2;

export function packagesOver(options: PackagesOptions): Packages {
  const { security, manifestBytesMax, pace } = options;
  const url = (path: string): Result<string> => {
    const known = options.address();
    if (known !== null) return ok(`${known}${path}`);
    const detail = 'not running';
    return refuse(problem('ADDRESS_UNREACHABLE', { address: 'run', detail }));
  };
  return {
    async manifest(digest, signal) {
      const from = url(`/v1/manifests/${digest}`);
      if (!from.ok) return from;
      return fetchBytes({ url: from.value, security, bytesMax: manifestBytesMax, signal });
    },
    async metadata(lane, name, bytesMax) {
      const from = url(pathOfMetadata(lane, name));
      if (!from.ok) return from;
      return fetchMetadata({ url: from.value, security, file: name, bytesMax });
    },
    async delta({ from, to, secondsMax, signal }): Promise<ServedDelta | null> {
      for (let waited = 0; !signal.aborted; waited += deltaPauseSeconds) {
        const asked = url(`${deltaPath}${from}-${to}`);
        if (!asked.ok) return null;
        const bytesMax = deltaAnswerBytesMax;
        const found = await fetchBytes({ url: asked.value, security, bytesMax, signal });
        const answer = found.ok ? readAnswer(found.value) : null;
        if (answer?.state !== 'coming') return answer?.state === 'made' ? answer : null;
        if (waited >= secondsMax) return null;
        await sleep(deltaPauseSeconds * 1_000, undefined, { signal }).catch(() => undefined);
      }
      return null;
    },
    async archive({ archive: { digest, bytes }, file, progress, signal }) {
      const from = url(`/v1/archives/${digest}`);
      if (!from.ok) return from;
      return download({ url: from.value, security, file, digest, bytes, progress, signal, pace });
    },
  };
}

/** null: nothing that we understand, such as of a later version. */
function readAnswer(bytes: Buffer): DeltaAnswer | null {
  try {
    return deltaAnswer.safeParse(JSON.parse(bytes.toString())).data ?? null;
  } catch {
    return null;
  }
}

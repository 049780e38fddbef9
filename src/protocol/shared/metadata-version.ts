/** Which state of a lane somebody stands at: the version of its timestamp. */

import { z } from 'zod';

const timestamp = z.object({ signed: z.object({ version: z.int().min(0) }) });
export const timestampName = 'timestamp.json';

/** Of a timestamp that was verified; 0: there is none yet. */
export function metadataVersion(bytes: Uint8Array | null): number {
  if (bytes === null) return 0;
  return timestamp.parse(JSON.parse(new TextDecoder().decode(bytes))).signed.version;
}

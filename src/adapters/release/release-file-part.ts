/** One entry of a release file on its way to the disk, digested as it passes, and synced. */

import { open } from 'node:fs/promises';
import type { ParsedTarEntry } from 'modern-tar';
import { openDigestMeter, type Digested } from '../files/digest.ts';

export async function writePart(entry: ParsedTarEntry, part: string): Promise<Digested> {
  const meter = openDigestMeter();
  const handle = await open(part, 'wx', 0o644);
  try {
    for await (const piece of entry.body) {
      meter.add(piece);
      await handle.writeFile(piece);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  return { digest: meter.end(), bytes: meter.bytes() };
}

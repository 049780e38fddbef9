/**
 * Whether a delta file adds up: its head and its segments have the digests that it says, and nothing
 * stands behind them. What tree comes of it is seen by whoever applies it, and by nobody before.
 */

import { open, type FileHandle } from 'node:fs/promises';
import { DeltaUnreadable } from '#delta/bytes.ts';
import { preambleBytes, readPreamble, readSegmentTable, sha256 } from '#delta/head.ts';

/** Throws `DeltaUnreadable`. No more than its head or one segment is in memory. */
export async function checkDeltaFile(file: string): Promise<void> {
  const delta = await open(file);
  try {
    const preamble = readPreamble(await readExactly(delta, 0, preambleBytes));
    const head = await readExactly(delta, preambleBytes, preamble.bytes);
    if (!sha256(head).equals(preamble.digest)) throw new DeltaUnreadable('its head is damaged');
    let at = preambleBytes + preamble.bytes;
    for (const { bytes, digest } of readSegmentTable(head)) {
      const segment = await readExactly(delta, at, bytes);
      if (!sha256(segment).equals(digest)) throw new DeltaUnreadable('a segment is damaged');
      at += bytes;
    }
    if ((await delta.stat()).size !== at) {
      throw new DeltaUnreadable('something stands behind its end');
    }
  } finally {
    await delta.close();
  }
}

export function readExactly(handle: FileHandle, at: number, bytes: number): Promise<Buffer> {
  return fill(handle, at, Buffer.allocUnsafe(bytes));
}

export async function fill(handle: FileHandle, at: number, found: Buffer): Promise<Buffer> {
  for (let done = 0; done < found.length;) {
    const { bytesRead } = await handle.read(found, done, found.length - done, at + done);
    if (bytesRead === 0) throw new DeltaUnreadable('it ends too early');
    done += bytesRead;
  }
  return found;
}

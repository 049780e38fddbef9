/**
 * SHA-256 of files, streams and bytes, as the domain's `Digest`. Reads in pieces of 1 MiB at most
 * into one buffer, so a package of any size costs no memory. Knows nothing of trees or archives.
 */

import { createHash, hash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { brand, type Digest } from '#domain/names.ts';

const pieceBytes = { min: 4 * 1024, max: 1024 * 1024 } as const;

export type Digested = { readonly digest: Digest; readonly bytes: number };

/** Counts and digests what passes by; `end` may be called once. */
export type DigestMeter = {
  readonly bytes: () => number;
  add(piece: Uint8Array): void;
  end(): Digest;
};

export function openDigestMeter(): DigestMeter {
  const sha256 = createHash('sha256');
  let bytes = 0;
  return {
    bytes: () => bytes,
    add(piece) {
      sha256.update(piece);
      bytes += piece.byteLength;
    },
    end: () => brand<Digest>(sha256.digest('hex')),
  };
}

export function digestOfBytes(content: string | Uint8Array): Digest {
  return brand<Digest>(hash('sha256', content, 'hex'));
}

export async function digestOfStream(stream: AsyncIterable<Uint8Array>): Promise<Digested> {
  const meter = openDigestMeter();
  for await (const piece of stream) meter.add(piece);
  return { digest: meter.end(), bytes: meter.bytes() };
}

/** Throws what the file system throws; an absent file is the caller's to expect. */
export async function digestOfFile(file: string): Promise<Digest> {
  const handle = await open(file, 'r');
  try {
    const meter = openDigestMeter();
    const buffer = await bufferFor(handle);
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) return meter.end();
      meter.add(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}

/**
 * To read that file into, piece by piece; not larger than the file. A mebibyte for each of the
 * hundred small files of a release costs more in collected garbage than all their digests.
 */
export async function bufferFor(handle: FileHandle): Promise<Buffer> {
  const { size } = await handle.stat();
  return Buffer.allocUnsafe(Math.min(Math.max(size, pieceBytes.min), pieceBytes.max));
}

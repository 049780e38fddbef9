/** Compresses a row of bytes by what suits it, and takes it out again within a stated length. */

import {
  brotliCompressSync,
  brotliDecompressSync,
  constants,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import { unreadable, type ByteReader, type ByteWriter } from './bytes.ts';

/** The last refers to the rows of its kind in the segments before. */
const codecs = ['raw', 'zstd', 'brotli', 'dictionary'] as const;
type Codec = (typeof codecs)[number];

/** Brotli takes ten times the time; below that share of zstd's it is worth it. */
const brotliShareMax = 0.97;
const probeBytes = 64 * 1024;
const windowBits = 24;
const dictionaryBytesMax = 1024 * 1024;
/** Below that share a dictionary is tried hard; below the other, nothing else is. */
const dictionaryShareMax = 0.97;
const dictionaryShareAlone = 0.8;
const quickLevel = 3;
/** Less than that explains nothing. */
const dictionaryBytesMin = 64;
/** No row of any kind is longer. */
const packedRowBytesMax = 2 ** 32;

function zstd(bytes: Uint8Array, level: number, dictionary?: Buffer): Buffer {
  return zstdCompressSync(bytes, {
    ...(dictionary !== undefined && { dictionary }),
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_windowLog]: windowBits,
      [constants.ZSTD_c_contentSizeFlag]: 0,
    },
  });
}

function brotli(bytes: Uint8Array): Buffer {
  return brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: windowBits,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
}

/** What stood in rows of one kind last: the same changes come again in other files. */
export class RowsBefore {
  readonly #bytes = Buffer.allocUnsafeSlow(dictionaryBytesMax);
  #length = 0;

  /** As it is until the next row is added. */
  get dictionary(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  add(row: Uint8Array): void {
    const last = row.subarray(-dictionaryBytesMax);
    const staying = Math.min(this.#length, dictionaryBytesMax - last.length);
    this.#bytes.copyWithin(0, this.#length - staying, this.#length);
    this.#bytes.set(last, staying);
    this.#length = staying + last.length;
  }
}

type Packed = readonly [codec: Codec, bytes: Uint8Array];

const smallerOf = (left: Packed, right: Packed): Packed =>
  right[1].length < left[1].length ? right : left;

/** Only what a quick look finds best is compressed hard: that takes nearly all of the time. */
function smallest(bytes: Uint8Array, before: Buffer | undefined): Packed {
  const share = before === undefined ? 1 : shareWithDictionary(bytes, before);
  let best: Packed = ['raw', bytes];
  if (before !== undefined && share < dictionaryShareMax) {
    best = smallerOf(best, ['dictionary', zstd(bytes, 19, before)]);
  }
  return share < dictionaryShareAlone ? best : smallerOf(best, withoutDictionary(bytes));
}

function withoutDictionary(bytes: Uint8Array): Packed {
  const middle = Math.max(0, Math.floor((bytes.length - probeBytes) / 2));
  const probe = bytes.subarray(middle, middle + probeBytes);
  const [byBrotli, byZstd] = [brotli(probe), zstd(probe, 19)];
  const isBrotli = byBrotli.length < byZstd.length * brotliShareMax;
  if (probe.length === bytes.length) return isBrotli ? ['brotli', byBrotli] : ['zstd', byZstd];
  return isBrotli ? ['brotli', brotli(bytes)] : ['zstd', zstd(bytes, 19)];
}

/** What is left of the bytes where they may refer to the dictionary, at a level that costs nothing. */
function shareWithDictionary(bytes: Uint8Array, dictionary: Buffer): number {
  if (dictionary.length < dictionaryBytesMin || bytes.length === 0) return 1;
  return zstd(bytes, quickLevel, dictionary).length / zstd(bytes, quickLevel).length;
}

export function writePacked(writer: ByteWriter, bytes: Uint8Array, before?: RowsBefore): void {
  const [codec, packed] = smallest(bytes, before?.dictionary);
  before?.add(bytes);
  writer.number(codecs.indexOf(codec));
  writer.number(bytes.length);
  writer.number(packed.length);
  writer.bytes(packed);
}

export function readPacked(reader: ByteReader, bytesMax: number, before?: RowsBefore): Buffer {
  const codec = codecs[reader.number(codecs.length - 1)] ?? 'raw';
  const length = reader.number(bytesMax);
  // What would not be smaller is sent as it is.
  const packed = reader.bytes(reader.number(length));
  const bytes = unpacked(codec, packed, { length, dictionary: before?.dictionary });
  if (bytes.length !== length) unreadable(`${bytes.length} bytes instead of ${length}`);
  before?.add(bytes);
  return bytes;
}

/** Passes over one without taking it out. */
export function skipPacked(reader: ByteReader): void {
  reader.number(codecs.length - 1);
  const length = reader.number(packedRowBytesMax);
  reader.bytes(reader.number(length));
}

function unpacked(
  codec: Codec,
  packed: Buffer,
  { length, dictionary }: { readonly length: number; readonly dictionary: Buffer | undefined },
): Buffer {
  // Of nothing, neither library makes anything. One piece, and a little so that no second is begun.
  const maxOutputLength = Math.max(1, length);
  const chunkSize = Math.max(64, length + 1);
  try {
    switch (codec) {
      case 'raw':
        return packed;
      case 'brotli':
        return brotliDecompressSync(packed, { maxOutputLength, chunkSize });
      case 'zstd':
      case 'dictionary':
        return zstdDecompressSync(packed, {
          maxOutputLength,
          chunkSize,
          ...(codec === 'dictionary' && dictionary !== undefined && { dictionary }),
          params: { [constants.ZSTD_d_windowLogMax]: windowBits },
        });
    }
  } catch (error) {
    return unreadable(error instanceof Error ? error.message : String(error));
  }
}

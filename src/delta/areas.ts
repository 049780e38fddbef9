/**
 * Areas: the stretches of programs that a computer loads at an address, and how a head says them.
 * Read from the header of a program, which is believed of nothing: an area that is wrong makes a
 * guess wrong.
 */

import { unreadable, type ByteReader, type ByteWriter } from './bytes.ts';
import { areasMax, entriesMax, imageBytesMax } from './limits.ts';

/** A stretch of an image that a computer loads at an address. */
export type Area = {
  /** In the image. */
  readonly at: number;
  readonly bytes: number;
  readonly address: number;
  /** Instructions of x86-64, or data that holds addresses of eight bytes. */
  readonly isCode: boolean;
  /** Areas of one program have one number. */
  readonly program: number;
};

const elfMagic = 0x464c457f;
const programHeaderMax = 64;
const addressMax = 2 ** 47;

/** Those of an ELF program for x86-64 that stands at `at` in the image; none for other files. */
export function areasOf(
  image: Buffer,
  at: number,
  bytes: number,
  program: number,
): readonly Area[] {
  if (bytes < 64 || image.readUInt32LE(at) !== elfMagic) return [];
  const isX86 = image[at + 4] === 2 && image[at + 5] === 1 && image.readUInt16LE(at + 18) === 62;
  if (!isX86) return [];
  const table = Number(image.readBigUInt64LE(at + 32));
  const entryBytes = image.readUInt16LE(at + 54);
  const entries = Math.min(image.readUInt16LE(at + 56), programHeaderMax);
  if (entryBytes < 56 || table + entries * entryBytes > bytes) return [];
  const areas: Area[] = [];
  for (let entry = 0; entry < entries; entry += 1) {
    const header = at + table + entry * entryBytes;
    const number = (offset: number): number => Number(image.readBigUInt64LE(header + offset));
    const [offset, address, length] = [number(8), number(16), number(32)];
    const isLoaded = image.readUInt32LE(header) === 1 && length > 0;
    if (!isLoaded || offset + length > bytes || address > addressMax) continue;
    const isCode = (image.readUInt32LE(header + 4) & 1) === 1;
    areas.push({ at: at + offset, bytes: length, address, isCode, program });
  }
  return areas;
}

export function writeAreas(writer: ByteWriter, areas: readonly Area[]): void {
  const written = areas.slice(0, areasMax);
  writer.number(written.length);
  for (const { at, bytes, address, isCode, program } of written) {
    for (const each of [at, bytes, address, isCode ? 1 : 0, program]) writer.number(each);
  }
}

export function readAreas(reader: ByteReader, imageBytes: number): readonly Area[] {
  const count = reader.number(areasMax);
  return Array.from({ length: count }, () => {
    const at = reader.number(imageBytesMax);
    const bytes = reader.number(imageBytesMax);
    if (at + bytes > imageBytes) unreadable('an area ends behind its image');
    const address = reader.number(addressMax);
    return {
      at,
      bytes,
      address,
      isCode: reader.number(1) === 1,
      program: reader.number(entriesMax),
    };
  });
}

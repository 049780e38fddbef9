/**
 * Foretells what the addresses in a program become. A recompiled program holds the same
 * instructions elsewhere, so every distance between two places of it changes by what was inserted
 * in between; the runs say where each place went, so most of these changes need not be sent.
 * Both ends do the same arithmetic on the old bytes and the runs; a guess that is wrong costs a
 * correction and nothing else. Absent: any trust in what an area says.
 */

import { unreadable } from './bytes.ts';
import { areasMax, entriesMax, imageBytesMax } from './limits.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import type { Runs } from './runs.ts';

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

/** Runs are looked up by cells of so many bytes of the old image. */
const cellBits = 4;
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

/** An area that addresses lead to. */
type Target = Area & {
  /** The first address behind it. */
  readonly end: number;
  /** Where the last one of its addresses went: the next one mostly goes there too. */
  lastNew: Area | undefined;
};

/** Areas by their place in an image, and by the addresses of their program. Asked millions of times. */
class Areas {
  readonly #byPlace: readonly Area[];
  readonly #byProgram = new Map<number, Target[]>();

  constructor(areas: readonly Area[]) {
    const sorted = areas.toSorted((left, right) => left.at - right.at);
    // None reaches over the next: where a place belongs does not depend on what was asked before.
    this.#byPlace = sorted.map((area, index) => {
      const next = sorted[index + 1]?.at ?? Infinity;
      return { ...area, bytes: Math.min(area.bytes, next - area.at) };
    });
    for (const area of areas) {
      const own = this.#byProgram.get(area.program);
      const target: Target = { ...area, end: area.address + area.bytes, lastNew: undefined };
      if (own === undefined) this.#byProgram.set(area.program, [target]);
      else own.push(target);
    }
  }

  /** The last that begins at or before that place, if it reaches it. */
  at(place: number): Area | undefined {
    let low = -1;
    let high = this.#byPlace.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#byPlace[middle]?.at ?? Infinity) <= place) low = middle;
      else high = middle - 1;
    }
    const area = this.#byPlace[low];
    return area !== undefined && place < area.at + area.bytes ? area : undefined;
  }

  /** In the order in which they were given. */
  ofProgram(program: number): readonly Target[] {
    return this.#byProgram.get(program) ?? [];
  }
}

function withAddress(areas: readonly Target[], address: number): Target | undefined {
  for (const area of areas) {
    if (address >= area.address && address < area.end) return area;
  }
  return undefined;
}

/** Whether the byte before it can be the operation of an instruction that has a distance. */
const hasDistance = new Uint8Array(256);
for (const operation of [
  0x01, 0x03, 0x0b, 0x10, 0x11, 0x23, 0x28, 0x29, 0x2b, 0x2e, 0x2f, 0x33, 0x38, 0x39, 0x3a, 0x3b,
  0x44, 0x45, 0x54, 0x57, 0x58, 0x59, 0x5c, 0x5e, 0x63, 0x6e, 0x6f, 0x7e, 0x7f, 0x80, 0x81, 0x83,
  0x84, 0x85, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8d, 0xb1, 0xb6, 0xb7, 0xbe, 0xc1, 0xc6, 0xc7, 0xd6,
  0xdb, 0xeb, 0xef, 0xf6, 0xf7, 0xff,
]) {
  hasDistance[operation] = 1;
}

export class AddressForecast {
  readonly #runs: Runs;
  readonly #oldAreas: Areas;
  readonly #newAreas: Areas;
  /** The run that says most about each cell of the old image, plus 1. */
  readonly #cells: Uint32Array;

  constructor(
    runs: Runs,
    areas: { readonly old: readonly Area[]; readonly new: readonly Area[] },
    oldBytes: number,
  ) {
    this.#runs = runs;
    this.#oldAreas = new Areas(areas.old);
    this.#newAreas = new Areas(areas.new);
    const isNeeded = areas.old.length > 0 && areas.new.length > 0;
    this.#cells = new Uint32Array(isNeeded ? (oldBytes >> cellBits) + 2 : 0);
    if (isNeeded) this.#fillCells();
  }

  /** A longer run says more; of two that are equally long, the later. */
  #fillCells(): void {
    const runs = this.#runs;
    const cells = this.#cells;
    const cellBytes = 1 << cellBits;
    for (let run = 0; run < runs.count; run += 1) {
      const from = runs.from(run);
      const bytes = runs.bytes(run);
      const last = (from + bytes - 1) >> cellBits;
      for (let cell = (from + cellBytes - 1) >> cellBits; cell <= last; cell += 1) {
        const known = cells[cell] ?? 0;
        if (known === 0 || runs.bytes(known - 1) <= bytes) cells[cell] = run + 1;
      }
    }
  }

  /** Where a place of the old image went; -1: nobody knows. */
  #newPlace(old: number): number {
    const cell = old >> cellBits;
    const run = this.#cells[cell] || this.#cells[cell + 1] || this.#cells[cell - 1] || 0;
    return run === 0 ? -1 : old - this.#runs.from(run - 1) + this.#runs.to(run - 1);
  }

  /** What an address of the old program becomes in the new one; 0: nobody knows. */
  #newAddress(address: number, program: readonly Target[]): number {
    const target = withAddress(program, address);
    if (target === undefined) return 0;
    const place = this.#newPlace(address - target.address + target.at);
    if (place < 0) return 0;
    const last = target.lastNew;
    const isLast = last !== undefined && place >= last.at && place < last.at + last.bytes;
    const area = isLast ? last : this.#newAreas.at(place);
    if (area === undefined) return 0;
    target.lastNew = area;
    return place - area.at + area.address;
  }

  /** Changes the old bytes of a run, in their place, into what they become as far as is known. */
  apply(bytes: Buffer, from: number, to: number): void {
    if (this.#cells.length === 0 || bytes.length < 5) return;
    const area = this.#oldAreas.at(from);
    const newArea = area === undefined ? undefined : this.#newAreas.at(to);
    if (area === undefined || newArea === undefined) return;
    const program = this.#oldAreas.ofProgram(area.program);
    const here = from - area.at + area.address;
    const moved = to - newArea.at + newArea.address - here;
    if (area.isCode) this.#applyToCode(bytes, { here, moved }, program);
    else this.#applyToData(bytes, (8 - (to % 8)) % 8, program);
  }

  #applyToCode(
    bytes: Buffer,
    { here, moved }: { readonly here: number; readonly moved: number },
    program: readonly Target[],
  ): void {
    const end = bytes.length;
    let before = 0;
    for (let at = 0; at + 5 <= end; at += 1) {
      const byte = bytes[at] ?? 0;
      let field = -1;
      if (byte === 0xe8 || byte === 0xe9) field = at + 1;
      else if (byte === 0x0f && ((bytes[at + 1] ?? 0) & 0xf0) === 0x80) field = at + 2;
      else if ((byte & 0xc7) === 0x05 && hasDistance[before] === 1) field = at + 1;
      before = byte;
      if (field < 0 || field + 4 > end) continue;
      const distance = bytes.readInt32LE(field);
      const target = here + field + 4 + distance;
      const becomes = this.#newAddress(target, program);
      if (becomes === 0) continue;
      const change = becomes - target - moved;
      if (change !== 0) bytes.writeInt32LE((distance + change) | 0, field);
      before = 0;
      at = field + 3;
    }
  }

  #applyToData(bytes: Buffer, first: number, program: readonly Target[]): void {
    for (let at = first; at + 8 <= bytes.length; at += 8) {
      const high = bytes.readUInt32LE(at + 4);
      if (high >= 0x8000) continue;
      const becomes = this.#newAddress(high * 2 ** 32 + bytes.readUInt32LE(at), program);
      if (becomes === 0) continue;
      bytes.writeUInt32LE(becomes % 2 ** 32, at);
      bytes.writeUInt32LE(Math.floor(becomes / 2 ** 32), at + 4);
    }
  }
}

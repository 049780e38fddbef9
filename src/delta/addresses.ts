/**
 * Foretells what the addresses in a program become. A recompiled program holds the same
 * instructions elsewhere, so every distance between two places of it changes by what was inserted
 * in between; the runs say where each place went, so most of these changes need not be sent.
 * Both ends do the same arithmetic on the old bytes and the runs; a guess that is wrong costs a
 * correction and nothing else. Absent: any trust in what an area says.
 */

import type { Area } from './areas.ts';
import type { Runs } from './runs.ts';

/** Runs are looked up by cells of so many bytes of the old image. */
const cellBits = 4;

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
      const middle = (low + high + 1) >> 1;
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
  for (let index = 0; index < areas.length; index += 1) {
    const area = areas[index];
    if (area !== undefined && address >= area.address && address < area.end) return area;
  }
  return undefined;
}

/**
 * The same number, not kept in 32 bits. What is computed with it is not either, so the engine
 * compiles the loops below for addresses of any size at once, and not first for small ones: of
 * applying the delta of a program of ten megabytes, that was a quarter.
 */
function wide(value: number): number {
  return Float64Array.of(value)[0] ?? value;
}

/** What a byte of code can be, as bits: asked of every byte. */
const callOrJump = 1;
const jumpPrefix = 2;
const operand = 4;
/** The operation of an instruction that may have a distance as its operand. */
const operation = 8;
const roles = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0xe8 || byte === 0xe9) return callOrJump;
  if (byte === 0x0f) return jumpPrefix;
  return (byte & 0xc7) === 0x05 ? operand : 0;
});
for (const byte of [
  0x01, 0x03, 0x0b, 0x10, 0x11, 0x23, 0x28, 0x29, 0x2b, 0x2e, 0x2f, 0x33, 0x38, 0x39, 0x3a, 0x3b,
  0x44, 0x45, 0x54, 0x57, 0x58, 0x59, 0x5c, 0x5e, 0x63, 0x6e, 0x6f, 0x7e, 0x7f, 0x80, 0x81, 0x83,
  0x84, 0x85, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x8d, 0xb1, 0xb6, 0xb7, 0xbe, 0xc1, 0xc6, 0xc7, 0xd6,
  0xdb, 0xeb, 0xef, 0xf6, 0xf7, 0xff,
]) {
  roles[byte] = (roles[byte] ?? 0) | operation;
}

export class AddressForecast {
  readonly #oldAreas: Areas;
  readonly #newAreas: Areas;
  /** How far the run that says most about each cell of the old image moves it, plus `#still`. */
  readonly #cells: Uint32Array;
  /** What stands in the cell of a place that did not move: no cell that a run is over holds 0. */
  readonly #still: number;

  constructor(
    runs: Runs,
    areas: { readonly old: readonly Area[]; readonly new: readonly Area[] },
    oldBytes: number,
  ) {
    this.#oldAreas = new Areas(areas.old);
    this.#newAreas = new Areas(areas.new);
    this.#still = oldBytes + 1;
    const isNeeded = areas.old.length > 0 && areas.new.length > 0;
    this.#cells = new Uint32Array(isNeeded ? (oldBytes >> cellBits) + 2 : 0);
    if (isNeeded) this.#fillCells(runs);
  }

  /** A longer run says more; of two that are equally long, the later: what says more comes last. */
  #fillCells(runs: Runs): void {
    const cellBytes = 1 << cellBits;
    for (const run of runs.fromShortToLong()) {
      const from = runs.from(run);
      const first = (from + cellBytes - 1) >> cellBits;
      const end = ((from + runs.bytes(run) - 1) >> cellBits) + 1;
      this.#cells.fill(runs.to(run) - from + this.#still, first, end);
    }
  }

  /** Where a place of the old image went; -1: nobody knows. */
  #newPlace(old: number): number {
    const cells = this.#cells;
    const cell = old >> cellBits;
    const moved = cells[cell] || cells[cell + 1] || cells[cell - 1] || 0;
    return moved === 0 ? -1 : old + moved - this.#still;
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
    const here = wide(from - area.at + area.address);
    const moved = to - newArea.at + newArea.address - here;
    if (area.isCode) this.#applyToCode(bytes, { here, moved }, program);
    else this.#applyToData(bytes, (8 - (to % 8)) % 8, program);
  }

  #applyToCode(
    bytes: Buffer,
    { here, moved }: { readonly here: number; readonly moved: number },
    program: readonly Target[],
  ): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const last = bytes.length - 4;
    let before = 0;
    for (let at = 0; at < last; at += 1) {
      const role = roles[bytes[at] ?? 0] ?? 0;
      let field = 0;
      if ((role & callOrJump) !== 0) field = at + 1;
      else if ((role & operand) !== 0 && (before & operation) !== 0) field = at + 1;
      else if ((role & jumpPrefix) !== 0 && ((bytes[at + 1] ?? 0) & 0xf0) === 0x80) field = at + 2;
      before = role;
      if (field === 0 || field > last) continue;
      const distance = view.getInt32(field, true);
      const target = here + field + 4 + distance;
      const becomes = this.#newAddress(target, program);
      if (becomes === 0) continue;
      const change = becomes - target - moved;
      if (change !== 0) view.setInt32(field, distance + change, true);
      before = 0;
      at = field + 3;
    }
  }

  #applyToData(bytes: Buffer, first: number, program: readonly Target[]): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = first; at + 8 <= bytes.length; at += 8) {
      const high = view.getUint32(at + 4, true);
      if (high >= 0x8000) continue;
      const becomes = this.#newAddress(high * 2 ** 32 + view.getUint32(at, true), program);
      if (becomes === 0) continue;
      view.setUint32(at, becomes, true);
      view.setUint32(at + 4, becomes / 2 ** 32, true);
    }
  }
}

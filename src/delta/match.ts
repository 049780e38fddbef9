/**
 * Finds what of the old image each part of the new one resembles. An index of windows of the old
 * image gives anchors; from an anchor a run is stretched over bytes that differ, for as long as
 * that pays: a recompiled program is the same almost everywhere and exactly so almost nowhere. After Percival's bsdiff, with a hash instead of a sorted suffix table: what is
 * found is nearly the same, in a fraction of the time and memory.
 */

import { segmentBytes } from './limits.ts';
import { Runs } from './runs.ts';

/** A file of the new image. */
export type NewFile = {
  readonly at: number;
  readonly bytes: number;
  /** Where in the old image the file of the same path begins, if there is one. */
  readonly before: number | null;
  /** Its addresses are foretold. */
  readonly isProgram: boolean;
};

/** Bytes that must agree for an anchor. */
const windowBytes = 12;
/** Every such place of the old image is in the index; more would cost memory and find little. */
const indexStride = 4;
const indexBitsMax = 24;
/** A run reaches back over bytes that differ at most that far. */
const backBytesMax = 4_096;
/** So many of the next bytes agree that nothing better is looked for among them. */
const strideBytes = 32;
const strideAgreeing = 28;

/** What a run must bring. */
type Demands = {
  /** Another alignment must explain that many bytes more than the one at hand: a run costs some. */
  readonly gainBytes: number;
  /** Bytes that agree for which one may differ. */
  readonly agreeingPerWrong: number;
  /** More bytes of a file for each run than that, and it is kindred to the old image. */
  readonly bytesPerRunMin: number;
};

/** Where the same program was built again, most of what differs are addresses that are foretold. */
const program: Demands = { gainBytes: 8, agreeingPerWrong: 1, bytesPerRunMin: 512 };
/** Of text a short stretch costs no more than the numbers that say where it was. */
const text: Demands = { gainBytes: 16, agreeingPerWrong: 2, bytesPerRunMin: 2_048 };
/** Where much was written anew, few long runs and many extra bytes are the smaller delta. */
const remote: Demands = { gainBytes: 48, agreeingPerWrong: 2, bytesPerRunMin: 0 };

function hashAt(bytes: Uint8Array, at: number): number {
  const word = (from: number): number =>
    (bytes[from] ?? 0) |
    ((bytes[from + 1] ?? 0) << 8) |
    ((bytes[from + 2] ?? 0) << 16) |
    ((bytes[from + 3] ?? 0) << 24);
  let hash =
    Math.imul(word(at), 0x9e3779b1) ^
    Math.imul(word(at + 4), 0x85ebca77) ^
    Math.imul(word(at + 8), 0xc2b2ae3d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

class OldIndex {
  readonly #places: Int32Array;
  readonly #mask: number;

  constructor(old: Uint8Array) {
    const places = Math.max(256, old.length / indexStride);
    const bits = Math.min(indexBitsMax, Math.ceil(Math.log2(places)) + 1);
    this.#places = new Int32Array(2 ** bits).fill(-1);
    this.#mask = 2 ** bits - 1;
    for (let at = 0; at + windowBytes <= old.length; at += indexStride) {
      this.#places[hashAt(old, at) & this.#mask] = at;
    }
  }

  /** Where these bytes may stand in the old image; -1: nowhere. */
  find(bytes: Uint8Array, at: number): number {
    return this.#places[hashAt(bytes, at) & this.#mask] ?? -1;
  }
}

export function findRuns(old: Uint8Array, image: Uint8Array, files: readonly NewFile[]): Runs {
  const index = new OldIndex(old);
  const found = new Runs();
  for (const file of files) {
    const demands = file.isProgram ? program : text;
    const first = new Runs();
    new FileMatcher({ old, image, index, demands }, first).match(file);
    const isKindred = first.count * demands.bytesPerRunMin < file.bytes || first.count <= fewRuns;
    if (isKindred) found.addAll(first);
    else new FileMatcher({ old, image, index, demands: remote }, found).match(file);
  }
  return disjoint(found);
}

/** Of a small file that changed in its middle. */
const fewRuns = 4;

type Given = {
  readonly old: Uint8Array;
  readonly image: Uint8Array;
  readonly index: OldIndex;
  readonly demands: Demands;
};

/** One file of the new image; `shift` is what leads from a place in it to the old image. */
class FileMatcher {
  readonly #old: Uint8Array;
  readonly #image: Uint8Array;
  readonly #index: OldIndex;
  readonly #demands: Demands;
  readonly #found: Runs;
  #start = 0;
  #end = 0;
  #shift = 0;

  constructor(given: Given, found: Runs) {
    this.#old = given.old;
    this.#image = given.image;
    this.#index = given.index;
    this.#demands = given.demands;
    this.#found = found;
  }

  match(file: NewFile): void {
    this.#start = file.at;
    this.#end = file.at + file.bytes;
    this.#shift = (file.before ?? 0) - file.at;
    let at = this.#start;
    while (at < this.#end) {
      at = this.#skipAgreeing(at);
      const anchor = this.#nextAnchor(at);
      if (anchor === null) break;
      this.#close(anchor.at);
      this.#open(anchor);
      at = anchor.until;
    }
    this.#close(this.#end);
  }

  /** Where the alignment at hand first stops to agree. */
  #skipAgreeing(from: number): number {
    const old = this.#old;
    const image = this.#image;
    const shift = this.#shift;
    const end = Math.min(this.#end, old.length - shift);
    let at = from;
    for (;;) {
      while (at < end && image[at] === old[at + shift]) at += 1;
      if (at + strideBytes > end) return at;
      let agreeing = 0;
      for (let k = at; k < at + strideBytes; k += 1) if (image[k] === old[k + shift]) agreeing += 1;
      if (agreeing < strideAgreeing) return at;
      at += strideBytes;
    }
  }

  /** The next stretch that another alignment explains clearly better. */
  #nextAnchor(
    from: number,
  ): { readonly at: number; readonly until: number; readonly shift: number } | null {
    const old = this.#old;
    const image = this.#image;
    for (let at = from; at + windowBytes <= this.#end; at += 1) {
      const place = this.#index.find(image, at);
      if (place < 0) continue;
      const most = Math.min(old.length - place, this.#end - at);
      let ahead = 0;
      while (ahead < most && image[at + ahead] === old[place + ahead]) ahead += 1;
      if (ahead < windowBytes) continue;
      if (place - at === this.#shift) {
        at += ahead - 1;
        continue;
      }
      const least = Math.max(this.#start, at - place, at - backBytesMax);
      let first = at;
      while (first > least && image[first - 1] === old[place - (at - first) - 1]) first -= 1;
      const until = at + ahead;
      if (until - first - this.#agreeing(first, until) > this.#demands.gainBytes) {
        return { at: first, until, shift: place - at };
      }
      if (ahead > 16) at += ahead - 1;
    }
    return null;
  }

  /** Bytes that the alignment at hand explains of this stretch. */
  #agreeing(from: number, until: number): number {
    let agreeing = 0;
    for (let at = from; at < until; at += 1) {
      const before = at + this.#shift;
      if (before >= 0 && before < this.#old.length && this.#image[at] === this.#old[before]) {
        agreeing += 1;
      }
    }
    return agreeing;
  }

  /** Of a stretch with so many agreeing bytes. */
  #worth(agreeing: number, bytes: number): number {
    return agreeing - this.#demands.agreeingPerWrong * (bytes - agreeing);
  }

  /** Ends the run at hand where going on would not pay, at `until` at the latest. */
  #close(until: number): void {
    const most = Math.min(until - this.#start, this.#old.length - (this.#start + this.#shift));
    let agreeing = 0;
    let best = 0;
    let bytes = 0;
    for (let k = 0; k < most; k += 1) {
      if (this.#image[this.#start + k] === this.#old[this.#start + this.#shift + k]) agreeing += 1;
      if (this.#worth(agreeing, k + 1) > best) {
        best = this.#worth(agreeing, k + 1);
        bytes = k + 1;
      }
    }
    if (bytes > 0) this.#found.add(this.#start, this.#start + this.#shift, bytes);
    this.#start += bytes;
  }

  /** Begins the next run at the anchor, or before it, where it explains more than nothing. */
  #open(anchor: { readonly at: number; readonly shift: number }): void {
    const most = Math.min(anchor.at - this.#start, anchor.at + anchor.shift, backBytesMax);
    let agreeing = 0;
    let best = 0;
    let back = 0;
    for (let k = 1; k <= most; k += 1) {
      const at = anchor.at - k;
      if (this.#image[at] === this.#old[at + anchor.shift]) agreeing += 1;
      if (this.#worth(agreeing, k) > best) {
        best = this.#worth(agreeing, k);
        back = k;
      }
    }
    this.#start = anchor.at - back;
    this.#shift = anchor.shift;
  }
}

/** Each byte in one run at most, and each run in one segment. */
function disjoint(found: Runs): Runs {
  const runs = new Runs();
  let end = 0;
  for (let index = 0; index < found.count; index += 1) {
    const skipped = Math.max(0, end - found.to(index));
    let to = found.to(index) + skipped;
    let from = found.from(index) + skipped;
    const until = found.to(index) + found.bytes(index);
    while (to < until) {
      const border = (Math.floor(to / segmentBytes) + 1) * segmentBytes;
      const bytes = Math.min(until, border) - to;
      runs.add(to, from, bytes);
      to += bytes;
      from += bytes;
    }
    end = Math.max(end, until);
  }
  return runs;
}

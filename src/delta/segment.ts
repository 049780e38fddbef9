/**
 * A segment: a stretch of the new image as runs of the old one, each byte of which may need a
 * correction, and as extra bytes. Three rows are compressed each for itself, because each has its
 * own kind of regularity: the gaps between corrections, the corrections, the extra bytes.
 */

import type { AddressForecast } from './addresses.ts';
import { ByteReader, ByteWriter, unreadable } from './bytes.ts';
import { segmentBytes } from './limits.ts';
import { readPacked, RowsBefore, writePacked } from './packing.ts';
import type { Runs } from './runs.ts';

/** What the segments before had of each kind of row; both ends keep the same. */
export class SegmentsBefore {
  readonly gaps = new RowsBefore();
  readonly corrections = new RowsBefore();
  readonly extra = new RowsBefore();
}

/** Where a segment begins and ends in the new image, and which runs lie in it. */
export type SegmentPlace = {
  readonly at: number;
  readonly bytes: number;
  readonly firstRun: number;
  readonly lastRun: number;
};

export function segmentPlaces(imageBytes: number, runs: Runs): readonly SegmentPlace[] {
  const places: SegmentPlace[] = [];
  let run = 0;
  for (let at = 0; at < imageBytes; at += segmentBytes) {
    const bytes = Math.min(segmentBytes, imageBytes - at);
    const firstRun = run;
    while (run < runs.count && runs.to(run) < at + bytes) run += 1;
    places.push({ at, bytes, firstRun, lastRun: run });
  }
  return places;
}

export function writeSegment(
  place: SegmentPlace,
  {
    old,
    image,
    runs,
    forecast,
    before,
  }: Readonly<{
    old: Buffer;
    image: Buffer;
    runs: Runs;
    forecast: AddressForecast;
    before: SegmentsBefore;
  }>,
): Buffer {
  const gaps = new ByteWriter();
  const corrections = new ByteWriter();
  const extra = new ByteWriter();
  const correction = Buffer.alloc(1);
  let at = place.at;
  let gap = 0;
  for (let run = place.firstRun; run < place.lastRun; run += 1) {
    const to = runs.to(run);
    const from = runs.from(run);
    extra.bytes(image.subarray(at, to));
    const foretold = Buffer.from(old.subarray(from, from + runs.bytes(run)));
    forecast.apply(foretold, from, to);
    for (let k = 0; k < foretold.length; k += 1) {
      const difference = ((image[to + k] ?? 0) - (foretold[k] ?? 0)) & 255;
      if (difference === 0) gap += 1;
      else {
        gaps.number(gap);
        correction[0] = difference;
        corrections.bytes(correction);
        gap = 0;
      }
    }
    at = to + foretold.length;
  }
  extra.bytes(image.subarray(at, place.at + place.bytes));
  const writer = new ByteWriter();
  writePacked(writer, gaps.end(), before.gaps);
  writePacked(writer, corrections.end(), before.corrections);
  writePacked(writer, extra.end(), before.extra);
  return writer.end();
}

/** Fills the target with what the old image has from there on. */
export type ReadOld = (from: number, target: Buffer) => void;

/** Into the front of `into`, which is as long as a segment can be. */
export function readSegment(
  packed: Buffer,
  place: SegmentPlace,
  {
    readOld,
    runs,
    forecast,
    before,
    into,
  }: Readonly<{
    readOld: ReadOld;
    runs: Runs;
    forecast: AddressForecast;
    before: SegmentsBefore;
    into: Buffer;
  }>,
): Buffer {
  const reader = new ByteReader(packed);
  const gaps = readPacked(reader, 4 * segmentBytes, before.gaps);
  const corrections = new Corrections(gaps, readPacked(reader, segmentBytes, before.corrections));
  const extra = new ByteReader(readPacked(reader, segmentBytes, before.extra));
  reader.end();
  const image = into.subarray(0, place.bytes);
  let at = 0;
  for (let run = place.firstRun; run < place.lastRun; run += 1) {
    const to = runs.to(run) - place.at;
    extra.copy(image, at, to);
    at = to + runs.bytes(run);
    const foretold = image.subarray(to, at);
    readOld(runs.from(run), foretold);
    forecast.apply(foretold, runs.from(run), runs.to(run));
    corrections.apply(foretold);
  }
  extra.copy(image, at, place.bytes);
  extra.end();
  corrections.end();
  return image;
}

/** Adds to the bytes of runs, in their order, what they lack. */
class Corrections {
  readonly #gaps: ByteReader;
  readonly #corrections: Buffer;
  #applied = 0;
  /** Bytes up to the next correction. */
  #gap: number;

  constructor(gaps: Buffer, corrections: Buffer) {
    this.#gaps = new ByteReader(gaps);
    this.#corrections = corrections;
    this.#gap = this.#nextGap();
  }

  #nextGap(): number {
    return this.#applied < this.#corrections.length
      ? this.#gaps.number(segmentBytes)
      : segmentBytes;
  }

  apply(bytes: Buffer): void {
    let at = this.#gap;
    while (at < bytes.length) {
      bytes[at] = ((bytes[at] ?? 0) + (this.#corrections[this.#applied] ?? 0)) & 255;
      this.#applied += 1;
      at += 1 + this.#nextGap();
    }
    this.#gap = at - bytes.length;
  }

  end(): void {
    this.#gaps.end();
    if (this.#applied !== this.#corrections.length)
      unreadable('a correction is behind the last run');
  }
}

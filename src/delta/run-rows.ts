/**
 * Runs as three rows of numbers, as a head has them. What can be expected of a run costs next to
 * nothing: that it goes on where the one before it ended, that a file resembles the old one of its
 * name, and that it does so to its end.
 */

import { ByteWriter, unreadable, type ByteReader } from './bytes.ts';
import { imageBytesMax, segmentBytes } from './limits.ts';
import type { Entry, NewEntry } from './listing.ts';
import { Runs } from './runs.ts';

/** A file of the new image. */
type ImageFile = {
  readonly at: number;
  readonly end: number;
  /** Where in the old image the file of that name begins; -1: there is none. */
  readonly before: number;
};

export type Trees = { readonly old: readonly Entry[]; readonly entries: readonly NewEntry[] };

function imageFiles({ old, entries }: Trees): readonly ImageFile[] {
  const before = new Map<string, number>();
  let at = 0;
  for (const entry of old) {
    if (entry.kind !== 'file') continue;
    before.set(entry.path, at);
    at += entry.bytes;
  }
  at = 0;
  return entries.flatMap((entry) => {
    if (entry.kind !== 'file' || entry.copyOf !== null || entry.bytes === 0) return [];
    const file = { at, end: at + entry.bytes, before: before.get(entry.path) ?? -1 };
    at = file.end;
    return [file];
  });
}

/** Follows runs from the first to the last, at both ends alike. */
class Expectation {
  readonly #files: readonly ImageFile[];
  #file = 0;
  #fileOfLast = -1;
  #from = 0;

  constructor(trees: Trees) {
    this.#files = imageFiles(trees);
  }

  #fileAt(to: number): ImageFile {
    while (to >= (this.#files[this.#file]?.end ?? Infinity)) this.#file += 1;
    return this.#files[this.#file] ?? unreadable('a run is in no file');
  }

  /** Where in the old image a run is likely to begin. */
  from(to: number): number {
    const file = this.#fileAt(to);
    const isFirst = this.#file !== this.#fileOfLast && file.before >= 0;
    return isFirst ? file.before + (to - file.at) : this.#from;
  }

  /** How long a run can be. */
  bytesMax(to: number): number {
    const border = (Math.floor(to / segmentBytes) + 1) * segmentBytes;
    return Math.min(this.#fileAt(to).end, border) - to;
  }

  passed(to: number, from: number, bytes: number): void {
    this.#fileAt(to);
    this.#fileOfLast = this.#file;
    this.#from = from + bytes;
  }
}

/**
 * How far behind the end of the run before, how long (0: as long as it can be), and how far from
 * where it is expected in the old image.
 */
export function writeRuns(runs: Runs, trees: Trees): readonly ByteWriter[] {
  const [gaps, lengths, jumps] = [new ByteWriter(), new ByteWriter(), new ByteWriter()];
  const expected = new Expectation(trees);
  let end = 0;
  for (let run = 0; run < runs.count; run += 1) {
    const [to, from, bytes] = [runs.to(run), runs.from(run), runs.bytes(run)];
    gaps.number(to - end);
    lengths.number(bytes === expected.bytesMax(to) ? 0 : bytes);
    jumps.signed(from - expected.from(to));
    expected.passed(to, from, bytes);
    end = to + bytes;
  }
  return [gaps, lengths, jumps];
}

export function readRuns(
  [gaps, lengths, jumps]: readonly [ByteReader, ByteReader, ByteReader],
  {
    runCount,
    imageBytes,
    oldBytes,
    ...trees
  }: Trees & { readonly runCount: number; readonly imageBytes: number; readonly oldBytes: number },
): Runs {
  const runs = new Runs(runCount);
  const expected = new Expectation(trees);
  let end = 0;
  for (let run = 0; run < runCount; run += 1) {
    const to = end + gaps.number(imageBytes);
    if (to >= imageBytes) unreadable('a run leaves its image');
    const bytesMax = expected.bytesMax(to);
    const bytes = lengths.number(bytesMax) || bytesMax;
    const from = expected.from(to) + jumps.signed(imageBytesMax);
    if (from < 0 || from + bytes > oldBytes) unreadable('a run leaves its image');
    runs.add(to, from, bytes);
    expected.passed(to, from, bytes);
    end = to + bytes;
  }
  for (const row of [gaps, lengths, jumps]) row.end();
  return runs;
}

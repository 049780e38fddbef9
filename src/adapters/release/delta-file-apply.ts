/**
 * Makes a tree out of another one and a delta file (docs/protocol/delta.md). What a delta says is
 * believed of nothing: names, kinds and sizes are checked as those of an archive are, memory stays
 * within one segment and its runs, and the tree is digested from the disk before it gets its name.
 */

import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { AddressForecast } from '#delta/addresses.ts';
import { DeltaUnreadable } from '#delta/bytes.ts';
import { preambleBytes, readHead, readPreamble, sha256, type Head } from '#delta/head.ts';
import { segmentBytes } from '#delta/limits.ts';
import type { NewEntry } from '#delta/listing.ts';
import { readSegment, segmentPlaces, SegmentsBefore } from '#delta/segment.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import {
  placeTree,
  type FileBody,
  type PlacedTree,
  type TreePart,
} from './package-archive-place.ts';
import { fill, readExactly } from './delta-file-check.ts';
import { OldImage } from './old-image.ts';
import { openEntryRules, walkTree, type TreeEntry } from './package-archive-tree.ts';

export type ApplyOptions = PlacedTree & {
  readonly deltaFile: string;
  /** The tree that the delta is from; it is not changed. */
  readonly oldFolder: string;
  readonly bytesMax: number;
  readonly filesMax: number;
};

const copyBytes = 1024 * 1024;

export async function applyDelta(options: ApplyOptions): Promise<Result<null>> {
  const { deltaFile, oldFolder } = options;
  const old = await walkTree(oldFolder);
  if (!old.ok) return old;
  const image = new OldImage(oldFolder, old.value);
  try {
    return await placeTree(options, async (part) => {
      const delta = await open(deltaFile);
      try {
        return await writeTree(part, { ...options, delta, old: old.value, image });
      } finally {
        await delta.close();
      }
    });
  } catch (error) {
    if (!(error instanceof DeltaUnreadable)) throw error;
    return refuse(problem('PACKAGE_UNREADABLE', { file: deltaFile, detail: error.message }));
  } finally {
    image.close();
  }
}

type Applying = ApplyOptions & {
  readonly delta: FileHandle;
  readonly old: readonly TreeEntry[];
  readonly image: OldImage;
};

async function writeTree(part: TreePart, applying: Applying): Promise<Result<null>> {
  const { delta, old, oldFolder, bytesMax, filesMax } = applying;
  const preamble = readPreamble(await readExactly(delta, 0, preambleBytes));
  const bytes = await readExactly(delta, preambleBytes, preamble.bytes);
  if (!sha256(bytes).equals(preamble.digest)) throw new DeltaUnreadable('its head is damaged');
  const head = readHead(bytes, old);
  const against = againstSizes(head.entries, { bytesMax, filesMax });
  if (against !== null) return against;
  const rules = openEntryRules();
  const rest = new ImageReader(newImage(head, preambleBytes + preamble.bytes, applying));
  for (const entry of head.entries) {
    const because = rules.refusal(entry);
    if (because !== null) return refuse(because);
    const refused = await part.add(entry, bodyOf(entry, rest, old, oldFolder));
    if (refused !== null) return refused;
  }
  return ok(null);
}

function againstSizes(
  entries: readonly NewEntry[],
  { bytesMax, filesMax }: Pick<ApplyOptions, 'bytesMax' | 'filesMax'>,
): ReturnType<typeof refuse> | null {
  const bytes = entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.bytes : 0), 0);
  if (bytes > bytesMax) return refuse(problem('PACKAGE_TOO_LARGE', { bytes, bytesMax }));
  if (entries.length <= filesMax) return null;
  return refuse(problem('PACKAGE_TOO_LARGE', { bytes: entries.length, bytesMax: filesMax }));
}

function bodyOf(
  entry: NewEntry,
  rest: ImageReader,
  old: readonly TreeEntry[],
  oldFolder: string,
): FileBody {
  if (entry.kind !== 'file') return nothing();
  if (entry.copyOf === null) return rest.next(entry.bytes);
  return copied(join(oldFolder, old[entry.copyOf]?.path ?? ''), entry.bytes);
}

async function* nothing(): FileBody {}

async function* copied(file: string, bytes: number): FileBody {
  const handle = await open(file);
  try {
    const piece = Buffer.allocUnsafe(Math.min(copyBytes, bytes));
    for (let at = 0; at < bytes; at += copyBytes) {
      yield ok(await fill(handle, at, piece.subarray(0, bytes - at)));
    }
  } finally {
    await handle.close();
  }
}

/** The segments of the new image, one after another: at no time is there more than one. */
async function* newImage(
  head: Head,
  firstAt: number,
  { delta, image }: Applying,
): AsyncIterable<Buffer> {
  const { runs, areas, imageBytes, segments } = head;
  const forecast = new AddressForecast(runs, areas, image.bytes);
  const readOld = image.read.bind(image);
  // One for all segments: whoever is handed a piece has written it when he asks for the next.
  const segmentImage = Buffer.allocUnsafeSlow(Math.min(segmentBytes, imageBytes));
  const before = new SegmentsBefore();
  let at = firstAt;
  for (const [index, place] of segmentPlaces(imageBytes, runs).entries()) {
    const segment = segments[index];
    if (segment === undefined) throw new DeltaUnreadable('a segment is missing');
    const packed = await readExactly(delta, at, segment.bytes);
    if (!sha256(packed).equals(segment.digest)) throw new DeltaUnreadable('a segment is damaged');
    at += segment.bytes;
    yield readSegment(packed, place, { readOld, runs, forecast, before, into: segmentImage });
  }
}

/** Hands out the new image file by file. */
class ImageReader {
  readonly #segments: AsyncIterator<Buffer>;
  #left: Buffer = Buffer.alloc(0);

  constructor(segments: AsyncIterable<Buffer>) {
    this.#segments = segments[Symbol.asyncIterator]();
  }

  async *next(bytes: number): FileBody {
    for (let missing = bytes; missing > 0;) {
      if (this.#left.length === 0) {
        const segment = await this.#segments.next();
        if (segment.done === true) throw new DeltaUnreadable('its image is too short');
        this.#left = segment.value;
      }
      const piece = this.#left.subarray(0, missing);
      this.#left = this.#left.subarray(piece.length);
      missing -= piece.length;
      yield ok(piece);
    }
  }
}

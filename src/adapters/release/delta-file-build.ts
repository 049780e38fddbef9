/**
 * Makes a delta file from one tree to another (docs/protocol/delta.md). Takes the memory of both
 * trees and an index, and seconds to minutes of a processor: for a worker, or a tool of its own.
 */

import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { AddressForecast } from '#delta/addresses.ts';
import { areasOf } from '#delta/areas.ts';
import { imageBytesOf, sha256, writeHead } from '#delta/head.ts';
import { imageBytesMax, runsMax } from '#delta/limits.ts';
import type { NewEntry } from '#delta/listing.ts';
import { findRuns } from '#delta/match.ts';
import { segmentPlaces, SegmentsBefore, writeSegment } from '#delta/segment.ts';
import type { Digest } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { partBeside, refuseDiskError, removePart, renameDurably } from '../files/atomic-file.ts';
import { digestOfFile, openDigestMeter } from '../files/digest.ts';
import { walkTree, type TreeEntry } from './package-archive-tree.ts';

export type DeltaFile = { readonly digest: Digest; readonly bytes: number };

type FileEntry = TreeEntry & { readonly kind: 'file' };
/** A tree, and where each of its files begins in the image of all of them. */
type Side = {
  readonly folder: string;
  readonly entries: readonly TreeEntry[];
  readonly bytes: number;
};

export async function buildDelta(options: {
  readonly oldFolder: string;
  readonly newFolder: string;
  readonly file: string;
}): Promise<Result<DeltaFile>> {
  const old = await sideOf(options.oldFolder);
  if (!old.ok) return old;
  const next = await sideOf(options.newFolder);
  if (!next.ok) return next;
  try {
    return await writeDelta(old.value, next.value, options.file);
  } catch (error) {
    return refuseDiskError(error, options.file);
  }
}

async function sideOf(folder: string): Promise<Result<Side>> {
  const entries = await walkTree(folder);
  if (!entries.ok) return entries;
  const bytes = imageBytesOf(entries.value);
  if (bytes > imageBytesMax) {
    return refuse(problem('PACKAGE_TOO_LARGE', { bytes, bytesMax: imageBytesMax }));
  }
  return ok({ folder, entries: entries.value, bytes });
}

async function writeDelta(old: Side, next: Side, file: string): Promise<Result<DeltaFile>> {
  const entries = await newEntries(old, next);
  const oldFiles = placed(old.entries);
  const newFiles = placed(
    entries.filter((entry) => entry.kind !== 'file' || entry.copyOf === null),
  );
  const oldImage = await readImage(old.folder, oldFiles);
  const image = await readImage(next.folder, newFiles);
  const before = new Map(oldFiles.map(({ entry, at }, index) => [entry.path, { at, index }]));
  const runs = findRuns(
    oldImage,
    image,
    newFiles.map(({ entry, at }) => {
      const isProgram = areasOf(image, at, entry.bytes, 0).length > 0;
      return { at, bytes: entry.bytes, before: before.get(entry.path)?.at ?? null, isProgram };
    }),
  );
  if (runs.count > runsMax) {
    const detail = `${runs.count} runs, more than ${runsMax}`;
    return refuse(problem('DELTA_UNMADE', { detail }));
  }
  const areas = {
    old: oldFiles.flatMap(({ entry, at }, index) => areasOf(oldImage, at, entry.bytes, index)),
    new: newFiles.flatMap(({ entry, at }) => {
      const program = before.get(entry.path)?.index;
      return program === undefined ? [] : areasOf(image, at, entry.bytes, program);
    }),
  };
  const forecast = new AddressForecast(runs, areas, oldImage.length);
  const segmentsBefore = new SegmentsBefore();
  const packed = segmentPlaces(image.length, runs).map((place) =>
    writeSegment(place, { old: oldImage, image, runs, forecast, before: segmentsBefore }),
  );
  const segments = packed.map((bytes) => ({ bytes: bytes.length, digest: sha256(bytes) }));
  const head = { entries, imageBytes: image.length, runs, areas, segments };
  return ok(await writeFile(file, [writeHead(old.entries, head), ...packed]));
}

/** The new tree's entries; files that the old tree has, under whatever name, are copied. */
async function newEntries(old: Side, next: Side): Promise<readonly NewEntry[]> {
  const oldSizes = new Map<number, number[]>();
  const byPath = new Map<string, number>();
  old.entries.forEach((entry, index) => {
    byPath.set(entry.path, index);
    if (entry.kind !== 'file') return;
    oldSizes.set(entry.bytes, [...(oldSizes.get(entry.bytes) ?? []), index]);
  });
  const digests = new Map<number, Promise<Digest>>();
  const oldDigest = (index: number): Promise<Digest> => {
    const known =
      digests.get(index) ?? digestOfFile(join(old.folder, old.entries[index]?.path ?? ''));
    digests.set(index, known);
    return known;
  };
  const found: NewEntry[] = [];
  for (const entry of next.entries) {
    if (entry.kind !== 'file') found.push(entry);
    else found.push({ ...entry, copyOf: await sourceOf(entry) });
  }
  return found;

  /** The file of the same path, if it is the same; else any. */
  async function sourceOf(entry: FileEntry): Promise<number | null> {
    const same = oldSizes.get(entry.bytes) ?? [];
    if (same.length === 0) return null;
    const digest = await digestOfFile(join(next.folder, entry.path));
    const own = byPath.get(entry.path);
    const order = own !== undefined && same.includes(own) ? [own, ...same] : same;
    for (const index of order) if ((await oldDigest(index)) === digest) return index;
    return null;
  }
}

type PlacedFile = { readonly entry: FileEntry; readonly at: number };

function placed(entries: readonly TreeEntry[]): readonly PlacedFile[] {
  let at = 0;
  return entries.flatMap((entry) => {
    if (entry.kind !== 'file') return [];
    const file = { entry, at };
    at += entry.bytes;
    return [file];
  });
}

async function readImage(folder: string, files: readonly PlacedFile[]): Promise<Buffer> {
  const last = files.at(-1);
  const image = Buffer.alloc(last === undefined ? 0 : last.at + last.entry.bytes);
  for (const { entry, at } of files) {
    const handle = await open(join(folder, entry.path));
    try {
      for (let done = 0; done < entry.bytes;) {
        const { bytesRead } = await handle.read(image, at + done, entry.bytes - done, done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
    } finally {
      await handle.close();
    }
  }
  return image;
}

async function writeFile(file: string, pieces: readonly Buffer[]): Promise<DeltaFile> {
  const part = partBeside(file);
  const meter = openDigestMeter();
  try {
    const handle = await open(part, 'wx');
    try {
      for (const piece of pieces) {
        meter.add(piece);
        await handle.writeFile(piece);
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
    await renameDurably(part, file);
    return { digest: meter.end(), bytes: meter.bytes() };
  } catch (error) {
    await removePart(part);
    throw error;
  }
}

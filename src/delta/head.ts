/**
 * The head of a delta: all that must be known before its first segment can be applied. What it
 * says is bounded here and believed by nobody: the tree that comes of it is digested.
 */

import { createHash } from 'node:crypto';
import { readAreas, writeAreas, type Area } from './areas.ts';
import { ByteReader, ByteWriter, unreadable } from './bytes.ts';
import {
  areaBytesMax,
  areasMax,
  headBytesMax,
  imageBytesMax,
  listingBytesMax,
  packedSegmentBytesMax,
  runNumberBytesMax,
  runsMax,
  segmentBytes,
} from './limits.ts';
import { readListing, writeListing, type Entry, type NewEntry } from './listing.ts';
import { readPacked, skipPacked, writePacked } from './packing.ts';
import { readRuns, writeRuns } from './run-rows.ts';
import type { Runs } from './runs.ts';

export type PackedSegment = { readonly bytes: number; readonly digest: Buffer };

export type Head = {
  readonly entries: readonly NewEntry[];
  readonly imageBytes: number;
  readonly runs: Runs;
  readonly areas: { readonly old: readonly Area[]; readonly new: readonly Area[] };
  readonly segments: readonly PackedSegment[];
};

/** All files of a tree end to end, in the order of its listing. */
export function imageBytesOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.bytes : 0), 0);
}

const magic = Buffer.from('dankai-delta 1\n');
const digestBytes = 32;
/** Stands before every head: what it is, how long the head is, and its digest. */
export const preambleBytes = magic.length + 4 + digestBytes;

export function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** Magic, length and digest, then the head itself. */
export function writeHead(old: readonly Entry[], head: Head): Buffer {
  const rows = [
    new ByteWriter(),
    new ByteWriter(),
    ...writeRuns(head.runs, { old, entries: head.entries }),
  ];
  const [listing = new ByteWriter(), areas = new ByteWriter()] = rows;
  writeListing(listing, old, head.entries);
  writeAreas(areas, head.areas.old);
  writeAreas(areas, head.areas.new);
  const writer = new ByteWriter();
  writer.number(head.imageBytes);
  writer.number(head.runs.count);
  for (const row of rows) writePacked(writer, row.end());
  writer.number(head.segments.length);
  for (const { bytes, digest } of head.segments) {
    writer.number(bytes);
    writer.bytes(digest);
  }
  const bytes = writer.end();
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([magic, length, sha256(bytes), bytes]);
}

/** How many bytes the head has, and their digest. */
export function readPreamble(bytes: Buffer): { readonly bytes: number; readonly digest: Buffer } {
  if (bytes.length < preambleBytes || !bytes.subarray(0, magic.length).equals(magic)) {
    unreadable('it is no delta of format 1');
  }
  const length = bytes.readUInt32LE(magic.length);
  if (length > headBytesMax) unreadable('its head is too long');
  return { bytes: length, digest: bytes.subarray(magic.length + 4, preambleBytes) };
}

export function readHead(bytes: Buffer, old: readonly Entry[]): Head {
  const oldBytes = imageBytesOf(old);
  const reader = new ByteReader(bytes);
  const imageBytes = reader.number(imageBytesMax);
  const runCount = reader.number(runsMax);
  const row = (bytesMax: number): ByteReader => new ByteReader(readPacked(reader, bytesMax));
  const listing = row(listingBytesMax);
  const entries = readListing(listing, old);
  listing.end();
  const sent = entries.filter((entry) => entry.kind !== 'file' || entry.copyOf === null);
  if (imageBytesOf(sent) !== imageBytes) unreadable('its files are not as long as its image');
  const areas = row(2 * areasMax * areaBytesMax);
  const both = { old: readAreas(areas, oldBytes), new: readAreas(areas, imageBytes) };
  areas.end();
  const runBytes = runCount * runNumberBytesMax;
  const runs = readRuns([row(runBytes), row(runBytes), row(runBytes)], {
    runCount,
    imageBytes,
    oldBytes,
    old,
    entries,
  });
  const segments = readSegments(reader, imageBytes);
  return { entries, imageBytes, runs, areas: both, segments };
}

const rowsOfHead = 5;

/** What of a head can be read without the tree that it is from. */
export function readSegmentTable(bytes: Buffer): readonly PackedSegment[] {
  const reader = new ByteReader(bytes);
  const imageBytes = reader.number(imageBytesMax);
  reader.number(runsMax);
  for (let row = 0; row < rowsOfHead; row += 1) skipPacked(reader);
  return readSegments(reader, imageBytes);
}

function readSegments(reader: ByteReader, imageBytes: number): readonly PackedSegment[] {
  const count = reader.number(Math.ceil(imageBytes / segmentBytes));
  if (count !== Math.ceil(imageBytes / segmentBytes)) unreadable('segments are missing');
  const segments = Array.from({ length: count }, () => {
    return { bytes: reader.number(packedSegmentBytesMax), digest: reader.bytes(digestBytes) };
  });
  reader.end();
  return segments;
}

/**
 * Reads an archive as a stream of checked entries. It stops at the first entry or byte that the
 * signed manifest does not allow, so an archive that lies cannot fill a disk or a memory.
 * It writes nothing.
 */

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { ReadableStream } from 'node:stream/web';
import { createZstdDecompress } from 'node:zlib';
import { createTarDecoder, type ParsedTarEntry } from 'modern-tar';
import type { Digest } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { errorCode } from '../files/atomic-file.ts';
import { openDigestMeter } from '../files/digest.ts';
import {
  openEntryRules,
  openTreeMeter,
  PackageRefused,
  sortedByPath,
  type TreeDigest,
  type TreeEntry,
} from './package-archive-tree.ts';

const pieceBytes = 256 * 1024;
/** Of tar's own making per entry: header, padding, one long name; and the end of the archive. */
const overheadBytesPerEntry = 512 * 8;
const overheadBytes = 64 * 1024;

export type ArchiveEntry = {
  readonly entry: TreeEntry;
  /** Of a file; must be read to its end before the next entry is asked for. */
  readonly body: AsyncIterable<Result<Uint8Array>>;
};

type ReadOptions = {
  readonly archiveFile: string;
  readonly bytesMax: number;
  readonly filesMax: number;
};

/** A refusal is the last thing that comes. */
export async function* readArchive(options: ReadOptions): AsyncGenerator<Result<ArchiveEntry>> {
  const { archiveFile, bytesMax, filesMax } = options;
  const decompressed = createZstdDecompress({ chunkSize: pieceBytes });
  const source = pipeline(
    createReadStream(archiveFile, { highWaterMark: pieceBytes }),
    decompressed,
    () => undefined, // an error reaches the reader through the stream itself
  );
  const tarBytesMax = bytesMax + overheadBytesPerEntry * filesMax + overheadBytes;
  const tar = ReadableStream.from(limited(source, { bytesMax, tarBytesMax }));
  const rules = openEntryRules();
  let bytes = 0;
  let files = 0;
  try {
    for await (const { header, body } of tar.pipeThrough(createTarDecoder({ strict: true }))) {
      files += 1;
      bytes += header.size;
      if (files > filesMax || bytes > bytesMax) throw tooLarge(bytes, bytesMax);
      const entry = entryOf(header);
      const because = rules.refusal(entry);
      if (because !== null) throw new PackageRefused(because);
      yield ok({ entry, body: checkedBody(body, archiveFile) });
    }
    // What stands behind the last frame is not even looked at by the decoder.
    const { size } = await stat(archiveFile);
    if (decompressed.bytesWritten !== size) throw new Error('bytes behind its end');
  } catch (error) {
    yield refuseReadError(error, archiveFile);
  } finally {
    source.destroy();
  }
}

function tooLarge(bytes: number, bytesMax: number): PackageRefused {
  return new PackageRefused(problem('PACKAGE_TOO_LARGE', { bytes, bytesMax }));
}

async function* limited(
  pieces: AsyncIterable<Uint8Array>,
  { bytesMax, tarBytesMax }: { bytesMax: number; tarBytesMax: number },
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.byteLength;
    if (bytes > tarBytesMax) throw tooLarge(bytes, bytesMax);
    yield piece;
  }
}

async function* checkedBody(
  body: ParsedTarEntry['body'],
  archiveFile: string,
): AsyncGenerator<Result<Uint8Array>> {
  try {
    for await (const piece of body) yield ok(piece);
  } catch (error) {
    yield refuseReadError(error, archiveFile);
  }
}

/** Anything that a decoder says against the bytes is the file's fault; a full disk is not. */
export function refuseReadError(error: unknown, file: string): ReturnType<typeof refuse> {
  if (error instanceof PackageRefused) return refuse(error.because);
  if (error instanceof TypeError || error instanceof RangeError || !(error instanceof Error)) {
    throw error;
  }
  const detail = errorCode(error) ?? error.message;
  return refuse(problem('PACKAGE_UNREADABLE', { file, detail }));
}

function entryOf(header: ParsedTarEntry['header']): TreeEntry {
  const { name, type } = header;
  if (type === 'directory') return { kind: 'folder', path: name.replace(/\/$/, '') };
  if (type === 'symlink') return { kind: 'link', path: name, target: header.linkname ?? '' };
  if (type === 'file') {
    const executable = ((header.mode ?? 0) & 0o100) !== 0;
    return { kind: 'file', path: name, executable, bytes: header.size };
  }
  throw new PackageRefused(
    problem('PACKAGE_PATH_UNSAFE', { path: `${name} (${type ?? 'unknown'})` }),
  );
}

export type ArchiveContent = TreeDigest & { readonly files: ReadonlyMap<string, Digest> };

/** What unpacking would give, without a disk. */
export async function digestOfArchive(options: ReadOptions): Promise<Result<ArchiveContent>> {
  const entries: TreeEntry[] = [];
  const files = new Map<string, Digest>();
  for await (const read of readArchive(options)) {
    if (!read.ok) return read;
    const { entry, body } = read.value;
    entries.push(entry);
    if (entry.kind !== 'file') continue;
    const meter = openDigestMeter();
    for await (const piece of body) {
      if (!piece.ok) return piece;
      meter.add(piece.value);
    }
    files.set(entry.path, meter.end());
  }
  const tree = openTreeMeter();
  for (const entry of sortedByPath(entries)) tree.add(entry, files.get(entry.path));
  return ok({ ...tree.end(), files });
}

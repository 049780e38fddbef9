/**
 * Writes a release as one file: signed metadata first, where there is any, then the manifest, then
 * the archives (docs/protocol/package.md). A file that cannot be written whole does not appear.
 */

import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ReadableStream } from 'node:stream/web';
import { createTarDecoder, createTarPacker, type TarPackController } from 'modern-tar';
import { archivesOf, type Release, type ReleaseManifest } from '#domain/catalogue/release.ts';
import type { Digest } from '#domain/names.ts';
import { ok, type Result } from '#domain/result.ts';
import type { MetadataFiles } from '#domain/trust/metadata-files.ts';
import { canonicalJson } from '#protocol/shared/release.ts';
import { partBeside, refuseDiskError, removePart, renameDurably } from './atomic-file.ts';
import { metadataPrefix } from './release-file-metadata.ts';
import { archivesFolder, manifestName, releaseOf } from './release-file.ts';

const pieceBytes = 1024 * 1024;

type WriteOptions = {
  readonly manifest: ReleaseManifest;
  /** Where the archive of a digest that the manifest names stands. */
  readonly archiveFile: (digest: Digest) => string;
  readonly file: string;
  readonly metadata?: MetadataFiles;
};

export async function writeReleaseFile(options: WriteOptions): Promise<Result<Release>> {
  const { manifest, archiveFile, file, metadata } = options;
  const written = await writeTar(file, async (tar) => {
    await addMetadata(tar, metadata ?? new Map());
    await addText(tar, manifestName, canonicalJson(manifest));
    for (const [digest, bytes] of archivesOf(manifest)) {
      const pieces = createReadStream(archiveFile(digest), { highWaterMark: pieceBytes });
      await addFile(tar, `${archivesFolder}/${digest}`, { bytes, pieces });
    }
  });
  return written.ok ? ok(releaseOf(manifest)) : written;
}

/** Metadata without a release: news of what is signed, withdrawn, or whose key counts. */
export function writeMetadataBundle(file: string, metadata: MetadataFiles): Promise<Result<null>> {
  return writeTar(file, (tar) => addMetadata(tar, metadata));
}

/** The same release with this metadata in place of whatever it carried; `file` was checked before. */
export function copyWithMetadata(
  file: string,
  to: string,
  metadata: MetadataFiles,
): Promise<Result<null>> {
  return writeTar(to, async (tar) => {
    await addMetadata(tar, metadata);
    const input = createReadStream(file, { highWaterMark: pieceBytes });
    try {
      const entries = ReadableStream.from(input).pipeThrough(createTarDecoder({ strict: true }));
      for await (const { header, body } of entries) {
        if (header.name.startsWith(metadataPrefix)) await body.cancel();
        else await addFile(tar, header.name, { bytes: header.size, pieces: body });
      }
    } finally {
      input.destroy();
    }
  });
}

async function writeTar(
  file: string,
  fill: (tar: TarPackController) => Promise<void>,
): Promise<Result<null>> {
  const part = partBeside(file);
  const { readable, controller } = createTarPacker();
  const output = createWriteStream(part, { flags: 'wx', flush: true });
  const written = pipeline(Readable.fromWeb(readable), output);
  written.catch((error: unknown) => controller.error(error));
  try {
    await fill(controller);
    controller.finalize();
    await written;
    await renameDurably(part, file);
    return ok(null);
  } catch (error) {
    controller.error(error);
    await Promise.allSettled([written]);
    await removePart(part);
    return refuseDiskError(error, file);
  }
}

async function addMetadata(tar: TarPackController, metadata: MetadataFiles): Promise<void> {
  for (const [name, text] of metadata) await addText(tar, `${metadataPrefix}${name}`, text);
}

async function addText(tar: TarPackController, name: string, text: string): Promise<void> {
  const bytes = Buffer.from(text);
  await addFile(tar, name, { bytes: bytes.byteLength, pieces: [bytes] });
}

async function addFile(
  tar: TarPackController,
  name: string,
  { bytes, pieces }: { bytes: number; pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array> },
): Promise<void> {
  const header = { name, size: bytes, mode: 0o644, mtime: new Date(0), uid: 0, gid: 0 };
  const body = tar.add(header).getWriter();
  for await (const piece of pieces) await body.write(piece);
  await body.close();
}

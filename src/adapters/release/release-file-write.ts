/**
 * Writes a release as one file: signed metadata first, where there is any, then the manifest, then
 * the archives (docs/protocol/package.md). A file that cannot be written whole does not appear.
 */

import { createReadStream } from 'node:fs';
import { ReadableStream } from 'node:stream/web';
import { createTarDecoder, type TarPackController } from 'modern-tar';
import { archivesOf, type Release, type ReleaseManifest } from '#domain/catalogue/release.ts';
import type { Digest } from '#domain/names.ts';
import { ok, type Result } from '#domain/result.ts';
import type { MetadataFiles } from '#domain/trust/metadata-files.ts';
import { canonicalJson } from '#protocol/shared/release.ts';
import type { TreePair } from '#ports/deltas.ts';
import { deltasPrefix } from './release-file-deltas.ts';
import { metadataPrefix } from './release-file-metadata.ts';
import { archivesFolder, manifestName, releaseOf } from './release-file.ts';
import { pairName } from './stored-delta.ts';
import { addFile, addText, writeTar } from '../files/tar-file.ts';

const pieceBytes = 1024 * 1024;

type WriteOptions = {
  readonly manifest: ReleaseManifest;
  /** Where the archive of a digest that the manifest names stands. */
  readonly archiveFile: (digest: Digest) => string;
  readonly file: string;
  readonly metadata?: MetadataFiles;
  readonly deltas?: readonly DeltaToWrite[];
};

export type DeltaToWrite = {
  readonly pair: TreePair;
  readonly file: string;
  readonly bytes: number;
};

export async function writeReleaseFile(options: WriteOptions): Promise<Result<Release>> {
  const { manifest, archiveFile, file, metadata, deltas = [] } = options;
  const written = await writeTar(file, async (tar) => {
    await addMetadata(tar, metadata ?? new Map());
    await addText(tar, manifestName, canonicalJson(manifest));
    for (const [digest, bytes] of archivesOf(manifest)) {
      const pieces = createReadStream(archiveFile(digest), { highWaterMark: pieceBytes });
      await addFile(tar, `${archivesFolder}/${digest}`, { bytes, pieces });
    }
    for (const { pair, file: delta, bytes } of deltas) {
      const pieces = createReadStream(delta, { highWaterMark: pieceBytes });
      await addFile(tar, `${deltasPrefix}${pairName(pair)}`, { bytes, pieces });
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

async function addMetadata(tar: TarPackController, metadata: MetadataFiles): Promise<void> {
  for (const [name, text] of metadata) await addText(tar, `${metadataPrefix}${name}`, text);
}

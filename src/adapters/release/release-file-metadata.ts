/**
 * The signed metadata at the front of a release file: entries `metadata/<name>`, each name once,
 * few and small. They are read before anything that they are to vouch for.
 */

import { createReadStream } from 'node:fs';
import { ReadableStream } from 'node:stream/web';
import { createTarDecoder, type ParsedTarEntry } from 'modern-tar';
import { problem } from '#domain/problem.ts';
import { ok, type Result } from '#domain/result.ts';
import {
  metadataFilesLimits,
  metadataNamePattern,
  type MetadataFiles,
} from '#domain/trust/metadata-files.ts';
import { refuseReadError } from './package-archive-read.ts';
import { PackageRefused } from './package-archive-tree.ts';

export const metadataPrefix = 'metadata/';

export type MetadataCollector = {
  /** False: the entry is no metadata, and its body was not touched. */
  take(entry: ParsedTarEntry): Promise<boolean>;
  readonly files: MetadataFiles;
};

/** `file`: what a refusal calls the release file. */
export function collectMetadata(file: string): MetadataCollector {
  const files = new Map<string, string>();
  let bytes = 0;
  const unreadable = (detail: string): PackageRefused =>
    new PackageRefused(problem('PACKAGE_UNREADABLE', { file, detail }));
  return {
    files,
    async take({ header, body }) {
      if (!header.name.startsWith(metadataPrefix)) return false;
      const name = header.name.slice(metadataPrefix.length);
      if (header.type !== 'file' || !metadataNamePattern.test(name)) {
        throw unreadable(`holds ${header.name.slice(0, 200)}`);
      }
      if (files.has(name)) throw unreadable(`holds ${header.name} twice`);
      bytes += header.size;
      const { filesMax, fileBytesMax, bytesMax } = metadataFilesLimits;
      if (files.size === filesMax) throw unreadable(`more than ${filesMax} files of metadata`);
      if (header.size > fileBytesMax || bytes > bytesMax) {
        const most = header.size > fileBytesMax ? fileBytesMax : bytesMax;
        const because = problem('METADATA_TOO_LARGE', { file: header.name, bytesMax: most });
        throw new PackageRefused(because);
      }
      const pieces: Uint8Array[] = [];
      for await (const piece of body) pieces.push(piece);
      files.set(name, Buffer.concat(pieces).toString('utf8'));
      return true;
    },
  };
}

/** Of a release file, or of a bundle that holds nothing else; what follows them is not read. */
export async function readMetadataEntries(file: string): Promise<Result<MetadataFiles>> {
  const input = createReadStream(file);
  try {
    const tar = ReadableStream.from(input).pipeThrough(createTarDecoder({ strict: true }));
    const metadata = collectMetadata(file);
    for await (const entry of tar) if (!(await metadata.take(entry))) break;
    return ok(metadata.files);
  } catch (error) {
    return refuseReadError(error, file);
  } finally {
    input.destroy();
  }
}

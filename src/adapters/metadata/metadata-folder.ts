/** Signed metadata beside something, as a folder of files; whoever reads it bounds it. */

import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import {
  metadataFilesLimits,
  metadataNamePattern,
  type MetadataFiles,
} from '#domain/trust/metadata-files.ts';
import { errorCode, refuseDiskError } from '../files/atomic-file.ts';

/** Empty where there is no such folder; names that no metadata has are not looked at. */
export async function readMetadataFolder(folder: string): Promise<Result<MetadataFiles>> {
  const { filesMax, fileBytesMax, bytesMax } = metadataFilesLimits;
  const files = new Map<string, string>();
  let bytesLeft: number = bytesMax;
  try {
    const names = (await readdir(folder)).filter((name) => metadataNamePattern.test(name));
    if (names.length > filesMax) {
      const detail = `more than ${filesMax} files of metadata`;
      return refuse(problem('METADATA_UNREADABLE', { file: folder, detail }));
    }
    for (const name of names) {
      const most = Math.min(fileBytesMax, bytesLeft);
      const text = await readBounded(join(folder, name), most);
      if (text === null) {
        return refuse(problem('METADATA_TOO_LARGE', { file: name, bytesMax: most }));
      }
      bytesLeft -= Buffer.byteLength(text);
      files.set(name, text);
    }
    return ok(files);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return ok(files);
    return refuseDiskError(error, folder);
  }
}

/** null: it has more. */
async function readBounded(file: string, bytesMax: number): Promise<string | null> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    if (size > bytesMax) return null;
    return (await handle.readFile()).toString('utf8');
  } finally {
    await handle.close();
  }
}

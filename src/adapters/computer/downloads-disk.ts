/** ROOT/downloads: archives and deltas on their way, named by the digest of their release's manifest. */

import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Downloads } from '#ports/installer.ts';
import { errorCode, makeFolder } from '../files/atomic-file.ts';

const archiveSuffix = '.tar.zst';
const deltaSuffix = '.delta';
const suffixes = [archiveSuffix, deltaSuffix].flatMap((one) => [one, `${one}.part`]);

export async function openDownloads(folder: string): Promise<Downloads> {
  await makeFolder(folder);
  const file = (digest: string): string => join(folder, `${digest}${archiveSuffix}`);
  return {
    file,
    deltaFile: (digest) => join(folder, `${digest}${deltaSuffix}`),
    async bytes(digest) {
      return (await bytesOf(file(digest))) ?? (await bytesOf(`${file(digest)}.part`)) ?? 0;
    },
    async remove(digest) {
      for (const suffix of suffixes) await rm(join(folder, `${digest}${suffix}`), { force: true });
    },
    async keepOnly(digests) {
      const kept = new Set(digests.flatMap((one) => suffixes.map((suffix) => `${one}${suffix}`)));
      for (const name of await readdir(folder)) {
        if (!kept.has(name)) await rm(join(folder, name), { recursive: true, force: true });
      }
    },
  };
}

async function bytesOf(file: string): Promise<number | null> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

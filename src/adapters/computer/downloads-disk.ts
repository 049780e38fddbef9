/** ROOT/downloads: archives on their way, named by the digest of their release's manifest. */

import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Downloads } from '#ports/installer.ts';
import { errorCode, makeFolder } from '../files/atomic-file.ts';

const suffix = '.tar.zst';
const partSuffix = `${suffix}.part`;

export async function openDownloads(folder: string): Promise<Downloads> {
  await makeFolder(folder);
  const file = (digest: string): string => join(folder, `${digest}${suffix}`);
  const part = (digest: string): string => join(folder, `${digest}${partSuffix}`);
  return {
    file,
    async bytes(digest) {
      return (await bytesOf(file(digest))) ?? (await bytesOf(part(digest))) ?? 0;
    },
    async remove(digest) {
      await rm(file(digest), { force: true });
      await rm(part(digest), { force: true });
    },
    async keepOnly(digests) {
      const kept = new Set(digests.flatMap((one) => [`${one}${suffix}`, `${one}${partSuffix}`]));
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

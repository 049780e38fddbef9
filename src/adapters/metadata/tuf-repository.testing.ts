/** A reader who knows the first root only and comes to a repository: the judge of what is published. */

import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BaseFetcher, Updater } from 'tuf-js';
import { DownloadHTTPError } from 'tuf-js/dist/error.js';
import { makePrivateKey, signerOf, type Signer } from '../secrets/signing-key.ts';
import type { Roles } from './tuf-metadata.ts';

class FolderFetcher extends BaseFetcher {
  readonly #folder: string;

  constructor(folder: string) {
    super();
    this.#folder = folder;
  }

  async fetch(url: string): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
    const path = decodeURIComponent(new URL(url).pathname);
    const bytes = await readFile(join(this.#folder, path)).catch(() => null);
    if (bytes === null) throw new DownloadHTTPError(path, 404);
    return ReadableStream.from([new Uint8Array(bytes)]);
  }
}

export type Reader = {
  readonly refresh: () => Promise<void>;
  readonly target: (name: string) => Promise<{ digest: string; custom: unknown } | null>;
  readonly download: (name: string) => Promise<string>;
  /** What it keeps, to be read again by a later one. */
  readonly folder: string;
  readonly end: () => Promise<void>;
};

export async function openReader(folder: string, keptIn?: string): Promise<Reader> {
  const mine = keptIn ?? (await mkdtemp(join(tmpdir(), 'dankai-reader-')));
  if (keptIn === undefined) {
    await copyFile(join(folder, 'metadata', '1.root.json'), join(mine, 'root.json'));
  }
  let downloads = 0;
  const updater = new Updater({
    metadataDir: mine,
    metadataBaseUrl: 'http://repository/metadata',
    targetDir: mine,
    targetBaseUrl: 'http://repository/targets',
    fetcher: new FolderFetcher(folder),
  });
  return {
    folder: mine,
    refresh: () => updater.refresh(),
    target: async (name) => {
      const info = await updater.getTargetInfo(name);
      return info === undefined
        ? null
        : { digest: info.hashes['sha256'] ?? '', custom: info.custom };
    },
    download: async (name) => {
      const info = await updater.getTargetInfo(name);
      if (info === undefined) throw new Error(`no target ${name}`);
      return readFile(
        await updater.downloadTarget(info, join(mine, `downloaded-${++downloads}`)),
        'utf8',
      );
    },
    end: () => rm(mine, { recursive: true, force: true }),
  };
}

export function makeSigner(name: string): Signer {
  return signerOf(makePrivateKey(), name);
}

/** The same signers and threshold for every role, but for those that are told. */
export function rolesFor(
  signers: readonly Signer[],
  threshold = 1,
  others: Partial<Roles> = {},
): Roles {
  const one = { keys: signers.map(({ key }) => key), threshold };
  return { root: one, targets: one, snapshot: one, timestamp: one, ...others };
}

/** A feed that is a folder. Names are found without case, links out of the folder not followed. */

import { constants } from 'node:fs';
import { open, readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { ContentFile } from '#domain/delivery/content-files.ts';
import type { Digest } from '#domain/names.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Feed } from '#ports/feed.ts';
import { errorCode } from '../files/atomic-file.ts';
import { readCatalogueBytes } from '../share/text-cp932.ts';
import { keepContent, keepOnly, locateContent } from './contents-disk.ts';
import {
  againstSize,
  catalogueTooLarge,
  downloadFrom,
  feedLimits,
  feedUnreadable,
  type FeedPlace,
} from './feed-download.ts';

/** What a file was when it was copied; unchanged, it is not copied again. */
type Known = { readonly stamp: string; readonly digest: Digest };

type Folder = {
  /** As it is shown. */
  readonly feed: string;
  readonly contents: string;
  readonly known: Map<string, Known>;
};

export function openFeedFolder(options: { feed: string; contents: string }): Feed {
  const folder: Folder = { ...options, known: new Map() };
  return {
    from: options.feed,
    download: () => downloadFrom({ ...options, open: () => placeOf(folder) }),
    async keepOnly(digests) {
      await keepOnly(folder.contents, digests);
      for (const [path, { digest }] of folder.known) {
        if (!digests.has(digest)) folder.known.delete(path);
      }
    },
  };
}

async function placeOf(folder: Folder): Promise<Result<FeedPlace>> {
  const root = await realpath(folder.feed).catch(() => null);
  if (root === null) return refuse(feedUnreadable(folder.feed, 'no such folder'));
  return ok({
    catalogue: () => catalogueIn(root, folder),
    take: (file) => take(folder, root, file),
  });
}

async function catalogueIn(root: string, { feed }: Folder): Promise<Result<Uint8Array>> {
  const file = await findWithoutCase(root, 'server.ini');
  if (file === null) return refuse(feedUnreadable(feed, 'no server.ini'));
  const { size } = await stat(file);
  if (size > feedLimits.catalogueBytesMax) return refuse(catalogueTooLarge(size));
  return readCatalogueBytes(file);
}

/** The file at a relative path, each part compared without case when it is not there as written. */
async function findWithoutCase(root: string, path: string): Promise<string | null> {
  let found = root;
  for (const part of path.split('/')) {
    const exact = join(found, part);
    if ((await stat(exact).catch(() => null)) !== null) {
      found = exact;
      continue;
    }
    const names = await readdir(found).catch((): string[] => []);
    const name = names.find((one) => one.toLowerCase() === part.toLowerCase());
    if (name === undefined) return null;
    found = join(found, name);
  }
  return found;
}

async function take(folder: Folder, root: string, file: ContentFile): Promise<Result<Digest>> {
  const { feed, contents } = folder;
  const { path, bytes } = file;
  const found = await findWithoutCase(root, path);
  if (found === null) return refuse(feedUnreadable(feed, `${path}: no such file`));
  const real = await realpath(found);
  if (!real.startsWith(root + sep)) {
    return refuse(feedUnreadable(feed, `${path}: leads out of the feed`));
  }
  // Without O_NONBLOCK, opening a named pipe would wait for ever.
  const source = await open(real, constants.O_RDONLY | constants.O_NONBLOCK).catch(errorCode);
  if (source === null || typeof source === 'string') {
    return refuse(feedUnreadable(feed, `${path}: ${source ?? 'cannot be opened'}`));
  }
  try {
    const facts = await source.stat();
    if (!facts.isFile()) return refuse(feedUnreadable(feed, `${path}: not a file`));
    const against = againstSize(file, facts.size);
    if (against !== null) return refuse(against);
    const stamp = `${facts.ino} ${facts.size} ${facts.mtimeMs} ${facts.ctimeMs}`;
    const known = folder.known.get(real);
    if (known?.stamp === stamp && (await locateContent(contents, known.digest)) !== null) {
      return ok(known.digest);
    }
    const reading = { autoClose: false, highWaterMark: feedLimits.pieceBytes } as const;
    const kept = await keepContent(contents, source.createReadStream(reading), bytes);
    const changed = againstSize(file, kept.bytes);
    if (changed !== null) return refuse(changed);
    folder.known.set(real, { stamp, digest: kept.digest });
    return ok(kept.digest);
  } finally {
    await source.close();
  }
}

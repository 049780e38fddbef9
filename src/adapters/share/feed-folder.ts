/**
 * A feed that is a folder: a legacy update site, `server.ini` and the files that its `[PATTERN]`
 * lines name. Each file is copied into ROOT/contents/<digest>, sized and digested on the way.
 *
 * One wrong line or file, and nothing is taken: every reason is told, and the download before
 * stays what it was. Names are found without case, links out of the folder are not followed.
 */

import { constants } from 'node:fs';
import { open, readdir, realpath, rm, stat, type FileHandle } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { parseServerIni } from '#domain/catalogue/server-ini.ts';
import { contentFilesOf, type ContentFile } from '#domain/delivery/content-files.ts';
import type { Content } from '#domain/delivery/content.ts';
import { brand, digestPattern, type Digest } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Feed, FeedAnswer, FeedDownload } from '#ports/feed.ts';
import {
  errorCode,
  makeFolder,
  partBeside,
  refuseDiskError,
  removePart,
  renameDurably,
} from '../files/atomic-file.ts';
import { openDigestMeter } from '../files/digest.ts';
import { decodeCatalogue, readCatalogueBytes } from './text-cp932.ts';

export const feedLimits = {
  /** The text goes along in every offer, so it must fit a message however it is escaped. */
  catalogueBytesMax: 6 * 1024 * 1024,
  catalogueMessageBytesMax: 12 * 1024 * 1024,
  fileBytesMax: 8 * 1024 * 1024 * 1024,
  pieceBytes: 1024 * 1024,
} as const;

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
    async download() {
      try {
        return await download(folder);
      } catch (error) {
        const detail = errorCode(error);
        if (detail === null) throw error;
        const refused = refuseDiskError(error, folder.contents);
        return { ok: false, problems: [refused.because] };
      }
    },
    keepOnly: (digests) => keepOnly(folder, digests),
  };
}

/** The file of a digest, for the listener; null: no download names it any more. */
export async function locateContent(contents: string, digest: Digest): Promise<string | null> {
  const file = join(contents, digest);
  return (await stat(file).catch(() => null)) === null ? null : file;
}

async function download(folder: Folder): Promise<FeedAnswer> {
  await makeFolder(folder.contents);
  const root = await realpath(folder.feed).catch(() => null);
  if (root === null) return refused(unreadable(folder, 'no such folder'));
  const before = await readCatalogue(folder, root);
  if (!before.ok) return refused(before.because);
  const { files, catalogue } = before.value;
  const items: Content[] = [];
  const problems: Problem[] = [];
  for (const file of files) {
    const digest = await take(folder, root, file);
    if (digest.ok) items.push({ ...file, digest: digest.value });
    else problems.push(digest.because);
  }
  if (problems.length > 0) return { ok: false, problems };
  const after = await readCatalogue(folder, root);
  if (!after.ok || after.value.catalogue !== catalogue) {
    return refused(unreadable(folder, 'server.ini changed while the files were read'));
  }
  return { ok: true, download: { items, catalogue } satisfies FeedDownload };
}

function refused(because: Problem): FeedAnswer {
  return { ok: false, problems: [because] };
}

function unreadable({ feed }: Pick<Folder, 'feed'>, detail: string): Problem {
  return problem('FEED_UNREADABLE', { feed, detail });
}

async function readCatalogue(
  folder: Folder,
  root: string,
): Promise<Result<{ readonly files: readonly ContentFile[]; readonly catalogue: string }>> {
  const file = await findWithoutCase(root, 'server.ini');
  if (file === null) return refuse(unreadable(folder, 'no server.ini'));
  const facts = await stat(file);
  const bytesMax = feedLimits.catalogueBytesMax;
  if (facts.size > bytesMax) {
    return refuse(problem('CATALOGUE_TOO_LARGE', { bytes: facts.size, bytesMax }));
  }
  const bytes = await readCatalogueBytes(file);
  if (!bytes.ok) return bytes;
  const decoded = await decodeCatalogue(bytes.value);
  if (!decoded.ok) return decoded;
  const catalogue = decoded.value.text;
  const messageBytes = Buffer.byteLength(JSON.stringify(catalogue));
  if (messageBytes > feedLimits.catalogueMessageBytesMax) {
    return refuse(problem('CATALOGUE_TOO_LARGE', { bytes: messageBytes, bytesMax }));
  }
  const ini = parseServerIni(catalogue);
  if (!ini.ok) return ini;
  const files = contentFilesOf(ini.value);
  return files.ok ? ok({ files: files.value, catalogue }) : files;
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
  const { path, component, bytes } = file;
  const found = await findWithoutCase(root, path);
  if (found === null) return refuse(unreadable(folder, `${path}: no such file`));
  const real = await realpath(found);
  if (!real.startsWith(root + sep)) {
    return refuse(unreadable(folder, `${path}: leads out of the feed`));
  }
  // Without O_NONBLOCK, opening a named pipe would wait for ever.
  const source = await open(real, constants.O_RDONLY | constants.O_NONBLOCK).catch(errorCode);
  if (source === null || typeof source === 'string') {
    return refuse(unreadable(folder, `${path}: ${source ?? 'cannot be opened'}`));
  }
  try {
    const facts = await source.stat();
    if (!facts.isFile()) return refuse(unreadable(folder, `${path}: not a file`));
    if (facts.size !== bytes || bytes > feedLimits.fileBytesMax) {
      const values = { component, expected: bytes, found: facts.size };
      return refuse(problem('CONTENT_SIZE_WRONG', values));
    }
    const stamp = `${facts.ino} ${facts.size} ${facts.mtimeMs} ${facts.ctimeMs}`;
    const known = folder.known.get(real);
    if (known?.stamp === stamp && (await locateContent(folder.contents, known.digest)) !== null) {
      return ok(known.digest);
    }
    const digest = await keep(folder, source, file);
    if (digest.ok) folder.known.set(real, { stamp, digest: digest.value });
    return digest;
  } finally {
    await source.close();
  }
}

/** Copies one file under its digest; nothing stands there before all of it is on the disk. */
async function keep(
  folder: Folder,
  source: FileHandle,
  { component, bytes }: ContentFile,
): Promise<Result<Digest>> {
  const part = partBeside(join(folder.contents, 'new'));
  const meter = openDigestMeter();
  const target = await open(part, 'wx');
  try {
    const piece = Buffer.allocUnsafe(feedLimits.pieceBytes);
    for (;;) {
      const { bytesRead } = await source.read(piece, 0, piece.length, null);
      if (bytesRead === 0) break;
      meter.add(piece.subarray(0, bytesRead));
      await target.appendFile(piece.subarray(0, bytesRead));
      if (meter.bytes() > bytes) break;
    }
    await target.sync();
  } catch (error) {
    await removePart(part);
    throw error;
  } finally {
    await target.close();
  }
  if (meter.bytes() !== bytes) {
    await removePart(part);
    const values = { component, expected: bytes, found: meter.bytes() };
    return refuse(problem('CONTENT_SIZE_WRONG', values));
  }
  const digest = meter.end();
  await renameDurably(part, join(folder.contents, digest));
  return ok(digest);
}

async function keepOnly(folder: Folder, digests: ReadonlySet<Digest>): Promise<void> {
  const names = await readdir(folder.contents).catch((): string[] => []);
  for (const name of names) {
    const named = digestPattern.test(name) && digests.has(brand<Digest>(name));
    if (!named) await rm(join(folder.contents, name), { force: true });
  }
  for (const [path, { digest }] of folder.known) {
    if (!digests.has(digest)) folder.known.delete(path);
  }
}

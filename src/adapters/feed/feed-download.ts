/**
 * One download of a legacy update site, wherever it stands: `server.ini`, and the files that its
 * `[PATTERN]` lines name, each sized and digested on its way into ROOT/contents.
 *
 * One wrong line or file, and nothing is taken: every reason is told, and the download before
 * stays what it was.
 */

import { parseServerIni } from '#domain/catalogue/server-ini.ts';
import { contentFilesOf, type ContentFile } from '#domain/delivery/content-files.ts';
import type { Content } from '#domain/delivery/content.ts';
import type { Digest } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { FeedAnswer } from '#ports/feed.ts';
import { errorCode, makeFolder, refuseDiskError } from '../files/atomic-file.ts';
import { decodeCatalogue } from '../share/text-cp932.ts';

export const feedLimits = {
  /** The text goes along in every offer, so it must fit a message however it is escaped. */
  catalogueBytesMax: 6 * 1024 * 1024,
  catalogueMessageBytesMax: 12 * 1024 * 1024,
  fileBytesMax: 8 * 1024 * 1024 * 1024,
  pieceBytes: 1024 * 1024,
} as const;

/** Where the files of a feed stand, for as long as one download takes. */
export type FeedPlace = {
  /** At most `catalogueBytesMax` of it, or a refusal. */
  catalogue(): Promise<Result<Uint8Array>>;
  /** Into `contents`, unless it stands there unchanged. */
  take(file: ContentFile): Promise<Result<Digest>>;
};

export async function downloadFrom(options: {
  /** As it is shown. */
  readonly feed: string;
  readonly contents: string;
  open(): Promise<Result<FeedPlace>>;
}): Promise<FeedAnswer> {
  try {
    await makeFolder(options.contents);
    const place = await options.open();
    return place.ok ? await wholeOf(place.value, options.feed) : refused(place.because);
  } catch (error) {
    if (errorCode(error) === null) throw error;
    return refused(refuseDiskError(error, options.contents).because);
  }
}

async function wholeOf(place: FeedPlace, feed: string): Promise<FeedAnswer> {
  const before = await readCatalogue(place);
  if (!before.ok) return refused(before.because);
  const { files, catalogue } = before.value;
  const items: Content[] = [];
  const problems: Problem[] = [];
  for (const file of files) {
    const digest = await place.take(file);
    if (digest.ok) items.push({ ...file, digest: digest.value });
    else problems.push(digest.because);
  }
  if (problems.length > 0) return { ok: false, problems };
  const after = await readCatalogue(place);
  if (!after.ok || after.value.catalogue !== catalogue) {
    return refused(feedUnreadable(feed, 'it changed while its files were read'));
  }
  return { ok: true, download: { items, catalogue } };
}

function refused(because: Problem): FeedAnswer {
  return { ok: false, problems: [because] };
}

export function feedUnreadable(feed: string, detail: string): Problem {
  return problem('FEED_UNREADABLE', { feed, detail });
}

export function catalogueTooLarge(bytes: number): Problem {
  return problem('CATALOGUE_TOO_LARGE', { bytes, bytesMax: feedLimits.catalogueBytesMax });
}

/** Of another size than its line says; null: it is as large as that. */
export function againstSize({ component, bytes }: ContentFile, found: number): Problem | null {
  if (found === bytes && bytes <= feedLimits.fileBytesMax) return null;
  return problem('CONTENT_SIZE_WRONG', { component, expected: bytes, found });
}

async function readCatalogue(
  place: FeedPlace,
): Promise<Result<{ readonly files: readonly ContentFile[]; readonly catalogue: string }>> {
  const bytes = await place.catalogue();
  if (!bytes.ok) return bytes;
  const decoded = await decodeCatalogue(Buffer.from(bytes.value));
  if (!decoded.ok) return decoded;
  const catalogue = decoded.value.text;
  const messageBytes = Buffer.byteLength(JSON.stringify(catalogue));
  if (messageBytes > feedLimits.catalogueMessageBytesMax) {
    return refuse(catalogueTooLarge(messageBytes));
  }
  const ini = parseServerIni(catalogue);
  if (!ini.ok) return ini;
  const files = contentFilesOf(ini.value);
  return files.ok ? ok({ files: files.value, catalogue }) : files;
}

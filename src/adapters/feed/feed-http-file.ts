/**
 * One file of an update site behind HTTP: fetched only when the site says that it changed, and
 * from where a copy was cut short. Absent: what it should be; only its size is looked at here.
 */

import { createReadStream } from 'node:fs';
import { open, rename, rm, truncate } from 'node:fs/promises';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KeyObject } from 'node:crypto';
import type { ContentFile } from '#domain/delivery/content-files.ts';
import type { Digest } from '#domain/names.ts';
import type { Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { downloadPauseMilliseconds, type DownloadLimits } from '#protocol/shared/download.ts';
import { errorCode, isDiskFull, syncFolder } from '../files/atomic-file.ts';
import { openDigestMeter, type DigestMeter } from '../files/digest.ts';
import { locateContent } from './contents-disk.ts';
import { againstSize, catalogueTooLarge, feedLimits, feedUnreadable } from './feed-download.ts';
import type { HttpGet, HttpSite } from './feed-http-get.ts';
import type { HttpState, Validator } from './feed-http-state.ts';

export type HttpFeed = HttpSite & {
  /** The published list, beside `server.ini`; null: there is none. */
  readonly digests: string | null;
  /** Whose signature over the list is believed; null: nobody signs it. */
  readonly publicKey: KeyObject | null;
  /** Those of ClamAV that are taken of its mirror; null: it is an update site with a `server.ini`. */
  readonly databases: readonly string[] | null;
};

/** For as long as one download takes. */
export type Site = {
  readonly feed: HttpFeed;
  readonly contents: string;
  readonly limits: DownloadLimits;
  readonly get: HttpGet;
  readonly state: HttpState;
};

export function unreadableAt({ feed }: Pick<Site, 'feed'>, detail: string): Problem {
  return feedUnreadable(feed.url, detail);
}

/** A file of text, whole in memory: a catalogue, a list of digests. */
export async function fetchSmall(site: Site, path: string): Promise<Result<Buffer>> {
  return patiently(
    site,
    async () => 0,
    async () => {
      const got = await site.get(urlOf(site, path), {});
      if (!got.ok) return { ...got, isFinal: true };
      const against = againstStatus(site, path, got.value);
      if (against !== null) return against;
      const pieces: Buffer[] = [];
      let bytes = 0;
      for await (const piece of steadily(got.value, site.limits)) {
        bytes += piece.length;
        if (bytes > feedLimits.catalogueBytesMax) {
          return { ...refuse(catalogueTooLarge(bytes)), isFinal: true };
        }
        pieces.push(piece);
      }
      return ok(Buffer.concat(pieces));
    },
  );
}

/** The first so many bytes of a file, and how many it has. */
export async function fetchBeginning(
  site: Site,
  path: string,
  bytesMax: number,
): Promise<Result<{ readonly beginning: Buffer; readonly bytes: number }>> {
  return patiently(
    site,
    async () => 0,
    async () => {
      const got = await site.get(urlOf(site, path), { range: `bytes=0-${bytesMax - 1}` });
      if (!got.ok) return { ...got, isFinal: true };
      const response = got.value;
      const { headers } = response;
      const isPart = response.statusCode === 206 && startOf(headers) === 0;
      const against = isPart ? null : againstStatus(site, path, response);
      if (against !== null) return against;
      // Whoever knows no ranges sends all of it: what follows is not read.
      const all = isPart ? /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1] : undefined;
      const bytes = Number(isPart ? all : headers['content-length']);
      if (!Number.isSafeInteger(bytes)) {
        response.destroy();
        return { ...refuse(unreadableAt(site, `${path}: of no stated length`)), isFinal: true };
      }
      let beginning = Buffer.alloc(0);
      for await (const piece of steadily(response, site.limits)) {
        beginning = Buffer.concat([beginning, piece]).subarray(0, bytesMax);
        if (beginning.length === bytesMax) break;
      }
      return ok({ beginning, bytes });
    },
  );
}

/** A path of the catalogue, or of the settings; both are relative and lead nowhere above. */
function urlOf({ feed }: Pick<Site, 'feed'>, path: string): URL {
  return new URL(path.split('/').map(encodeURIComponent).join('/'), feed.url);
}

/** A site that knows cases may have the names of `server.ini` in small letters. */
export async function takeFile(site: Site, file: ContentFile): Promise<Result<Digest>> {
  const asWritten = await takeAt(site, file, file.path);
  const small = file.path.toLowerCase();
  if (asWritten.ok || small === file.path) return asWritten;
  if (asWritten.because.with['detail'] !== absent(file.path)) return asWritten;
  const inSmall = await takeAt(site, file, small);
  return inSmall.ok ? inSmall : asWritten;
}

export const absent = (path: string): string => `${path}: no such file`;

async function takeAt(site: Site, file: ContentFile, path: string): Promise<Result<Digest>> {
  const { href } = urlOf(site, path);
  const progress = (): Promise<number> => site.state.halfBytes(href);
  return patiently(site, progress, () => fetchFile(site, file, path));
}

async function fetchFile(site: Site, file: ContentFile, path: string): Promise<Attempt<Digest>> {
  const { state, contents } = site;
  const url = urlOf(site, path);
  const known = state.of(url.href);
  const half = state.halfOf(url.href);
  const fetched = known?.digest ?? null;
  const stands = fetched !== null && (await locateContent(contents, fetched)) !== null;
  const goesOn = known !== null && !stands && isStrong(site, known.validator);
  const from = goesOn ? await state.halfBytes(url.href) : 0;
  const got = await site.get(url, {
    ...(stands && known !== null ? unlessStill(known.validator) : {}),
    ...(from > 0 && known !== null
      ? { range: `bytes=${from}-`, 'if-range': known.validator.value }
      : {}),
  });
  if (!got.ok) return { ...got, isFinal: true };
  const response = got.value;
  if (response.statusCode === 304 && fetched !== null) {
    response.resume();
    return ok(fetched);
  }
  const isRest = response.statusCode === 206 && startOf(response.headers) === from && from > 0;
  if (!isRest && [206, 416].includes(response.statusCode ?? 0)) {
    // Its half and ours do not fit together: from the beginning, next time.
    response.destroy();
    await state.note(url.href, null);
    await rm(half, { force: true });
    return refuse(unreadableAt(site, `${path}: answered with another range`));
  }
  if (!isRest) {
    const against = againstStatus(site, path, response);
    if (against !== null) return against;
  }
  const announced = (isRest ? from : 0) + Number(response.headers['content-length'] ?? NaN);
  const wrong = Number.isNaN(announced) ? null : againstSize(file, announced);
  if (wrong !== null) {
    response.destroy();
    return { ...refuse(wrong), isFinal: true };
  }
  const validator = validatorOf(response.headers);
  if (!isRest) {
    await rm(half, { force: true });
    await state.note(url.href, validator === null ? null : { validator, digest: null });
  }
  const copied = await append(half, steadily(response, site.limits), {
    from: isRest ? from : 0,
    bytesMax: file.bytes,
  });
  const against = againstSize(file, copied.bytes());
  if (against !== null) {
    await rm(half, { force: true });
    return { ...refuse(against), isFinal: true };
  }
  const digest = copied.end();
  await rename(half, join(contents, digest));
  await syncFolder(contents);
  if (validator !== null) await state.note(url.href, { validator, digest });
  return ok(digest);
}

/** What came before a cut counts; it is read again, because only what was read is believed. */
async function append(
  half: string,
  pieces: AsyncIterable<Buffer>,
  { from, bytesMax }: { readonly from: number; readonly bytesMax: number },
): Promise<DigestMeter> {
  const meter = openDigestMeter();
  if (from > 0) {
    await truncate(half, from);
    for await (const piece of createReadStream(half)) meter.add(piece as Buffer);
  }
  const target = await open(half, 'a');
  try {
    for await (const piece of pieces) {
      meter.add(piece);
      await target.appendFile(piece);
      if (meter.bytes() > bytesMax) break;
    }
  } finally {
    await target.sync();
    await target.close();
  }
  return meter;
}

/** Ends an answer that stands still; whoever reads hears of it as of a link that broke. */
async function* steadily(
  response: IncomingMessage,
  limits: DownloadLimits,
): AsyncGenerator<Buffer> {
  let sinceStall = 0;
  const stalled = (): void => void response.destroy(new Error('stalled'));
  const stall = setTimeout(stalled, limits.stallMilliseconds);
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      yield piece;
      sinceStall += piece.length;
      if (sinceStall < limits.stallBytesMin) continue;
      sinceStall = 0;
      stall.refresh();
    }
  } finally {
    clearTimeout(stall);
    response.destroy();
  }
}

function unlessStill({ form, value }: Validator): Record<string, string> {
  return form === 'etag' ? { 'if-none-match': value } : { 'if-modified-since': value };
}

/**
 * Whether a rest may be put behind a half. A second is long enough for two states of one date;
 * their mixture is noticed only where digests are published.
 */
const isStrong = ({ feed }: Site, { form }: Validator): boolean =>
  form === 'etag' || feed.digests !== null;

/** A weak tag says nothing of single bytes. */
function validatorOf({ etag, 'last-modified': modified }: IncomingHttpHeaders): Validator | null {
  if (etag !== undefined && !etag.startsWith('W/')) return { form: 'etag', value: etag };
  return modified === undefined ? null : { form: 'last-modified', value: modified };
}

function startOf(headers: IncomingHttpHeaders): number {
  return Number(/^bytes (\d+)-/.exec(headers['content-range'] ?? '')?.[1] ?? NaN);
}

/** null: the whole file follows. */
function againstStatus(
  site: Site,
  path: string,
  response: IncomingMessage,
): (Result<never> & { readonly isFinal: boolean }) | null {
  const status = response.statusCode ?? 0;
  if (status === 200) return null;
  response.destroy();
  if (status === 404 || status === 410) {
    return { ...refuse(unreadableAt(site, absent(path))), isFinal: true };
  }
  const isFinal = status < 500 && status !== 408 && status !== 429;
  return { ...refuse(unreadableAt(site, `${path}: HTTP status ${status}`)), isFinal };
}

/** `isFinal`: asking again would bring the same. */
type Attempt<Value> = Result<Value> & { readonly isFinal?: boolean };

/** As long as something comes; `progress` says how much is there. */
async function patiently<Value>(
  site: Site,
  progress: () => Promise<number>,
  attempt: () => Promise<Attempt<Value>>,
): Promise<Result<Value>> {
  const { limits } = site;
  let fruitless = 0;
  for (let attempts = 1; ; attempts += 1) {
    const before = await progress();
    const outcome = await attempt().catch((error: unknown): Attempt<Value> => {
      if (isOfDisk(error)) throw error;
      return refuse(unreadableAt(site, error instanceof Error ? error.message : String(error)));
    });
    if (outcome.ok) return ok(outcome.value);
    const came = (await progress()) - before;
    fruitless = came >= limits.stallBytesMin ? 0 : fruitless + 1;
    const isOver = fruitless >= limits.fruitlessAttemptsMax || attempts >= limits.attemptsMax;
    if (outcome.isFinal === true || isOver) return refuse(outcome.because);
    await sleep(downloadPauseMilliseconds(limits, { fruitless, chance: Math.random() }));
  }
}

/** Those of the file system name a file, or what only a disk says. */
function isOfDisk(error: unknown): boolean {
  const isNamed = error instanceof Error && 'path' in error;
  return isNamed || isDiskFull(error) || ['EIO', 'EROFS'].includes(errorCode(error) ?? '');
}

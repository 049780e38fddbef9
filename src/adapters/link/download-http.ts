/**
 * Fetches what a digest names over HTTP/1.1: large archives into a file, small manifests
 * into memory. Resumes, counts every body byte that crossed the wire, believes nothing that the
 * digest does not prove. Knows neither what the bytes are nor which of several sources is best.
 */

import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { request as requestSecurely } from 'node:https';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { brand, type Digest } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import {
  downloadLimits,
  downloadPauseMilliseconds,
  type DownloadLimits,
} from '#protocol/shared/download.ts';
import { refuseDiskError, syncFolder } from '../files/atomic-file.ts';
import { diallingTls, linkAddress, PeerRefused, type Dialling } from '../identity/link-trust.ts';

export type DownloadOptions = {
  readonly url: string;
  /** null: an insecure loopback. */
  readonly security: Dialling | null;
  /** Where the checked bytes end up; until then `<file>.part` holds them. */
  readonly file: string;
  readonly digest: Digest;
  readonly bytes: number;
  /** Body bytes received in this call so far, all attempts together. */
  readonly progress: (bytesReceived: number) => void;
  readonly signal: AbortSignal;
  readonly limits?: Partial<DownloadLimits>;
  /** Told of bytes that came; answers the milliseconds to wait before more may. */
  readonly pace?: ((bytes: number) => number) | undefined;
};

/** How one attempt ended. `wrong`: what came can never add up to the digest. */
type Attempt =
  | { readonly end: 'complete' }
  | { readonly end: 'cut'; readonly because: Problem }
  | { readonly end: 'wrong'; readonly because: Problem }
  | { readonly end: 'refused'; readonly because: Problem };

type Part = { readonly handle: FileHandle; hash: Hash; bytes: number };

export async function download(
  options: DownloadOptions,
): Promise<Result<{ readonly bytesReceived: number }>> {
  try {
    return await downloadOnto(options);
  } catch (error) {
    return refuseDiskError(error, options.file);
  }
}

async function downloadOnto(
  options: DownloadOptions,
): Promise<Result<{ readonly bytesReceived: number }>> {
  const limits = { ...downloadLimits, ...options.limits };
  if (await standsAlready(options)) return ok({ bytesReceived: 0 });
  let bytesReceived = 0;
  const received = (bytes: number): void => {
    bytesReceived += bytes;
    options.progress(bytesReceived);
  };
  const part = await openPart(`${options.file}.part`);
  try {
    const failed = await fetchWhole({ options, limits, part, received });
    if (failed !== null) return refuse(failed);
    await part.handle.sync();
  } finally {
    await part.handle.close();
  }
  await rename(`${options.file}.part`, options.file);
  await syncFolder(dirname(options.file));
  return ok({ bytesReceived });
}

type Fetching = {
  readonly options: DownloadOptions;
  readonly limits: DownloadLimits;
  readonly part: Part;
  readonly received: (bytes: number) => void;
};

/** null: the part holds exactly the bytes that the digest names. */
async function fetchWhole({ options, limits, part, received }: Fetching): Promise<Problem | null> {
  let wrongCopies = 0;
  let fruitless = 0;
  let last = problem('ADDRESS_UNREACHABLE', { address: options.url, detail: 'no attempt' });
  for (let attempt = 1; attempt <= limits.attemptsMax; attempt++) {
    const before = part.bytes;
    const outcome = await fetchRest({ options, limits, part, received });
    if (outcome.end === 'complete') return null;
    last = outcome.because;
    if (options.signal.aborted || outcome.end === 'refused') return last;
    if (outcome.end === 'wrong') {
      await emptyPart(part);
      wrongCopies += 1;
      if (wrongCopies >= limits.wrongCopiesMax) return discarded(options, last);
      continue;
    }
    fruitless = part.bytes - before >= limits.stallBytesMin ? 0 : fruitless + 1;
    if (fruitless >= limits.fruitlessAttemptsMax) return last;
    await pause(limits, fruitless, options.signal);
  }
  return last;
}

async function discarded(options: DownloadOptions, because: Problem): Promise<Problem> {
  await rm(`${options.file}.part`, { force: true });
  return because;
}

/** One request for what is still missing, then the verdict over the whole. */
async function fetchRest({ options, limits, part, received }: Fetching): Promise<Attempt> {
  if (part.bytes < options.bytes) {
    const outcome = await exchange(options, limits, part.bytes, async (response) => {
      const refusal = await placeOf(response, part, options);
      if (refusal !== null) return refusal;
      return receive(response, { options, limits, part, received });
    });
    if (outcome.end !== 'complete') return outcome;
  }
  if (part.bytes < options.bytes) {
    return { end: 'cut', because: unreachable(options.url, 'the answer ended early') };
  }
  const found = brand<Digest>(part.hash.copy().digest('hex'));
  if (part.bytes === options.bytes && found === options.digest) return { end: 'complete' };
  return { end: 'wrong', because: wrongDigest(options.digest, found) };
}

/** Decides from the head of an answer where its body belongs; null: body follows at `part.bytes`. */
async function placeOf(
  response: IncomingMessage,
  part: Part,
  { url, digest }: DownloadOptions,
): Promise<Attempt | null> {
  const status = response.statusCode ?? 0;
  if (status === 206) {
    const from = /^bytes (\d+)-/.exec(response.headers['content-range'] ?? '')?.[1];
    if (Number(from) === part.bytes) return null;
    // A range that was not asked for cannot be placed; the next attempt begins at zero.
    await emptyPart(part);
    return { end: 'cut', because: unreachable(url, 'answered with another range') };
  }
  if (status === 200) {
    if (part.bytes > 0) await emptyPart(part);
    return null;
  }
  if (status === 416) {
    return { end: 'wrong', because: wrongDigest(digest, 'what it offers is shorter') };
  }
  return refusalOf(status, url, digest);
}

function refusalOf(status: number, url: string, digest: Digest | null): Attempt {
  if (status === 401 || status === 403) {
    const peer = 'the certificate of this computer';
    return { end: 'refused', because: problem('PEER_NOT_ADMITTED', { peer }) };
  }
  if (status === 404 || status === 410) {
    return { end: 'refused', because: problem('PACKAGE_ABSENT', { digest: digest ?? url }) };
  }
  return { end: 'cut', because: unreachable(url, `HTTP status ${String(status)}`) };
}

async function receive(
  response: IncomingMessage,
  { options, limits, part, received }: Fetching,
): Promise<Attempt> {
  let isPaced = false;
  let sinceStall = 0;
  const stall = setTimeout(() => {
    // Whoever waits because he was told to does not wait for the other side.
    if (isPaced) stall.refresh();
    else response.destroy(new Error('stalled'));
  }, limits.stallMilliseconds);
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      received(chunk.length);
      if (part.bytes + chunk.length > options.bytes) {
        const found = part.bytes + chunk.length;
        return {
          end: 'wrong',
          because: problem('PACKAGE_TOO_LARGE', { bytes: found, bytesMax: options.bytes }),
        };
      }
      await writeWhole(part, chunk);
      isPaced = true;
      await sleepUnless(options.signal, options.pace?.(chunk.length) ?? 0);
      isPaced = false;
      sinceStall += chunk.length;
      if (sinceStall < limits.stallBytesMin) continue;
      sinceStall = 0;
      stall.refresh();
    }
    return { end: 'complete' };
  } finally {
    clearTimeout(stall);
  }
}

async function writeWhole(part: Part, chunk: Buffer): Promise<void> {
  try {
    for (let from = 0; from < chunk.length;) {
      const { bytesWritten } = await part.handle.write(
        chunk,
        from,
        chunk.length - from,
        part.bytes + from,
      );
      from += bytesWritten;
    }
  } catch (error) {
    throw new DiskError(error);
  }
  part.hash.update(chunk);
  part.bytes += chunk.length;
}

/** Tells a failing disk from a failing link; it never leaves this file. */
class DiskError extends Error {
  constructor(cause: unknown) {
    super('the disk failed', { cause });
  }
}

/** Sends one request and hands the answer to `take`; whatever breaks on the wire is a 'cut'. */
function exchange(
  { url, security, signal }: Pick<DownloadOptions, 'url' | 'security' | 'signal'>,
  limits: DownloadLimits,
  from: number,
  take: (response: IncomingMessage) => Promise<Attempt>,
): Promise<Attempt> {
  return new Promise((resolve, reject) => {
    const cut = (error: Error): void =>
      resolve(
        error instanceof PeerRefused
          ? { end: 'refused', because: error.because }
          : { end: 'cut', because: unreachable(url, error.message) },
      );
    const headers: Record<string, string> = {};
    if (from > 0) headers['range'] = `bytes=${String(from)}-`;
    const address = linkAddress(url, security);
    if (address === null || security?.trust.current() === null) {
      resolve({ end: 'refused', because: problem('ADDRESS_WRONG', { address: url }) });
      return;
    }
    const sent =
      security === null
        ? request(address, { headers, signal, agent: false })
        : requestSecurely(address, { ...diallingTls(security), headers, signal, agent: false });
    sent.setTimeout(limits.stallMilliseconds, () => sent.destroy(new Error('stalled')));
    sent.on('error', cut);
    sent.on('response', (response) => {
      sent.setTimeout(0);
      take(response)
        .then(resolve, (error: unknown) => {
          if (error instanceof DiskError) reject(error.cause);
          else cut(error instanceof Error ? error : new Error(String(error)));
        })
        .finally(() => sent.destroy());
    });
    sent.end();
  });
}

/**
 * Fetches a few bytes, such as a manifest, into memory, in a bounded time. The caller checks their
 * digest.
 */
export async function fetchBytes(given: {
  readonly url: string;
  readonly security: Dialling | null;
  readonly bytesMax: number;
  readonly signal: AbortSignal;
  readonly limits?: Partial<DownloadLimits>;
}): Promise<Result<Buffer>> {
  const limits = { ...downloadLimits, ...given.limits };
  const inTime = AbortSignal.timeout(limits.wholeMilliseconds);
  const options = { ...given, signal: AbortSignal.any([given.signal, inTime]) };
  let last = unreachable(options.url, 'no attempt');
  for (let attempt = 1; attempt <= limits.fruitlessAttemptsMax; attempt++) {
    const chunks: Buffer[] = [];
    const outcome = await exchange(options, limits, 0, (response) => {
      const status = response.statusCode ?? 0;
      if (status !== 200) return Promise.resolve(refusalOf(status, options.url, null));
      return collect(response, chunks, options.bytesMax, limits);
    });
    if (outcome.end === 'complete') return ok(Buffer.concat(chunks));
    last = outcome.because;
    if (outcome.end !== 'cut' || options.signal.aborted) return refuse(last);
    await pause(limits, attempt, options.signal);
  }
  return refuse(last);
}

async function collect(
  response: IncomingMessage,
  chunks: Buffer[],
  bytesMax: number,
  limits: DownloadLimits,
): Promise<Attempt> {
  const stall = setTimeout(() => response.destroy(new Error('stalled')), limits.stallMilliseconds);
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > bytesMax) {
        return { end: 'wrong', because: problem('PACKAGE_TOO_LARGE', { bytes, bytesMax }) };
      }
      chunks.push(chunk);
      stall.refresh();
    }
    return { end: 'complete' };
  } finally {
    clearTimeout(stall);
  }
}

/** True when an earlier run finished: the file is checked again rather than believed. */
async function standsAlready({ file, digest, bytes }: DownloadOptions): Promise<boolean> {
  const found = await stat(file).catch(() => null);
  if (found === null) return false;
  if (found.size === bytes) {
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
    if (hash.digest('hex') === digest) return true;
  }
  await rm(file, { force: true });
  return false;
}

/** Opens what an earlier attempt left and hashes it again: only what was read counts. */
async function openPart(file: string): Promise<Part> {
  const handle = await open(file, 'a+').then(async (made) => {
    await made.close();
    return open(file, 'r+');
  });
  const part: Part = { handle, hash: createHash('sha256'), bytes: 0 };
  const stream = handle.createReadStream({ start: 0, autoClose: false });
  for await (const chunk of stream) {
    part.hash.update(chunk as Buffer);
    part.bytes += (chunk as Buffer).length;
  }
  return part;
}

async function emptyPart(part: Part): Promise<void> {
  await part.handle.truncate(0);
  part.hash = createHash('sha256');
  part.bytes = 0;
}

async function pause(
  limits: DownloadLimits,
  fruitless: number,
  signal: AbortSignal,
): Promise<void> {
  const milliseconds = downloadPauseMilliseconds(limits, { fruitless, chance: Math.random() });
  // An abort is noticed by the next attempt, which ends at once.
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}

/** An abort is noticed by whoever reads on. */
async function sleepUnless(signal: AbortSignal, milliseconds: number): Promise<void> {
  if (milliseconds > 0) await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}

function wrongDigest(expected: Digest, found: string): Problem {
  return problem('PACKAGE_DIGEST_WRONG', { expected, found });
}

function unreachable(address: string, detail: string): Problem {
  return problem('ADDRESS_UNREACHABLE', { address, detail });
}

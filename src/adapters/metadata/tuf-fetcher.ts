/**
 * Hands metadata from a source to the TUF client, and nothing else: bounded in size and in time,
 * without a network of its own. What a source refuses is kept, so that it is told as it was said.
 */

import { isUtf8 } from 'node:buffer';
import { writeFile } from 'node:fs/promises';
import type { Fetcher } from 'tuf-js';
import { DownloadError, DownloadHTTPError } from 'tuf-js/dist/error.js';
import { problem, type Problem } from '#domain/problem.ts';
import { refuse, type Result } from '#domain/result.ts';
import { partBeside, removePart } from '../files/atomic-file.ts';

/** Reads what an address names; null: there is no such thing. */
export type ReadAddress = (
  address: string,
  bytesMax: number,
  signal: AbortSignal,
) => Promise<Result<Uint8Array | null>>;

export type FetcherOptions = {
  readonly read: ReadAddress;
  /** For everything together: a source that trickles must not hold anybody for ever. */
  readonly secondsMax: number;
  /** For files that are checked before they are kept. */
  readonly folder: string;
};

export class SourceFetcher implements Fetcher {
  /** Why nothing came, in the words of whoever said it. */
  refusal: Problem | null = null;
  /** The file that was looked at last: what is wrong is wrong with it. */
  lastFile = 'root.json';
  readonly received = new Map<string, Uint8Array>();
  readonly #options: FetcherOptions;
  readonly #timeUp: AbortSignal;

  constructor(options: FetcherOptions) {
    this.#options = options;
    this.#timeUp = AbortSignal.timeout(options.secondsMax * 1_000);
  }

  async downloadBytes(address: string, bytesMax: number): Promise<Buffer> {
    const bytes = await this.#read(address, bytesMax);
    const file = this.lastFile;
    // What is no text would not be kept byte for byte, and could never be shown to others.
    if (!isUtf8(bytes)) {
      throw this.#refused(problem('METADATA_UNREADABLE', { file, detail: 'not UTF-8' }));
    }
    this.received.set(file, bytes);
    return bytes;
  }

  async #read(address: string, bytesMax: number): Promise<Buffer> {
    this.lastFile = decodeURIComponent(address.slice(address.lastIndexOf('/') + 1));
    const file = this.lastFile;
    const read = await this.#inTime(this.#options.read(address, bytesMax, this.#timeUp), file);
    if (!read.ok) throw this.#refused(read.because);
    if (read.value === null) return this.#absent(file);
    if (read.value.byteLength > bytesMax) {
      throw this.#refused(problem('METADATA_TOO_LARGE', { file, bytesMax }));
    }
    return Buffer.from(read.value);
  }

  async downloadFile<Answer>(
    address: string,
    bytesMax: number,
    handler: (file: string) => Promise<Answer>,
  ): Promise<Answer> {
    const bytes = await this.#read(address, bytesMax);
    const part = partBeside(`${this.#options.folder}/target`);
    try {
      await writeFile(part, bytes);
      return await handler(part);
    } finally {
      await removePart(part);
    }
  }

  /** A source that does not heed the signal is left to itself. */
  async #inTime(
    reading: ReturnType<ReadAddress>,
    file: string,
  ): Promise<Result<Uint8Array | null>> {
    const seconds = this.#options.secondsMax;
    const late = refuse(problem('METADATA_SLOW', { file, seconds }));
    const timeUp = this.#timeUp;
    const told = new AbortController();
    const waited = new Promise<typeof late>((resolve) => {
      if (timeUp.aborted) resolve(late);
      timeUp.addEventListener('abort', () => resolve(late), { signal: told.signal });
    });
    try {
      const first = await Promise.race([reading, waited]);
      // Cut off by our own clock, a source says that it was cut off.
      return timeUp.aborted && !first.ok ? late : first;
    } finally {
      told.abort();
    }
  }

  #absent(file: string): never {
    // The one file whose absence is an answer: the root that is known is the newest.
    if (!file.endsWith('.root.json')) this.refusal = problem('METADATA_ABSENT', { file });
    throw new DownloadHTTPError('absent', 404);
  }

  #refused(because: Problem): Error {
    this.refusal = because;
    return new DownloadError(because.code);
  }
}

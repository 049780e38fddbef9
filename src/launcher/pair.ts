/**
 * A pair on the disk: a launcher and the Node that it runs on, with `pair.json` that names both by
 * their digests. `next` is what a daemon laid down; `current` links to the pair in place, and what a
 * service manager starts are links through it, so one rename puts a pair into place. A launcher that
 * was only ever installed has its files there themselves.
 */

import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { isObject } from './entries.ts';
import { syncPath } from './intent-file.ts';

export const programName = 'launcher.mjs';
export const runtimeName = 'node';
export const pairFileName = 'pair.json';
const names = [programName, runtimeName, pairFileName] as const;

export type PairFile = { readonly name: string; readonly digest: string };

export type Pair = {
  /** Its files, whatever release they came with. */
  readonly id: string;
  readonly version: string;
  readonly files: readonly PairFile[];
};

const blockBytes = 1024 * 1024;
const digestText = /^[0-9a-f]{64}$/;
const pairFolder = /^pair-([1-9][0-9]{0,8})$/;

export function pairId(files: readonly PairFile[]): string {
  const lines = files.map(({ name, digest }) => `${name} ${digest}\n`).toSorted();
  return createHash('sha256').update(lines.join('')).digest('hex');
}

export function pairText(version: string, files: readonly PairFile[]): string {
  return `${JSON.stringify({ format: 1, version, files })}\n`;
}

/** null: there is none in that folder, or none that can be understood. */
export function readPair(folder: string): Pair | null {
  try {
    return parsePair(JSON.parse(readFileSync(join(folder, pairFileName), 'utf8')));
  } catch {
    return null;
  }
}

function parsePair(input: unknown): Pair | null {
  if (!isObject(input) || input['format'] !== 1 || !Array.isArray(input['files'])) return null;
  const { version } = input;
  const named: readonly unknown[] = input['files'];
  const files = named.flatMap((one) => parseFile(one) ?? []);
  const isWhole = files.length === named.length && files[0]?.name === programName;
  if (typeof version !== 'string' || !isWhole) return null;
  return { id: pairId(files), version, files };
}

function parseFile(input: unknown): PairFile | null {
  const [name, digest] = isObject(input) ? [input['name'], input['digest']] : [];
  const isKnown = name === programName || name === runtimeName;
  if (!isKnown || typeof digest !== 'string' || !digestText.test(digest)) return null;
  return { name, digest };
}

/** What of a pair is not what its `pair.json` says; null: nothing. */
export function againstPair(folder: string, { files }: Pair): string | null {
  for (const { name, digest } of files) {
    const found = digestIn(join(folder, name));
    if (found !== digest) return `${name} has the digest ${found}, not ${digest}`;
  }
  return null;
}

function digestIn(file: string): string {
  try {
    return digestOf(file);
  } catch (error) {
    return String(error);
  }
}

function digestOf(file: string): string {
  const hash = createHash('sha256');
  const block = Buffer.allocUnsafe(blockBytes);
  const descriptor = openSync(file, 'r');
  try {
    for (let read = readSync(descriptor, block); read > 0; read = readSync(descriptor, block)) {
      hash.update(block.subarray(0, read));
    }
  } finally {
    closeSync(descriptor);
  }
  return hash.digest('hex');
}

export type PairDisk = {
  readonly next: string;
  laid(): Pair | null;
  hasNext(): boolean;
  removeNext(): void;
  /** What is in place; null: nobody wrote down what that is. */
  inPlace(): Pair | null;
  /** Whether the pair that proved itself is still there to be placed. */
  holds(id: string): boolean;
  /** One rename makes it so; every step may be repeated. */
  place(id: string): void;
};

/** `folder`: ROOT/launcher. */
export function openPairDisk(folder: string): PairDisk {
  const next = join(folder, 'next');
  const current = join(folder, 'current');

  function numbers(): number[] {
    return readdirSync(folder).flatMap((name) => Number(pairFolder.exec(name)?.[1] ?? []));
  }
  const pairAt = (number: number): string => join(folder, `pair-${number}`);
  /** The newest of that id; 0: there is none. */
  const numberOf = (id: string): number =>
    Math.max(0, ...numbers().filter((number) => readPair(pairAt(number))?.id === id));
  const currentNumber = (): number => Number(pairFolder.exec(basename(readlinkSync(current)))?.[1]);

  function replaceByLink(target: string, link: string): void {
    rmSync(`${link}.part`, { force: true });
    symlinkSync(target, `${link}.part`);
    renameSync(`${link}.part`, link);
    syncPath(folder);
  }

  /** The installed files become the first pair; what is started has the same bytes all the while. */
  function makeLinks(): void {
    if (!isThere(current)) {
      const part = `${pairAt(1)}.part`;
      for (const path of [part, pairAt(1)]) rmSync(path, { recursive: true, force: true });
      mkdirSync(part);
      for (const name of names) {
        if (existsSync(join(folder, name))) linkSync(join(folder, name), join(part, name));
      }
      syncPath(part);
      renameSync(part, pairAt(1));
      // Or a power cut could leave the link that leads there, and not what it leads to.
      syncPath(folder);
      replaceByLink(basename(pairAt(1)), current);
    }
    const hasRuntime = isThere(join(folder, runtimeName));
    for (const name of names) {
      if (name === runtimeName && !hasRuntime) continue;
      const link = join(folder, name);
      if (!isLink(link)) replaceByLink(join(basename(current), name), link);
    }
  }

  return {
    next,
    laid: () => readPair(next),
    hasNext: () => isThere(next),
    removeNext() {
      rmSync(next, { recursive: true, force: true });
      syncPath(folder);
    },
    inPlace: () => readPair(folder),
    holds: (id) => readPair(next)?.id === id || numberOf(id) > 0,
    place(id) {
      makeLinks();
      const before = currentNumber();
      let number = numberOf(id);
      if (readPair(next)?.id === id) {
        number = Math.max(0, ...numbers()) + 1;
        renameSync(next, pairAt(number));
        syncPath(folder);
      }
      if (before === number) return;
      replaceByLink(basename(pairAt(number)), current);
      // The one before it stays, for whoever wants it back by hand.
      const kept = [number, before];
      for (const one of numbers().filter((other) => !kept.includes(other))) {
        rmSync(pairAt(one), { recursive: true, force: true });
      }
    },
  };
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

/**
 * A file of intents: checksummed, synced lines that a later process can trust after any kill or
 * power cut. Node only, no library; docs/protocol/launcher.md is the text of this format.
 *
 * A line is the first 16 hexadecimal digits of the SHA-256 of its JSON, a blank, the JSON, a
 * line feed. What the lines mean is not known here.
 */

import { createHash } from 'node:crypto';
import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { limits } from './limits.ts';

export type IntentReading = {
  /** The objects of all good lines, oldest first. */
  readonly lines: readonly unknown[];
  /** Length of those lines: what stands after it is not to be trusted. */
  readonly bytesGood: number;
  /**
   * `torn`: the last line was cut by a kill, which is expected. `damaged`: a bad line with others
   * after it, which no kill leaves behind; everything from it on is ignored.
   */
  readonly fault: 'none' | 'torn' | 'damaged';
};

/** Lines that outlive any kill, for whoever does not care where they stand. */
export type IntentLines = {
  /** What is not to be trusted is cut away at the same time. */
  read(): Pick<IntentReading, 'lines' | 'fault'>;
  append(intent: object): void;
  rewrite(intents: readonly object[]): void;
};

const lineFeed = 0x0a;
const checksumCharacters = 16;

function checksum(json: string): string {
  return createHash('sha256').update(json).digest('hex').slice(0, checksumCharacters);
}

function line(intent: object): string {
  const json = JSON.stringify(intent);
  return `${checksum(json)} ${json}\n`;
}

function parseLine(text: string): { readonly intent: unknown } | null {
  const json = text.slice(checksumCharacters + 1);
  if (text[checksumCharacters] !== ' ') return null;
  if (checksum(json) !== text.slice(0, checksumCharacters)) return null;
  try {
    return { intent: JSON.parse(json) };
  } catch {
    return null;
  }
}

/** Reads without changing anything. A file that does not exist holds no lines. */
export function readIntentFile(file: string): IntentReading {
  const content = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  const lines: unknown[] = [];
  let from = 0;
  while (from < content.length) {
    const until = content.indexOf(lineFeed, from);
    if (until === -1) return { lines, bytesGood: from, fault: 'torn' };
    const parsed = parseLine(content.toString('utf8', from, until));
    if (parsed === null) {
      const last = until === content.length - 1;
      return { lines, bytesGood: from, fault: last ? 'torn' : 'damaged' };
    }
    lines.push(parsed.intent);
    from = until + 1;
  }
  return { lines, bytesGood: from, fault: 'none' };
}

/** Cuts away what the reading does not trust; of a damaged file a copy is kept beside it. */
export function repairIntentFile(file: string, reading: IntentReading): void {
  if (reading.fault === 'none') return;
  if (reading.fault === 'damaged') copyFileSync(file, `${file}.damaged`);
  truncateSync(file, reading.bytesGood);
  syncPath(file);
}

/**
 * Appends one line and returns when it is on the disk. When the disk refuses, the file is as
 * long as before and the error is thrown: no torn line is ever left in the middle.
 */
export function appendIntent(file: string, intent: object): void {
  const bytes = Buffer.from(line(intent));
  if (bytes.length > limits.intentLineBytesMax) throw new Error('intent line over its limit');
  const isNew = !existsSync(file);
  const descriptor = openSync(file, 'a', 0o600);
  try {
    const before = fstatSync(descriptor).size;
    try {
      const written = writeSync(descriptor, bytes);
      if (written !== bytes.length) throw new Error('the disk took only a part of the line');
      fsyncSync(descriptor);
    } catch (error) {
      ftruncateSync(descriptor, before);
      throw error;
    }
  } finally {
    closeSync(descriptor);
  }
  if (isNew) syncPath(dirname(file));
}

/** Replaces the whole file in one rename. */
export function rewriteIntentFile(file: string, intents: readonly object[]): void {
  const part = `${file}.part`;
  const descriptor = openSync(part, 'w', 0o600);
  try {
    writeSync(descriptor, intents.map(line).join(''));
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(part, file);
  syncPath(dirname(file));
}

export function intentLinesIn(file: string): IntentLines {
  return {
    read() {
      const reading = readIntentFile(file);
      repairIntentFile(file, reading);
      return reading;
    },
    append: (intent) => appendIntent(file, intent),
    rewrite: (intents) => rewriteIntentFile(file, intents),
  };
}

/** Makes a file's bytes, or a folder's names, survive a power cut. */
export function syncPath(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * The last lines of a log of this installation, for people on another computer. A log holds no
 * secret; should one ever have come into it, it does not leave the computer all the same: what
 * stands in a file of `secrets/` is taken out wherever it appears, and so is what looks like one.
 */

import { open, readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '#domain/result.ts';
import { logBytesMax, type LogName, type LogTail } from '#protocol/normal-server/care.ts';
import { paths } from '#launcher/installation.ts';
import { errorCode, isThere, refuseDiskError } from '../files/atomic-file.ts';

/** So much is read at the end of a file, whatever the lines are like. */
const readBytesMax = 4 * logBytesMax;
/** What is shorter may be a word. */
const secretCharactersMin = 8;
const secretBytesMax = 64 * 1024;
const gap = '[…]';

export async function logTail(
  root: string,
  { log, lines }: { readonly log: LogName; readonly lines: number },
): Promise<Result<LogTail>> {
  const file = paths.log(root, log);
  try {
    const newest = await endOf(file);
    // A log that was begun anew just now goes on in the one before.
    const isShort = newest.isWhole && linesIn(newest.text).length < lines;
    const before = isShort ? await endOf(`${file}.1`) : nothing;
    const found = linesIn(`${before.text}${newest.text}`);
    const isPassedOver = !isShort && (await isThere(`${file}.1`));
    const isCutBefore = !newest.isWhole || !before.isWhole || isPassedOver;
    const secrets = await secretsIn(join(root, 'secrets'));
    const shown = shortened(found.slice(-lines).map((line) => withoutSecrets(line, secrets)));
    const isCut = isCutBefore || shown.length < found.length;
    return ok({ text: shown.join('\n'), isCut });
  } catch (error) {
    return refuseDiskError(error, file);
  }
}

type End = { readonly text: string; readonly isWhole: boolean };
const nothing: End = { text: '', isWhole: true };

/** From a beginning of a line on. Nothing where there is no such file. */
async function endOf(file: string): Promise<End> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  });
  if (handle === null) return nothing;
  try {
    const { size } = await handle.stat();
    const start = Math.max(0, size - readBytesMax);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(size - start), 0, null, start);
    const text = buffer.toString('utf8', 0, bytesRead);
    return start === 0
      ? { text, isWhole: true }
      : { text: text.slice(text.indexOf('\n') + 1), isWhole: false };
  } finally {
    await handle.close();
  }
}

function linesIn(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** The newest of them that fit. */
function shortened(lines: readonly string[]): readonly string[] {
  let bytes = 0;
  let from = lines.length;
  for (; from > 0; from--) {
    bytes += Buffer.byteLength(lines[from - 1] ?? '') + 1;
    if (bytes > logBytesMax) break;
  }
  return lines.slice(from);
}

/** Each line of each file there: a key of several lines is known by any of them. */
async function secretsIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => []);
  const found = new Set<string>();
  for (const name of names) {
    const text = await readFile(join(folder, name), 'utf8').catch(() => '');
    for (const line of text.slice(0, secretBytesMax).split('\n')) {
      const secret = line.trim();
      if (secret.length >= secretCharactersMin && !secret.startsWith('-----')) found.add(secret);
    }
  }
  return [...found];
}

const looksSecret: readonly (readonly [RegExp, string])[] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, gap],
  [/\b(Bearer|Basic) +[\w.~+/=-]{8,}/gi, `$1 ${gap}`],
  [
    /("(?:[\w-]*(?:password|passphrase|secret|token|cookie)|authorization|privateKey)"\s*:\s*)"(?:[^"\\]|\\.)*"/gi,
    `$1"${gap}"`,
  ],
  [/(:\/\/[^/\s:@]+:)[^/\s@]+@/g, `$1${gap}@`],
];

// oxlint-disable-next-line no-control-regex
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** Control characters go as well: on a terminal some of them are commands. */
function withoutSecrets(line: string, secrets: readonly string[]): string {
  const plain = line.replaceAll(controls, '·');
  const known = secrets.reduce((text, secret) => text.replaceAll(secret, gap), plain);
  return looksSecret.reduce((text, [pattern, by]) => text.replaceAll(pattern, by), known);
}

/**
 * Bytes of a `server.ini` to text and back, without loss: ASCII, UTF-8 or Shift_JIS (Windows code
 * page 932). What does not come back as the same bytes is refused with its line, never replaced
 * by a question mark. The tables of cp932 are loaded only when a file needs them.
 */

import { isAscii, isUtf8 } from 'node:buffer';
import { constants, open } from 'node:fs/promises';
import { catalogueCharactersMax } from '#domain/catalogue/server-ini.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { errorCode } from '../files/atomic-file.ts';

export type CatalogueEncoding = 'ascii' | 'utf-8' | 'cp932';

export type DecodedCatalogue = { readonly text: string; readonly encoding: CatalogueEncoding };

/** A character takes at least one byte, so no readable catalogue is larger. */
export const catalogueBytesMax = catalogueCharactersMax;

const byteLineFeed = 10;

export async function decodeCatalogue(bytes: Buffer): Promise<Result<DecodedCatalogue>> {
  if (isAscii(bytes)) return ok({ text: bytes.toString('latin1'), encoding: 'ascii' });
  if (isUtf8(bytes)) return ok({ text: bytes.toString('utf8'), encoding: 'utf-8' });
  const { decode, encode } = await import('iconv-lite');
  const text = decode(bytes, 'cp932', { stripBOM: false });
  const again = encode(text, 'cp932');
  if (again.equals(bytes)) return ok({ text, encoding: 'cp932' });
  return refuseLine(lineOfDifference(bytes, again), 'cp932');
}

/** ASCII counts as UTF-8 once the text has other characters. */
export async function encodeCatalogue(
  text: string,
  encoding: CatalogueEncoding,
): Promise<Result<Buffer>> {
  if (encoding !== 'cp932') {
    const bytes = Buffer.from(text, 'utf8');
    const again = bytes.toString('utf8');
    return again === text ? ok(bytes) : refuseLine(lineOfTextDifference(text, again), 'utf-8');
  }
  const { decode, encode } = await import('iconv-lite');
  const bytes = encode(text, 'cp932');
  const again = decode(bytes, 'cp932', { stripBOM: false });
  return again === text ? ok(bytes) : refuseLine(lineOfTextDifference(text, again), 'cp932');
}

/** Any file that someone names. One that is too large is refused before it is read. */
export async function readCatalogueFile(
  file: string,
  followsLinks = true,
): Promise<Result<DecodedCatalogue>> {
  const bytes = await readCatalogueBytes(file, followsLinks);
  return bytes.ok ? decodeCatalogue(bytes.value) : bytes;
}

export async function readCatalogueBytes(
  file: string,
  followsLinks = true,
): Promise<Result<Buffer>> {
  // Without O_NONBLOCK, opening a named pipe would wait for ever.
  const noLinks = followsLinks ? 0 : constants.O_NOFOLLOW;
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | noLinks;
  try {
    const handle = await open(file, flags);
    try {
      const found = await handle.stat();
      if (!found.isFile())
        return refuse(problem('FILE_UNREADABLE', { file, detail: 'not a file' }));
      if (found.size > catalogueBytesMax) {
        const values = { bytes: found.size, bytesMax: catalogueBytesMax };
        return refuse(problem('CATALOGUE_TOO_LARGE', values));
      }
      return ok(await handle.readFile());
    } finally {
      await handle.close();
    }
  } catch (error) {
    const detail = errorCode(error);
    if (detail === null) throw error;
    return refuse(problem('FILE_UNREADABLE', { file, detail }));
  }
}

function refuseLine(line: number, encoding: string): ReturnType<typeof refuse> {
  return refuse(problem('CATALOGUE_TEXT_UNREADABLE', { line, encoding }));
}

function lineOfDifference(left: Buffer, right: Buffer): number {
  let line = 1;
  for (let index = 0; index < left.length && left[index] === right[index]; index++) {
    if (left[index] === byteLineFeed) line++;
  }
  return line;
}

function lineOfTextDifference(left: string, right: string): number {
  let index = 0;
  while (index < left.length && left[index] === right[index]) index++;
  return left.slice(0, index).split('\n').length;
}

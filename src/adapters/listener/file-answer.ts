/**
 * What the headers of a request for an immutable file ask for (RFC 9110): all of it, one range, or
 * the word that the asker has it already. Its digest is its strong tag, so a tag never lies. Absent:
 * the file, and several ranges at once, which are answered by the whole.
 */

import type { IncomingHttpHeaders } from 'node:http';

export type FileFacts = {
  readonly digest: string;
  readonly bytes: number;
  /** It was asked for by a name under which something else may stand tomorrow. */
  readonly mayChange?: boolean;
};

export type FileAnswer = {
  readonly status: 200 | 206 | 304 | 416;
  readonly headers: Readonly<Record<string, string | number>>;
  /** Half open; null: no body. */
  readonly body: { readonly from: number; readonly until: number } | null;
};

/** What a digest names never changes: any cache may keep it as long as it likes, as it is. */
const forEver = 'public, max-age=31536000, immutable, no-transform';

export function answerTo(
  headers: IncomingHttpHeaders,
  { digest, bytes, mayChange = false }: FileFacts,
): FileAnswer {
  const tag = `"${digest}"`;
  const keeping = mayChange ? 'private, no-cache, no-transform' : forEver;
  const always = { etag: tag, 'cache-control': keeping, 'accept-ranges': 'bytes' };
  if (isNamed(headers['if-none-match'], tag)) return { status: 304, headers: always, body: null };
  const { 'if-range': ifRange } = headers;
  const isSame = ifRange === undefined || String(ifRange).trim() === tag;
  const range = isSame ? rangeIn(headers.range, bytes) : null;
  if (range === 'unsatisfiable') {
    // Said of a request, not of the file: nobody is to keep it.
    const of = { 'content-range': `bytes */${bytes}`, 'cache-control': 'no-store' };
    return { status: 416, headers: { ...of, 'content-length': 0 }, body: null };
  }
  const body = range ?? { from: 0, until: bytes };
  const all = {
    ...always,
    'content-type': 'application/octet-stream',
    'content-length': body.until - body.from,
  };
  if (range === null) return { status: 200, headers: all, body };
  const place = `bytes ${body.from}-${body.until - 1}/${bytes}`;
  return { status: 206, headers: { ...all, 'content-range': place }, body };
}

/** By the weak comparison, as RFC 9110 wants it here. */
function isNamed(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((one) => {
    const named = one.trim();
    return named === '*' || named.replace(/^W\//, '') === tag;
  });
}

/** One range, or null for the whole file. Other forms of the header are ignored. */
function rangeIn(
  header: string | undefined,
  bytes: number,
): { readonly from: number; readonly until: number } | 'unsatisfiable' | null {
  const [, first, last] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return null;
  if (first === '') {
    const from = Math.max(0, bytes - Number(last));
    return from < bytes ? { from, until: bytes } : 'unsatisfiable';
  }
  const from = Number(first);
  const until = last === '' ? bytes : Math.min(Number(last) + 1, bytes);
  // Ends before it begins: that is no range, and no reason to refuse.
  if (last !== '' && Number(last) < from) return null;
  return from < until ? { from, until } : 'unsatisfiable';
}

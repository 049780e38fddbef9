/**
 * The record as a file, version 1: a header, then one line for each entry, in JSON.
 *
 *     {"format":1,"genesis":{…},"head":{"hash":"…","number":3}}
 *     {"hash":"…","line":{"at":…,"detail":{…},"kind":"…","number":1,"server":null,"who":"…"}}
 *
 * What stands behind `"line":`, up to the last brace, is exactly what is hashed, so that a hash can
 * be computed anew with nothing but `sha256sum`. docs/protocol/record.md is the text of this.
 */

import { z } from 'zod';
import { namePattern } from '#domain/names.ts';
import {
  lineText,
  restoredKind,
  type Genesis,
  type RecordHead,
  type RecordLine,
  type ToldHead,
} from '#domain/record/line.ts';
import type { FoundLine } from '#domain/record/verify.ts';
import { digest, instant, serverId, toldHead } from '../shared/primitives.ts';

/** No line of a record is longer. */
export const recordLineBytesMax = 4 * 1024 * 1024;

export const recordGenesis = z.strictObject({
  format: z.literal(1),
  site: serverId,
  at: instant,
  linesBefore: z.int().min(0),
});

export const recordHead = z.strictObject({ number: z.int().min(0), hash: digest });

export const recordHeader = z.strictObject({
  format: z.literal(1),
  genesis: recordGenesis,
  /** Where the record ended when it was exported. */
  head: recordHead,
});
export type RecordHeader = z.infer<typeof recordHeader>;

export const exportedLine = z.strictObject({
  hash: digest,
  line: z.strictObject({
    at: z.int(),
    detail: z.record(z.string(), z.unknown()),
    kind: z.string().min(1),
    number: z.int().min(1),
    server: serverId.nullable(),
    who: z.string(),
  }),
});

export function headerText(genesis: Genesis, head: RecordHead): string {
  const { format, site, at, linesBefore } = genesis;
  const { hash, number } = head;
  return JSON.stringify({
    format: 1,
    genesis: { at, format, linesBefore, site },
    head: { hash, number },
  });
}

export function exportedText(line: RecordLine): string {
  return `{"hash":"${line.hash}","line":${lineText(line)}}`;
}

export function headText({ site, epoch, number, hash }: ToldHead): string {
  return JSON.stringify({ epoch, hash, number, site });
}

/** null: not a header of a record. */
export function parseHeader(text: string): RecordHeader | null {
  return parsed(text, recordHeader);
}

/** null: not a head. */
export function parseHead(text: string): ToldHead | null {
  return parsed(text, toldHead);
}

/** What was left of a head whose writing was cut off: it witnesses nothing, and harms nothing. */
export function isTornHead(text: string): boolean {
  return !text.endsWith('}') && '{"epoch":'.startsWith(text.slice(0, '{"epoch":'.length));
}

const hashAt = '{"hash":"'.length;
const lineAt = hashAt + 64 + '","line":'.length;

/** null: no line of a record, or not written as one: nothing may be read in two ways. */
export function parseExported(text: string): FoundLine | null {
  const body = text.slice(lineAt, -1);
  const hash = digest.safeParse(text.slice(hashAt, hashAt + 64));
  if (!hash.success || text !== `{"hash":"${hash.data}","line":${body}}`) return null;
  const line = lineIn(body);
  return line === null ? null : { ...foundOf(line), text: body, hash: hash.data };
}

const names = 'at,detail,kind,number,server,who';

/**
 * By hand: a schema would copy the detail, and there are a million lines. What is written in any
 * other way than ours is none: of two names that are alike only the last would be seen.
 */
function lineIn(body: string): Omit<RecordLine, 'hash'> | null {
  let found: unknown;
  try {
    found = JSON.parse(body);
  } catch {
    return null;
  }
  if (!isObject(found) || Object.keys(found).join(',') !== names) return null;
  const { at, detail, kind, number, server, who } = found;
  const isWhole = Number.isSafeInteger(at) && Number.isSafeInteger(number) && Number(number) >= 1;
  const isText = typeof kind === 'string' && kind !== '' && typeof who === 'string';
  const isServer = server === null || (typeof server === 'string' && namePattern.test(server));
  if (!isWhole || !isText || !isServer || !isObject(detail)) return null;
  const line = found as Omit<RecordLine, 'hash'>;
  return lineText(line) === body ? line : null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A line as the program that keeps it tells it. */
export function foundLine(line: RecordLine): FoundLine {
  return { ...foundOf(line), text: lineText(line), hash: line.hash };
}

function foundOf({ number, kind, detail }: Pick<RecordLine, 'number' | 'kind' | 'detail'>) {
  const epoch = kind === restoredKind ? detail['epoch'] : null;
  return { number, kind, epoch: typeof epoch === 'number' ? epoch : null };
}

function parsed<Value>(text: string, schema: z.ZodType<Value>): Value | null {
  try {
    const found = schema.safeParse(JSON.parse(text));
    return found.success ? found.data : null;
  } catch {
    return null;
  }
}

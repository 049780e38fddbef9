/**
 * How rows that are decided on as a whole become text and back: JSON, with a checksum as its last
 * member. What a disk changed is noticed before anything is decided on it, and told as what it is;
 * nobody is defended here against who may write the file, for he writes the checksum too.
 */

import { crc32 } from 'node:zlib';
import { problem, type Problem } from '#domain/problem.ts';

/** No row that was ever written comes near; what is longer is not read at all. */
export const rowCharactersMax = 64 * 1024 * 1024;

/** A row that is not what was written there. Whoever asked hears it; nothing is changed. */
export class RowDamaged extends Error {
  readonly because: Problem;

  constructor(table: string, detail: string) {
    super(`a row of ${table} is damaged: ${detail}`);
    this.because = problem('JOURNAL_ROW_DAMAGED', { table, detail });
  }
}

const marked = /,"#":"([0-9a-f]{8})"\}$/;
const markCharacters = ',"#":"00000000"}'.length;
const checksumOf = (text: string): string => crc32(text).toString(16).padStart(8, '0');

export function encode(row: object): string {
  const text = JSON.stringify(row);
  if (!text.endsWith('}') || text === '{}') return text;
  return `${text.slice(0, -1)},"#":"${checksumOf(text)}"}`;
}

/** Rows from before there were checksums have none, and are read as they are. */
function unmarked(text: string, table: string): string {
  const [, checksum] = marked.exec(text.slice(-markCharacters)) ?? [];
  if (checksum === undefined) return text;
  const plain = `${text.slice(0, -markCharacters)}}`;
  if (checksumOf(plain) !== checksum) throw new RowDamaged(table, 'it is not what was written');
  return plain;
}

/** Its text without the checksum, to be looked through; nothing is decided on it. */
export function searchable(text: string): string {
  const isMarked = marked.test(text.slice(-markCharacters));
  return isMarked ? `${text.slice(0, -markCharacters)}}` : text;
}

/** Our own rows, written by us and read back: the one place where JSON becomes a domain type. */
export function decode<Row>(text: string, table: string): Row {
  if (text.length > rowCharactersMax) {
    throw new RowDamaged(table, `more than ${rowCharactersMax} characters`);
  }
  const row = parsed(unmarked(text, table), table);
  if (typeof row !== 'object' || row === null) throw new RowDamaged(table, 'it is no object');
  return row as Row;
}

function parsed(text: string, table: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RowDamaged(table, 'it is no JSON');
  }
}

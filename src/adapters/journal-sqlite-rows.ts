/** How rows of the journal become text and back. */

import type { Kysely } from 'kysely';
import type { JournalTables } from './journal-schema.ts';

export type Database = Kysely<JournalTables>;

/** Our own rows, written by us and read back: the one place where JSON becomes a domain type. */
export function decode<Row>(text: string): Row {
  return JSON.parse(text) as Row;
}

export const encode = (row: object): string => JSON.stringify(row);

/** The journal's database, within a transaction and outside. */

import type { Kysely } from 'kysely';
import type { JournalTables } from './journal-schema.ts';

export type Database = Kysely<JournalTables>;

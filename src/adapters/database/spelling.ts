/**
 * The few words that SQLite and PostgreSQL spell differently where tables are made. Every other
 * statement is common to both, so one repository code serves either.
 */

import { PostgresAdapter, sql, type Kysely } from 'kysely';

type Spelling = {
  /** Of 64 bits: PostgreSQL's own `integer` is too short for an instant. */
  readonly integer: string;
  /** In the order of its bytes, whatever language the database was made for. */
  readonly text: string;
  /** A primary key that is counted up; whoever inserts gives the number all the same. */
  readonly counted: string;
  /** After the columns: SQLite takes any value into any column unless it is told. */
  readonly strict: string;
  /** A column more, where rows are not numbered in the order in which they came anyway. */
  readonly rowid: string;
  /** Answers a row where a table of that name stands. */
  tableNamed(name: string): ReturnType<typeof sql>;
};

const sqlite: Spelling = {
  integer: 'integer',
  text: 'text',
  counted: 'integer primary key autoincrement',
  strict: ' strict',
  rowid: '',
  tableNamed: (name) => sql`select name from sqlite_master where name = ${name}`,
};

const postgres: Spelling = {
  integer: 'bigint',
  text: 'text collate "C"',
  counted: 'bigint primary key',
  strict: '',
  rowid: ', rowid bigint generated always as identity',
  tableNamed: (name) => sql`select 1 where to_regclass(${name}) is not null`,
};

export function spellingOf<Tables>(database: Kysely<Tables>): Spelling {
  return database.getExecutor().adapter instanceof PostgresAdapter ? postgres : sqlite;
}

/** One after the other; `spell` says them in the words of the database at hand. */
export async function runStatements<Tables>(
  database: Kysely<Tables>,
  spell: (words: Spelling) => readonly string[],
): Promise<void> {
  for (const statement of spell(spellingOf(database))) await sql.raw(statement).execute(database);
}

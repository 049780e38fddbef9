/**
 * Takes out of the copy of a journal what must be in no backup: hashes of passwords, API tokens and
 * sessions. None of them would count after a restore anyway; so whoever finds a backup has nothing
 * to guess at. Pages that were freed before may hold older ones, so the file is written anew.
 */

import { DatabaseSync } from 'node:sqlite';

/** By table; an older journal may not have all of them. */
const statements = [
  // With another password it is another row, whose checksum would be wrong.
  ['person', "update person set row = json_remove(json_set(row, '$.password', null), '$.\"#\"')"],
  ['api_token', 'delete from api_token'],
  ['console_session', 'delete from console_session'],
] as const;

export function takeOutSecrets(file: string): void {
  const database = new DatabaseSync(file);
  try {
    const tables = database.prepare("select name from sqlite_master where type = 'table'").all();
    const names = new Set(tables.map(({ name }) => name));
    for (const [table, statement] of statements) {
      if (names.has(table)) database.exec(statement);
    }
    database.exec('vacuum');
  } finally {
    database.close();
  }
}

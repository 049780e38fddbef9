/** Brings the schema of a database forward, step by step, and refuses what a newer program made. */

import { sql, type Kysely } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { spellingOf } from './spelling.ts';

/** The migrations of one database by name; names sort in the order in which they run. */
export type Migrations = Readonly<Record<string, Migration>>;

/** Names of migrations that the database already has; empty for a new one. */
async function migrationsIn<Tables>(database: Kysely<Tables>): Promise<readonly string[]> {
  const table = await spellingOf(database).tableNamed('kysely_migration').execute(database);
  if (table.rows.length === 0) return [];
  const rows = await sql<{ name: string }>`
    select name from kysely_migration order by name`.execute(database);
  return rows.rows.map((row) => row.name);
}

export async function migrate<Tables>(
  database: Kysely<Tables>,
  migrations: Migrations,
): Promise<Result<null>> {
  const found = await migrationsIn(database);
  const newer = found.findLast((name) => !(name in migrations));
  if (newer !== undefined) {
    const known = Object.keys(migrations).toSorted().at(-1) ?? 'none';
    return refuse(problem('DATA_NEWER', { found: newer, known }));
  }
  const migrator = new Migrator({
    db: database,
    provider: { getMigrations: async () => ({ ...migrations }) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw new Error('a migration failed', { cause: error });
  return ok(null);
}

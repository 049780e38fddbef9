/**
 * SQLite through Node's own `node:sqlite`, for Kysely: one file, one process, full sync on commit.
 *
 * Every transaction starts with `begin immediate`, because a read-then-write transaction that
 * starts plain fails at once beside a second connection. A transaction must await nothing but its
 * own queries: there is one connection, and it waits for nobody. No table is named here.
 */

import { mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import {
  CompiledQuery,
  Kysely,
  SqliteAdapter,
  SqliteDialect,
  SqliteDriver,
  sql,
  type DatabaseConnection,
  type Dialect,
  type SqliteDatabase,
  type SqliteStatement,
} from 'kysely';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { problemOfDatabase } from './database-problem.ts';
import { migrate, type Migrations } from './migrations.ts';

const limits = {
  busyMilliseconds: 5_000,
  statementsCachedMax: 300,
  /** A larger file is not read through at each start. */
  checkedBytesMax: 64 * 1024 * 1024,
} as const;

/** The first bytes of every SQLite file. */
const magic = 'SQLite format 3\0';

function bound(value: unknown): SQLInputValue {
  if (value === undefined || value === null) return null;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string') {
    return value;
  }
  if (value instanceof Uint8Array) return value;
  throw new TypeError(`SQLite cannot hold a ${typeof value}: encode it per column`);
}

/** Rows come without a prototype, which `deepEqual` and spreading callers do not expect. */
const plain = (row: object): object => ({ ...row });

class Statement implements SqliteStatement {
  readonly reader: boolean;
  readonly #statement: StatementSync;

  constructor(statement: StatementSync) {
    this.#statement = statement;
    this.reader = statement.columns().length > 0;
  }

  all(parameters: readonly unknown[]): unknown[] {
    return this.#statement.all(...parameters.map(bound)).map(plain);
  }

  run(parameters: readonly unknown[]): {
    changes: number | bigint;
    lastInsertRowid: number | bigint;
  } {
    return this.#statement.run(...parameters.map(bound));
  }

  *iterate(parameters: readonly unknown[]): IterableIterator<unknown> {
    for (const row of this.#statement.iterate(...parameters.map(bound))) yield plain(row);
  }
}

/** Keeps prepared statements, the least lately used leaving first. */
class CachedDatabase implements SqliteDatabase {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, Statement>();

  constructor(file: string) {
    this.#database = new DatabaseSync(file, { timeout: limits.busyMilliseconds });
    try {
      this.#database.exec(
        'pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on;',
      );
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  prepare(text: string): SqliteStatement {
    const known = this.#statements.get(text);
    if (known) this.#statements.delete(text);
    const statement = known ?? new Statement(this.#database.prepare(text));
    this.#statements.set(text, statement);
    if (this.#statements.size > limits.statementsCachedMax) {
      const oldest = this.#statements.keys().next();
      if (!oldest.done) this.#statements.delete(oldest.value);
    }
    return statement;
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }
}

class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'));
  }

  /**
   * After a full or failing disk SQLite has rolled back by itself, and refuses to do so again:
   * that refusal must not stand before the error that was its cause.
   */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await super.rollbackTransaction(connection).catch((error: unknown) => {
      if (!(error instanceof Error && /no transaction is active/.test(error.message))) throw error;
    });
  }
}

/** SQLite rolls schema changes back like everything else, so each migration is all or nothing. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class NodeSqliteDialect extends SqliteDialect {
  readonly #database: () => Promise<SqliteDatabase>;

  constructor(database: () => Promise<SqliteDatabase>) {
    super({ database });
    this.#database = database;
  }

  override createDriver(): SqliteDriver {
    return new ImmediateDriver({ database: this.#database });
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter();
  }
}

export function openSqlite(file: string): Dialect {
  return new NodeSqliteDialect(async () => new CachedDatabase(file));
}

/** A file that holds something, and not a database. */
async function isOther(file: string): Promise<boolean> {
  const handle = await open(file, 'r').catch(() => null);
  if (handle === null) return false;
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(magic.length), 0, magic.length, 0);
  await handle.close();
  return bytesRead > 0 && buffer.toString('latin1', 0, bytesRead) !== magic;
}

/** A page that is damaged is told at the start, not by the first query that happens upon it. */
async function check<Tables>(file: string, database: Kysely<Tables>): Promise<Result<null>> {
  const facts = await stat(file).catch(() => null);
  if (facts === null || facts.size > limits.checkedBytesMax) return ok(null);
  const found = await sql<{ quick_check: string }>`pragma quick_check(1)`.execute(database);
  const detail = found.rows[0]?.quick_check ?? 'ok';
  return detail === 'ok'
    ? ok(null)
    : refuse(problem('FILE_UNREADABLE', { file, detail: detail.slice(0, 500) }));
}

/** Opens a file, making it and its folder when absent, and brings its schema up to date. */
export async function openDatabase<Tables>(options: {
  file: string;
  migrations: Migrations;
}): Promise<Result<Kysely<Tables>>> {
  await mkdir(dirname(options.file), { recursive: true });
  if (await isOther(options.file)) {
    return refuse(problem('FILE_UNREADABLE', { file: options.file, detail: 'not a database' }));
  }
  const dialect = openSqlite(options.file);
  const database = new Kysely<Tables>({ dialect });
  try {
    const checked = await check(options.file, database);
    const migrated = checked.ok ? await migrate(database, options.migrations) : checked;
    if (migrated.ok) return ok(database);
    await database.destroy();
    return migrated;
  } catch (error) {
    await database.destroy();
    const because = problemOfDatabase(error, options.file);
    if (because === null) throw error;
    return refuse(because);
  }
}

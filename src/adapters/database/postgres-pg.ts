/**
 * PostgreSQL through `pg`, for Kysely: a database that several processes may have open at once.
 *
 * Every transaction begins with one lock that all of them share, so there is one writer at a time
 * as there is in a SQLite file, and whatever a transaction reads is what it changes. Who only reads
 * waits for nobody. A writer that is cut off loses its lock when its session ends, at the latest
 * when it idled for too long. No table is named here.
 */

import {
  CompiledQuery,
  Kysely,
  PostgresDialect,
  PostgresDriver,
  sql,
  type DatabaseConnection,
  type PostgresPool,
  type PostgresPoolClient,
} from 'kysely';
import { Pool, types, type PoolClient } from 'pg';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { databaseAddress } from './database-address.ts';
import { DatabaseAway, problemOfDatabase } from './database-problem.ts';
import { migrate, type Migrations } from './migrations.ts';

const limits = {
  connectionsMax: 4,
  connectMilliseconds: 10_000,
  /** Of one statement, the wait for the lock included. */
  statementMilliseconds: 30_000,
  /** Here, when not even the refusal arrives. */
  answerMilliseconds: 35_000,
  /** Between two statements of one transaction. */
  idleMilliseconds: 10_000,
  /** Of PostgreSQL: what earlier ones do is not tried. */
  versionMin: 14_0000,
} as const;

/** The type of 64-bit integers and of counts; ours stay far below 2^53. */
const int8 = 20;

/** Of a schema, so that two control managers in one database do not wait for each other. */
const begin = `begin; select pg_advisory_xact_lock(hashtext('dankai'), hashtext(current_schema()))`;

/**
 * Classes of SQLSTATE by which a server says that it cannot, or will not now: connection, resources,
 * lock timeout, operator's intervention, its own disk, damage, and sessions that idled too long.
 */
const unable = /^(08...|53...|55P03|57...|58...|XX...|25P0[34]|25006)$/;

function isUnable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // Without a severity it is not the server that speaks: the connection is gone.
  return !('severity' in error) || unable.test(code);
}

/** Its texts have no NUL, which people may type and sites may report. */
function bound(value: unknown): unknown {
  return typeof value === 'string' ? value.replaceAll('\0', '\ufffd') : value;
}

/** Tells what became of the way to the server apart from what the server says of a statement. */
function guarded(client: PoolClient, address: string): PostgresPoolClient {
  const query = async (text: string, parameters: readonly unknown[]): Promise<unknown> => {
    try {
      // Without parameters it may be several statements.
      return await client.query(text, parameters.length === 0 ? undefined : parameters.map(bound));
    } catch (error) {
      throw isUnable(error) ? new DatabaseAway(address, error) : error;
    }
  };
  return {
    query: query as PostgresPoolClient['query'],
    release: (destroy) => client.release(destroy),
  };
}

function poolOf(url: string, address: string): PostgresPool {
  const pool = new Pool({
    connectionString: url,
    application_name: 'dankai',
    max: limits.connectionsMax,
    connectionTimeoutMillis: limits.connectMilliseconds,
    statement_timeout: limits.statementMilliseconds,
    query_timeout: limits.answerMilliseconds,
    idle_in_transaction_session_timeout: limits.idleMilliseconds,
    keepAlive: true,
    types: {
      getTypeParser: (type: number, format?: 'text' | 'binary') =>
        type === int8 ? Number : types.getTypeParser(type, format),
    },
  });
  // A connection that ends, in use or not: the next one who asks hears whatever is wrong.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      const client = await pool.connect().catch((error: unknown) => {
        throw new DatabaseAway(address, error);
      });
      return guarded(client, address);
    },
  };
}

class LockingDriver extends PostgresDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(begin));
  }
}

class LockingDialect extends PostgresDialect {
  readonly #pool: PostgresPool;

  constructor(pool: PostgresPool) {
    super({ pool });
    this.#pool = pool;
  }

  override createDriver(): PostgresDriver {
    return new LockingDriver({ pool: this.#pool });
  }
}

/** What must be so before anything is kept there; null: all of it is. */
async function unfitFor<Tables>(database: Kysely<Tables>): Promise<string | null> {
  const setting = (name: string) => sql<string>`current_setting(${name})`;
  const { rows } = await sql<{ encoding: string; sync: string; commit: string; version: string }>`
    select ${setting('server_encoding')} as encoding, ${setting('fsync')} as sync,
      ${setting('synchronous_commit')} as commit, ${setting('server_version_num')} as version
  `.execute(database);
  const [found] = rows;
  if (found === undefined) return 'no settings';
  if (Number(found.version) < limits.versionMin) return `server_version_num = ${found.version}`;
  if (found.encoding !== 'UTF8') return `server_encoding = ${found.encoding}`;
  if (found.sync !== 'on') return `fsync = ${found.sync}`;
  return found.commit === 'off' ? 'synchronous_commit = off' : null;
}

/** Opens a database and brings its schema up to date. */
export async function openPostgres<Tables>(options: {
  url: string;
  migrations: Migrations;
}): Promise<Result<Kysely<Tables>>> {
  const address = databaseAddress(options.url);
  if (address === null) return refuse(problem('DATABASE_URL_WRONG', {}));
  const database = new Kysely<Tables>({
    dialect: new LockingDialect(poolOf(options.url, address)),
  });
  try {
    const detail = await unfitFor(database);
    const fit = detail === null ? ok(null) : refuse(problem('DATABASE_UNFIT', { address, detail }));
    const migrated = fit.ok ? await migrate(database, options.migrations) : fit;
    if (migrated.ok) return ok(database);
    await database.destroy();
    return migrated;
  } catch (error) {
    await database.destroy();
    const because = problemOfDatabase(error, address);
    if (because === null) throw error;
    return refuse(because);
  }
}

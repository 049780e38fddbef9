import assert from 'node:assert/strict';
import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Kysely, sql } from 'kysely';
import { problem } from '#domain/problem.ts';
import { problemOfDatabase } from './database-problem.ts';
import type { Migrations } from './migrations.ts';
import { openDatabase, openSqlite } from './sqlite-node.ts';

type Tables = { note: { id: number; text: string | null; flag: number } };

const first: Migrations = {
  '0001': {
    async up(database: Kysely<unknown>) {
      await database.schema
        .createTable('note')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('text', 'text')
        .addColumn('flag', 'integer', (column) => column.notNull())
        .execute();
    },
  },
};

let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dankai-sqlite-'));
});
after(async () => rm(folder, { recursive: true, force: true }));

async function opened(name: string, migrations: Migrations = first): Promise<Kysely<Tables>> {
  const database = await openDatabase<Tables>({ file: join(folder, name), migrations });
  assert.ok(database.ok, 'the database opens');
  return database.value;
}

test('a commit is durable: WAL and full sync', async () => {
  const database = await opened('durable.sqlite');
  const mode = await sql<{ journal_mode: string }>`pragma journal_mode`.execute(database);
  const sync = await sql<{ synchronous: number }>`pragma synchronous`.execute(database);
  assert.deepEqual([mode.rows[0]?.journal_mode, sync.rows[0]?.synchronous], ['wal', 2]);
  await database.destroy();
});

test('rows are plain objects and survive reopening', async () => {
  const database = await opened('rows.sqlite');
  await database.insertInto('note').values({ id: 1, text: '[1,2]', flag: 1 }).execute();
  await database.destroy();
  const again = await opened('rows.sqlite');
  const rows = await again.selectFrom('note').selectAll().execute();
  assert.deepEqual(rows, [{ id: 1, text: '[1,2]', flag: 1 }]);
  await again.destroy();
});

test('a failed transaction leaves nothing', async () => {
  const database = await opened('rollback.sqlite');
  const failed = database.transaction().execute(async (transaction) => {
    await transaction.insertInto('note').values({ id: 1, text: null, flag: 0 }).execute();
    throw new Error('stop here');
  });
  await assert.rejects(failed, /stop here/);
  assert.deepEqual(await database.selectFrom('note').selectAll().execute(), []);
  await database.destroy();
});

test('a transaction that reads and then writes takes its lock at the start', async () => {
  const database = await opened('immediate.sqlite');
  const other = new Kysely<Tables>({ dialect: openSqlite(join(folder, 'immediate.sqlite')) });
  await database.transaction().execute(async (transaction) => {
    await transaction.selectFrom('note').selectAll().execute();
    // With a plain `begin` this write by another connection would make ours fail for ever.
    await sql`pragma busy_timeout = 1`.execute(other);
    await assert.rejects(
      other.insertInto('note').values({ id: 7, text: null, flag: 0 }).execute(),
      /locked/,
    );
    await transaction.insertInto('note').values({ id: 1, text: null, flag: 0 }).execute();
  });
  await other.destroy();
  await database.destroy();
});

test('a migration that fails half way leaves the schema as it was', async () => {
  await (await opened('half.sqlite')).destroy();
  const broken: Migrations = {
    ...first,
    '0002': {
      async up(database: Kysely<unknown>) {
        await database.schema.createTable('extra').addColumn('id', 'integer').execute();
        throw new Error('no further');
      },
    },
  };
  await assert.rejects(
    openDatabase({ file: join(folder, 'half.sqlite'), migrations: broken }),
    /a migration failed/,
  );
  const database = await opened('half.sqlite');
  const extra = await sql`select 1 from sqlite_master where name = 'extra'`.execute(database);
  assert.equal(extra.rows.length, 0);
  await database.destroy();
});

test('I18: data of a newer program is refused, not touched', async () => {
  const newer: Migrations = {
    ...first,
    '0002': {
      async up(database: Kysely<unknown>) {
        await database.schema.createTable('extra').addColumn('id', 'integer').execute();
      },
    },
  };
  await (await opened('newer.sqlite', newer)).destroy();
  const answer = await openDatabase({ file: join(folder, 'newer.sqlite'), migrations: first });
  assert.deepEqual(answer, {
    ok: false,
    because: { code: 'DATA_NEWER', with: { found: '0002', known: '0001' } },
  });
});

test('a file that is no database is said by name', async () => {
  const file = join(folder, 'text.sqlite');
  await writeFile(file, 'this is a letter, not a database');
  const answer = await openDatabase({ file, migrations: first });
  assert.ok(!answer.ok && answer.because.code === 'FILE_UNREADABLE');
});

async function filled(name: string): Promise<string> {
  const database = await opened(name);
  const text = 'a note '.repeat(100);
  await database.transaction().execute(async (transaction) => {
    for (let id = 1; id <= 200; id++) {
      await transaction.insertInto('note').values({ id, text, flag: 0 }).execute();
    }
  });
  await database.destroy();
  return join(folder, name);
}

for (const [what, spoil] of [
  ['cut short', (file: string) => truncate(file, 20_000)],
  ['cut to its first page', (file: string) => truncate(file, 4_096)],
  ['overwritten in its first page', (file: string) => overwrite(file, 100)],
  ['overwritten in its middle', (file: string) => overwrite(file, 40_960)],
] as const) {
  test(`a database that was ${what} is refused by name`, async () => {
    const file = await filled(`${what.replaceAll(' ', '-')}.sqlite`);
    await spoil(file);
    const answer = await openDatabase({ file, migrations: first });
    assert.ok(!answer.ok && answer.because.code === 'FILE_UNREADABLE');
  });
}

async function overwrite(file: string, position: number): Promise<void> {
  const handle = await open(file, 'r+');
  await handle.write(Buffer.alloc(3_000, 0xa5), 0, 3_000, position);
  await handle.close();
}

test('a full disk within a transaction is told as such, and leaves nothing', async () => {
  const database = await opened('full.sqlite');
  await sql`pragma max_page_count = 20`.execute(database);
  await sql`pragma cache_size = 1`.execute(database);
  const failed = database.transaction().execute(async (transaction) => {
    for (let id = 1; id <= 1_000; id++) {
      const text = 'a note '.repeat(100);
      await transaction.insertInto('note').values({ id, text, flag: 0 }).execute();
    }
  });
  const error: unknown = await failed.catch((because: unknown) => because);
  assert.deepEqual(problemOfDatabase(error, 'here'), problem('DISK_FULL', { path: 'here' }));
  assert.deepEqual(await database.selectFrom('note').selectAll().execute(), []);
  await database.destroy();
});

test('a rollback that SQLite made by itself does not hide its cause', async () => {
  const database = await opened('rolled-back.sqlite');
  const failed = database.transaction().execute(async (transaction) => {
    await sql`rollback`.execute(transaction);
    throw new Error('the cause');
  });
  await assert.rejects(failed, /the cause/);
  await database.destroy();
});

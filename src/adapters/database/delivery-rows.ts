/**
 * All rows of a control manager's database as they stand, table by table, a page at a time: read,
 * written into another one, and brought to one digest, so that two databases can be compared.
 */

import { sql, type Kysely } from 'kysely';
import type { Digest } from '#domain/names.ts';
import { openDigestMeter } from '../files/digest.ts';
import type { DeliveryTables } from './delivery-schema.ts';

export type Row = Record<string, unknown>;
/** Whatever they hold: nothing here looks into a row. */
export type AnyTables = Record<string, Row>;

type Order =
  /** Read a page at a time by a number that only grows. */
  | { readonly by: 'number' | 'rowid' }
  /** Few: read at once. */
  | { readonly keys: readonly string[] };

/** In the order in which they are copied. */
const orders: Readonly<Record<keyof DeliveryTables, Order>> = {
  counter: { keys: ['name'] },
  site: { by: 'rowid' },
  hold: { by: 'rowid' },
  download: { by: 'number' },
  deployment: { by: 'number' },
  rollout: { keys: ['download', 'plan'] },
  withdrawn: { keys: ['component', 'file'] },
  campaign: { keys: ['campaign'] },
  person: { keys: ['name'] },
  api_token: { keys: ['id'] },
  console_session: { keys: ['id'] },
  approval_request: { keys: ['id'] },
  genesis: { keys: ['site'] },
  record: { by: 'number' },
  change: { by: 'number' },
};

/** A page fits into the parameters of one statement of either database. */
const rowsOfPage = 500;

export const tableNames: readonly string[] = Object.keys(orders);

/** The row of `counter` that says that a database was left: it is of that database alone. */
export const leftMark = 'left';

async function* pagesOf(
  database: Kysely<AnyTables>,
  [table, order]: readonly [string, Order],
): AsyncIterable<readonly Row[]> {
  if ('keys' in order) {
    const all = order.keys.reduce(
      (query, key) => query.orderBy(sql.ref(key)),
      database.selectFrom(table).selectAll(),
    );
    const rows = await all.execute();
    const isOwn = (row: Row): boolean => table === 'counter' && row['name'] === leftMark;
    yield rows.filter((row) => !isOwn(row));
    return;
  }
  const number = sql.ref(order.by);
  for (let after = 0; ;) {
    const rows = await database
      .selectFrom(table)
      .selectAll()
      .select(number.as(order.by))
      .where(number, '>', after)
      .orderBy(number)
      .limit(rowsOfPage)
      .execute();
    if (rows.length === 0) return;
    after = Number(rows.at(-1)?.[order.by]);
    // Its place alone is copied, not the number that a database gave it.
    yield rows.map(({ rowid: _rowid, ...row }) => row);
  }
}

export type Tally = { readonly rows: Readonly<Record<string, number>>; readonly digest: Digest };

/** Counts and digests everything, and hands each page to whoever wants it. */
export async function tallyOf(
  database: Kysely<AnyTables>,
  take: (table: string, rows: readonly Row[]) => Promise<void> = async () => undefined,
): Promise<Tally> {
  const meter = openDigestMeter();
  const counts: Record<string, number> = {};
  for (const [table, order] of Object.entries(orders)) {
    counts[table] = 0;
    for await (const rows of pagesOf(database, [table, order])) {
      counts[table] += rows.length;
      for (const row of rows) meter.add(Buffer.from(textOf(table, row)));
      await take(table, rows);
    }
  }
  return { rows: counts, digest: meter.end() };
}

/** Of its columns by name; a NUL is not the same in both databases. */
function textOf(table: string, row: Row): string {
  const columns = Object.keys(row)
    .toSorted()
    .map((name) => [name, row[name]]);
  return `${table} ${JSON.stringify(columns).replaceAll('\\u0000', '\ufffd')}\n`;
}

export async function isEmpty(database: Kysely<AnyTables>): Promise<boolean> {
  for (const table of tableNames) {
    const found = await database
      .selectFrom(table)
      .select(sql`1`.as('one'))
      .limit(1)
      .execute();
    if (found.length > 0) return false;
  }
  return true;
}

/** All of the one into the other, which is empty; answers what was read. */
export function copyRows(from: Kysely<AnyTables>, to: Kysely<AnyTables>): Promise<Tally> {
  return tallyOf(from, async (table, rows) => {
    for (let at = 0; at < rows.length; at += rowsOfPage) {
      await to
        .insertInto(table)
        .values(rows.slice(at, at + rowsOfPage))
        .execute();
    }
  });
}

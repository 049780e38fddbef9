/**
 * The record as a table: each line chained to the one before, in the transaction that appends it.
 * Whoever edits it with another program breaks the chain, or must write all of it anew.
 */

import type { Kysely } from 'kysely';
import type { ServerId } from '#domain/names.ts';
import {
  chained,
  genesisHead,
  hashAfter,
  lineText,
  type Genesis,
  type RecordHead,
  type RecordLine,
} from '#domain/record/line.ts';
import { nextBefore, searchedText, textFits, type RecordFilter } from '#domain/record/search.ts';
import { invariant } from '#domain/result.ts';
import type { LogRows } from '#ports/journal.ts';
import { digestOfBytes } from '../files/digest.ts';
import type { JournalTables } from './journal-schema.ts';
import { decode, encode, searchable } from './rows-json.ts';
import { runStatements } from './spelling.ts';

/** The two tables; a control manager keeps the same. */
export type RecordTables = Pick<JournalTables, 'record' | 'genesis'>;
type Database = Kysely<RecordTables>;

/** Both of them, new; an information server's journal had the first one without hashes. */
export async function recordTables(database: Kysely<unknown>): Promise<void> {
  await runStatements(database, ({ counted, integer, strict }) => [
    `create table record (number ${counted}, at ${integer} not null,
       kind text not null, who text not null, server text, detail text not null,
       hash text not null)${strict}`,
    `create table genesis (site text not null, at ${integer} not null,
       lines_before ${integer} not null, hash text not null)${strict}`,
  ]);
}

type RecordRows = Pick<
  LogRows,
  'beginRecord' | 'genesis' | 'appendRecord' | 'recordHead' | 'record' | 'searchRecord'
>;

/** Lines of an earlier version that are chained at a time. */
const pageLines = 1_000;

/** Over one transaction, or outside any; within one the head is asked for once. */
export function recordRows(of: { readonly isTransaction: boolean }): RecordRows {
  // A database that has more tables is one of these tables too; the types of Kysely do not say so.
  const database = of as Database;
  const { isTransaction } = database;
  let known: RecordHead | null = null;

  async function head(): Promise<RecordHead> {
    if (known !== null) return known;
    const last = await database
      .selectFrom('record')
      .select(['number', 'hash'])
      .orderBy('number', 'desc')
      .limit(1)
      .executeTakeFirst();
    const first = last ?? (await genesisRow(database));
    invariant(first !== undefined, 'the record is begun before anything is asked of it');
    const found = { number: 'number' in first ? first.number : 0, hash: first.hash } as RecordHead;
    if (isTransaction) known = found;
    return found;
  }

  return {
    async beginRecord({ site, at }) {
      if ((await genesisRow(database)) !== undefined) return;
      const linesBefore = await countOf(database);
      const genesis: Genesis = { format: 1, site, at, linesBefore };
      const { hash } = genesisHead(genesis, digestOfBytes);
      await database
        .insertInto('genesis')
        .values({ site, at, lines_before: linesBefore, hash })
        .execute();
      await chainAll(database, { number: 0, hash });
    },
    async genesis() {
      const row = await genesisRow(database);
      if (row === undefined) return null;
      const { site, at, lines_before: linesBefore } = row;
      return { format: 1, site: site as ServerId, at, linesBefore };
    },
    async appendRecord(entry) {
      const line = chained(await head(), entry, digestOfBytes);
      known = isTransaction ? line : null;
      const { detail, ...columns } = line;
      await database
        .insertInto('record')
        .values({ ...columns, detail: encode(detail) })
        .execute();
    },
    recordHead: head,
    async record(after, limit) {
      const query = database.selectFrom('record').selectAll().limit(limit);
      const found =
        after === null
          ? (await query.orderBy('number', 'desc').execute()).toReversed()
          : await query.where('number', '>', after).orderBy('number').execute();
      return found.map(lineOf);
    },
    async searchRecord(filter, { before, limit, linesMax }) {
      const from = Math.min(before ?? Infinity, (await head()).number + 1);
      const to = Math.max(1, from - linesMax);
      const text = searchedText(filter);
      const rows = await within(database, { from, to }, filter)
        .$if(text === null, (query) => query.limit(limit))
        .execute();
      const fitting = rows.filter(
        (row) => text === null || textFits(text, row, searchable(row.detail)),
      );
      const lines = fitting.slice(0, limit).map(lineOf);
      return { lines, next: nextBefore(lines.length < limit ? to : (lines.at(-1)?.number ?? to)) };
    },
  };
}

/** What the database can tell apart by itself, the newest first. */
function within(
  database: Database,
  { from, to }: { readonly from: number; readonly to: number },
  { kinds = [], who, server, from: since, until }: RecordFilter,
) {
  let query = database
    .selectFrom('record')
    .selectAll()
    .where('number', '<', from)
    .where('number', '>=', to)
    .orderBy('number', 'desc');
  if (kinds.length > 0) query = query.where('kind', 'in', kinds);
  if (who !== undefined) query = query.where('who', '=', who);
  if (server !== undefined) query = query.where('server', '=', server);
  if (since !== undefined) query = query.where('at', '>=', since);
  if (until !== undefined) query = query.where('at', '<', until);
  return query;
}

function lineOf({ detail, ...row }: JournalTables['record'] | SelectedRow): RecordLine {
  return { ...row, detail: decode(detail, 'record') } as RecordLine;
}

type SelectedRow = Omit<JournalTables['record'], 'number'> & { readonly number: number };

function genesisRow(database: Database): Promise<RecordTables['genesis'] | undefined> {
  return database.selectFrom('genesis').selectAll().executeTakeFirst();
}

async function countOf(database: Database): Promise<number> {
  const { count } = await database
    .selectFrom('record')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return count;
}

/** What an earlier version wrote down without a chain. */
async function chainAll(database: Database, genesis: RecordHead): Promise<void> {
  let head = genesis;
  for (;;) {
    const rows = await database
      .selectFrom('record')
      .selectAll()
      .where('number', '>', head.number)
      .orderBy('number')
      .limit(pageLines)
      .execute();
    if (rows.length === 0) return;
    for (const row of rows) {
      const hash = hashAfter(head.hash, lineText(lineOf(row)), digestOfBytes);
      await database.updateTable('record').set({ hash }).where('number', '=', row.number).execute();
      head = { number: row.number, hash };
    }
  }
}

/**
 * Moves what a control manager knows from its file into PostgreSQL, or back. All is copied in one
 * transaction of the target and read back there, row by row and along the chain of the record; then
 * the place that was left is marked, so that it is never opened by mistake. What a kill leaves half
 * done is finished, or begun again, by the next try.
 */

import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { sql, type Kysely } from 'kysely';
import type { RecordHead } from '#domain/record/line.ts';
import { RecordVerifier } from '#domain/record/verify.ts';
import { problem } from '#domain/problem.ts';
import { invariant, ok, refuse, type Result } from '#domain/result.ts';
import type { DatabaseKind, MovedDatabase } from '#ports/databases.ts';
import { foundLine } from '#protocol/record/export.ts';
import { digestOfBytes } from '../files/digest.ts';
import { writeFileAtomically } from '../files/atomic-file.ts';
import { databaseAddress } from './database-address.ts';
import { problemOfDatabase } from './database-problem.ts';
import type { DeliveryPlaces } from './delivery-place.ts';
import {
  copyRows,
  isEmpty,
  leftMark,
  tallyOf,
  type AnyTables,
  type Tally,
} from './delivery-rows.ts';
import { openDeliveryTables } from './delivery-database.ts';
import { recordRows } from './record-sql.ts';

type Side = { readonly name: string; readonly database: Kysely<AnyTables> };

/** Lines of the record that are read at a time. */
const linesOfPage = 1_000;

export async function moveDelivery(
  places: DeliveryPlaces,
  wanted: { readonly from: DatabaseKind; readonly to: DatabaseKind; readonly now: number },
): Promise<Result<MovedDatabase>> {
  const { file } = places;
  if (wanted.from === 'sqlite' && !existsSync(file)) {
    return refuse(problem('FILE_UNREADABLE', { file, detail: 'ENOENT' }));
  }
  const opened: Side[] = [];
  try {
    for (const kind of [wanted.from, wanted.to]) {
      const side = await openSide(places, kind);
      if (!side.ok) return side;
      opened.push(side.value);
    }
    const [from, to] = opened;
    invariant(from !== undefined && to !== undefined, 'both are open');
    const moved = await moveBetween(from, to, wanted);
    if (!moved.ok) return moved;
    const marked = await mark(places, wanted.to);
    return marked.ok ? moved : marked;
  } catch (error) {
    const because = problemOfDatabase(error, file);
    if (because === null) throw error;
    return refuse(because);
  } finally {
    for (const { database } of opened) await database.destroy();
  }
}

async function openSide(places: DeliveryPlaces, kind: DatabaseKind): Promise<Result<Side>> {
  const { file, url } = places;
  if (kind === 'postgres' && url === null) return refuse(problem('DATABASE_URL_WRONG', {}));
  const place = kind === 'sqlite' ? { file } : { url: url ?? '' };
  const opened = await openDeliveryTables<AnyTables>(place);
  const name = kind === 'sqlite' ? file : (databaseAddress(url ?? '') ?? '');
  return opened.ok ? ok({ name, database: opened.value }) : opened;
}

/** Nobody else writes to either meanwhile: each transaction holds the lock of all writers. */
function moveBetween(
  from: Side,
  to: Side,
  { from: kind, now }: { readonly from: DatabaseKind; readonly now: number },
): Promise<Result<MovedDatabase>> {
  return from.database.transaction().execute(async (source) => {
    const others = kind === 'postgres' ? await othersAt(source) : 0;
    if (others > 0) return refuse(problem('DATABASE_IN_USE', { place: from.name, others }));
    const head = await verifiedHead(source, from.name);
    if (!head.ok) return head;
    const copied = await copiedInto(source, to);
    if (!copied.ok) return copied;
    // Only now: the copy stands.
    if (kind === 'postgres') await leave(source, now);
    return ok({ from: from.name, to: to.name, rows: copied.value, head: head.value });
  });
}

/** Into what is empty; a copy that an earlier try made is as good as one that is made now. */
function copiedInto(source: Kysely<AnyTables>, to: Side): Promise<Result<MovedDatabase['rows']>> {
  return to.database.transaction().execute(async (target) => {
    const isNew = await isEmpty(target);
    const read: Tally = isNew ? await copyRows(source, target) : await tallyOf(source);
    const stands = await tallyOf(target);
    if (stands.digest !== read.digest) {
      if (!isNew) return refuse(problem('DATABASE_NOT_EMPTY', { place: to.name }));
      throw new Error(`what was copied into ${to.name} is not what was read`);
    }
    return ok(stands.rows);
  });
}

/** The record must follow from its first line; one that does not is looked into where it stands. */
async function verifiedHead(source: Kysely<AnyTables>, place: string): Promise<Result<RecordHead>> {
  const rows = recordRows(source);
  const genesis = await rows.genesis();
  if (genesis === null) return refuse(problem('DATABASE_EMPTY', { place }));
  const verifier = new RecordVerifier(genesis, { digestOf: digestOfBytes, site: null, heads: [] });
  for (let after = 0; ;) {
    const lines = await rows.record(after, linesOfPage);
    for (const line of lines) verifier.take(foundLine(line));
    const last = lines.at(-1);
    if (last === undefined) break;
    after = last.number;
  }
  const { head, problems } = verifier.end(await rows.recordHead());
  const [broken] = problems;
  return broken === undefined ? ok(head) : refuse(broken);
}

/** Sessions of other programs of ours. */
async function othersAt(source: Kysely<AnyTables>): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from pg_stat_activity
    where datname = current_database() and application_name = 'dankai'
      and pid <> pg_backend_pid()`.execute(source);
  return rows[0]?.count ?? 0;
}

async function leave(source: Kysely<AnyTables>, now: number): Promise<void> {
  await source
    .insertInto('counter')
    .values({ name: leftMark, value: now })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

async function mark({ marker }: DeliveryPlaces, to: DatabaseKind): Promise<Result<null>> {
  if (to === 'postgres') return writeFileAtomically(marker, '');
  await rm(marker, { force: true });
  return ok(null);
}

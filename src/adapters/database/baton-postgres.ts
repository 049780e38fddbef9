/**
 * The baton as an advisory lock of PostgreSQL. It belongs to one connection, and everything that is
 * decided with it is written over that connection: whoever loses it writes nothing more. PostgreSQL
 * ends a connection that was silent for too long, so a replica that hangs or is cut off gives its
 * baton, its lead and its life away without anybody asking it.
 *
 * What a replica writes stands in a log as well, from which the others follow.
 */

import { sql, type Kysely, type Transaction } from 'kysely';
import { invariant } from '#domain/result.ts';
import type { DeliveryChanges } from '#ports/delivery-store.ts';
import type { Baton } from '#ports/baton.ts';
import { digestOfBytes } from '../files/digest.ts';
import type { DeliveryTables as Tables } from './delivery-schema.ts';

const limits = {
  /** A silent connection lives no longer; it is used every `lookMilliseconds`. */
  silentMilliseconds: 15_000,
  lookMilliseconds: 1_000,
  /** Every replica has followed by then, or is none any more. */
  logKeptMilliseconds: 60 * 60_000,
  tidyMilliseconds: 10 * 60_000,
} as const;

type Seen = { readonly changes: number; readonly alive: readonly number[] };

export type PostgresBaton = Baton & {
  /** Over it everything is written that is decided with the baton. */
  readonly session: Kysely<Tables>;
  /** After it was loaded: what is known, and who knows it. */
  begin(life: { readonly epoch: number; readonly changes: number }): Promise<void>;
  /** Within the transaction that changes it; answers its number. */
  log(transaction: Transaction<Tables>, changes: DeliveryChanges): Promise<number>;
  /** That transaction stands. */
  logged(number: number): void;
  close(): void;
};

async function changesIn(database: Kysely<Tables>): Promise<number> {
  const query = database.selectFrom('counter').select('value').where('name', '=', 'changes');
  return (await query.executeTakeFirst())?.value ?? 0;
}

/** Locks are known by numbers of 31 bits. */
const lockOf = (name: string): number => Number.parseInt(digestOfBytes(name).slice(0, 7), 16);
const lifeOf = (epoch: number): number => epoch % 2 ** 31;

export async function openBaton(database: Kysely<Tables>): Promise<PostgresBaton> {
  const { session, end } = await reserved(database);
  const { rows } = await sql<{ schema: string }>`select current_schema() as schema`.execute(
    session,
  );
  const lock = (name: string) => lockOf(`${rows[0]?.schema} ${name}`);
  const [baton, lead, life, exclusive] = ['baton', 'lead', 'life', 'exclusive'].map(lock);
  invariant(life !== undefined, 'each lock has a number');
  await sql`select set_config('idle_session_timeout', ${String(limits.silentMilliseconds)}, false)`.execute(
    session,
  );

  let [epoch, known, isLeading, isTaken, isClosed] = [0, 0, false, false, false];
  let alive: ReadonlySet<number> = new Set();
  let tidiedAt = -Infinity;
  let timer: NodeJS.Timeout | null = null;

  async function look(): Promise<Seen> {
    const found = await sql<Seen>`
      select coalesce((select value from counter where name = 'changes'), 0) as changes,
        coalesce((select json_agg(objid) from pg_locks where locktype = 'advisory' and granted
          and database = (select oid from pg_database where datname = current_database())
          and classid = ${life}), '[]') as alive`.execute(session);
    const [seen] = found.rows;
    invariant(seen !== undefined, 'a row of counts');
    return seen;
  }

  async function mayLead(): Promise<boolean> {
    const asked = sql<{ leads: boolean }>`select pg_try_advisory_lock(${lead}, 0) as leads`;
    return (await asked.execute(session)).rows[0]?.leads ?? false;
  }

  async function tidy(): Promise<void> {
    if (performance.now() - tidiedAt < limits.tidyMilliseconds) return;
    tidiedAt = performance.now();
    const before = Date.now() - limits.logKeptMilliseconds;
    await session.deleteFrom('change').where('at', '<', before).execute();
  }

  /** Whether there is something for this one to do. */
  async function lookAround(): Promise<boolean> {
    const seen = await look();
    const others = new Set(seen.alive);
    const isOther = others.symmetricDifference(alive).size > 0;
    alive = others;
    const leadsNow = !isLeading && (await mayLead());
    isLeading ||= leadsNow;
    if (isLeading) await tidy();
    return isOther || leadsNow || seen.changes > known;
  }

  return {
    session,
    async begin(of) {
      epoch = lifeOf(of.epoch);
      known = of.changes;
      await sql`select pg_advisory_lock(${life}, ${epoch})`.execute(session);
      await lookAround();
    },
    async take() {
      isTaken = true;
      await sql`select pg_advisory_lock(${baton}, 0)`.execute(session);
      const seen = await look();
      alive = new Set(seen.alive);
      if (seen.changes === known) return [];
      const query = session.selectFrom('change').select(['number', 'text']);
      const found = await query.where('number', '>', known).orderBy('number').execute();
      invariant(found.length === seen.changes - known, 'the log has all that this one missed');
      known = seen.changes;
      return found.map(({ text }) => JSON.parse(text) as DeliveryChanges);
    },
    async give() {
      isTaken = false;
      await sql`select pg_advisory_unlock(${baton}, 0)`.execute(session);
    },
    isAlive: (replica) => alive.has(lifeOf(replica)),
    isLeading: () => isLeading,
    exclusively: (act) =>
      database.connection().execute(async (connection) => {
        // What holds this lock may take long; one that was cut off is noticed all the same.
        await sql`select set_config('tcp_keepalives_idle', '10', false)`.execute(connection);
        await sql`select pg_advisory_lock(${exclusive}, 0)`.execute(connection);
        try {
          return await act();
        } finally {
          await sql`select pg_advisory_unlock(${exclusive}, 0)`.execute(connection);
        }
      }),
    watch({ others, failed }) {
      const again = (): void => {
        if (isClosed) return;
        timer = setTimeout(() => {
          // Whoever has the baton hears of the others anyway.
          const looked = isTaken ? Promise.resolve(false) : lookAround();
          looked
            .then((isNews) => {
              if (isNews && !isClosed) others();
              again();
            })
            .catch((error: unknown) => {
              if (!isClosed) failed(error);
            });
        }, limits.lookMilliseconds);
      };
      again();
    },
    async log(transaction, { record, ...changes }) {
      const number = (await changesIn(transaction)) + 1;
      // The record itself stands in its table; that there is more of it is told.
      const text = JSON.stringify(record === undefined ? changes : { ...changes, record: [] });
      await transaction
        .insertInto('change')
        .values({ number, at: Date.now(), replica: epoch, text })
        .execute();
      await transaction
        .insertInto('counter')
        .values({ name: 'changes', value: number })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: number }))
        .execute();
      return number;
    },
    logged(number) {
      known = number;
    },
    close() {
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
      end();
    },
  };
}

/** One connection for as long as this process has the database open. */
async function reserved(
  database: Kysely<Tables>,
): Promise<{ readonly session: Kysely<Tables>; end(): void }> {
  const opened = Promise.withResolvers<Kysely<Tables>>();
  const ended = Promise.withResolvers<void>();
  database
    .connection()
    .execute(async (session) => {
      opened.resolve(session);
      await ended.promise;
    })
    .catch(opened.reject);
  return { session: await opened.promise, end: () => ended.resolve() };
}

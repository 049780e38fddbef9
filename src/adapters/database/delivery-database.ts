/**
 * Opens what a control manager keeps, wherever it stands, and tells what the disk or the network did
 * apart from what we did. The rows themselves are those of `delivery-store-sql.ts`.
 */

import type { Kysely } from 'kysely';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Baton } from '#ports/baton.ts';
import type { DeliveryStore } from '#ports/delivery-store.ts';
import { JournalFailed } from '#ports/journal.ts';
import type { PeopleRows, PeopleStore } from '#ports/people.ts';
import type { PostgresBaton } from './baton-postgres.ts';
import { problemOfDatabase } from './database-problem.ts';
import { deliveryMigrations as migrations, type DeliveryTables } from './delivery-schema.ts';
import { counter, load, save } from './delivery-store-sql.ts';
import { peopleRows, type PeopleTables } from './people-sql.ts';
import { recordRows } from './record-sql.ts';
import { openDatabase } from './sqlite-node.ts';

type Tables = DeliveryTables;

/** What the disk did is told apart from what we did. */
async function asOfDisk<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    if (problemOfDatabase(error, 'the database') === null) throw error;
    throw new JournalFailed('the database', { cause: error });
  }
}

/** People stand in the same database, and what is decided about them in the same record. */
function peopleStore(database: Kysely<Tables>): PeopleStore {
  const over = (inner: Kysely<Tables>): PeopleRows =>
    peopleRows(inner as unknown as Kysely<PeopleTables>);
  return {
    rows: over(database),
    change: (act) =>
      asOfDisk(
        database.transaction().execute((transaction) => {
          const { appendRecord } = recordRows(transaction);
          return act(over(transaction), appendRecord);
        }),
      ),
  };
}

export type ControlManagerDatabase = DeliveryStore & {
  readonly people: PeopleStore;
  /** null: a file has one control manager. */
  readonly baton: Baton | null;
};

/** A file of this computer, or the address of a PostgreSQL database. */
export type DatabasePlace = { readonly file: string } | { readonly url: string };

export async function openDeliveryTables<Shape = Tables>(
  place: DatabasePlace,
): Promise<Result<Kysely<Shape>>> {
  if ('file' in place) return openDatabase<Shape>({ ...place, migrations });
  // Most control managers have a file, and need no client of PostgreSQL.
  const { openPostgres } = await import('./postgres-pg.ts');
  return openPostgres<Shape>({ ...place, migrations });
}

export async function openDeliveryStore(
  place: DatabasePlace,
): Promise<Result<ControlManagerDatabase>> {
  const opened = await openDeliveryTables(place);
  if (!opened.ok) return opened;
  const database = opened.value;
  if ((await counter(database, 'left')) > 0) {
    await database.destroy();
    return refuse(problem('DATABASE_LEFT', {}));
  }
  const { genesis, recordHead, record, searchRecord } = recordRows(database);
  const baton = 'url' in place ? await batonIn(database) : null;
  return ok({
    load: (now, name) => asOfDisk(load(database, baton, { now, name })),
    save: (changes) => asOfDisk(save(database, baton, changes)),
    people: peopleStore(database),
    baton: baton && batonOverDisk(baton),
    genesis,
    recordHead,
    record,
    searchRecord,
    close() {
      baton?.close();
      return database.destroy();
    },
  });
}

function batonOverDisk(baton: Baton): Baton {
  return {
    ...baton,
    take: () => asOfDisk(baton.take()),
    give: () => asOfDisk(baton.give()),
    exclusively: (act) => asOfDisk(baton.exclusively(act)),
    watch: ({ others, failed }) =>
      baton.watch({
        others,
        failed: (error) => void asOfDisk(Promise.reject(error)).catch(failed),
      }),
  };
}

async function batonIn(database: Kysely<Tables>): Promise<PostgresBaton> {
  const { openBaton } = await import('./baton-postgres.ts');
  return openBaton(database);
}

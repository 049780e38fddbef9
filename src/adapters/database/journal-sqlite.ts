/** The information server's journal in one SQLite file; every commit is on the disk. */

import { sql, type Kysely } from 'kysely';
import type { CatalogueRevision } from '#domain/catalogue/revision.ts';
import type { Release } from '#domain/catalogue/release.ts';
import type { SiteContent } from '#domain/fleet/content.ts';
import type { FleetServer } from '#domain/fleet/server.ts';
import type { Hold } from '#domain/hold/hold.ts';
import type { Problem } from '#domain/problem.ts';
import { ok, type Result } from '#domain/result.ts';
import {
  JournalFailed,
  type CatalogueRows,
  type Desired,
  type Evidence,
  type FleetRows,
  type HoldRows,
  type Journal,
  type KeptInput,
  type LogRows,
  type Rows,
} from '#ports/journal.ts';
import { journalMigrations, type JournalTables } from './journal-schema.ts';
import { billRows } from './journal-sqlite-bill.ts';
import { recordRows } from './record-sql.ts';
import { enrolmentRows } from './journal-sqlite-enrolment.ts';
import { ringRows } from './journal-sqlite-rings.ts';
import type { Database } from './journal-sqlite-rows.ts';
import { upgradeRows } from './journal-sqlite-upgrades.ts';
import { peopleRows, type PeopleTables } from './people-sql.ts';
import { decode, encode } from './rows-json.ts';
import { openDatabase } from './sqlite-node.ts';

function fleetRows(database: Database): FleetRows {
  return {
    async server(id) {
      const found = await database
        .selectFrom('servers')
        .select('row')
        .where('server', '=', id)
        .executeTakeFirst();
      return found === undefined ? null : decode<FleetServer>(found.row, 'servers');
    },
    async servers() {
      const found = await database.selectFrom('servers').select('row').orderBy('server').execute();
      return found.map(({ row }) => decode<FleetServer>(row, 'servers'));
    },
    async putServer(server) {
      const row = encode(server);
      await database
        .insertInto('servers')
        .values({ server: server.server, row })
        .onConflict((conflict) => conflict.column('server').doUpdateSet({ row }))
        .execute();
    },
    async removeServer(server) {
      await database.deleteFrom('servers').where('server', '=', server).execute();
      await database.deleteFrom('desired').where('server', '=', server).execute();
    },
    async desiredOf(server) {
      const found = await database
        .selectFrom('desired')
        .selectAll()
        .where('server', '=', server)
        .orderBy('component')
        .execute();
      return found.map((row) => row as Desired);
    },
    async putDesired(desired) {
      const { digest, version, owner } = desired;
      await database
        .insertInto('desired')
        .values({ ...desired })
        .onConflict((conflict) =>
          conflict.columns(['server', 'component']).doUpdateSet({ digest, version, owner }),
        )
        .execute();
    },
    async forgetManual(component) {
      await database
        .deleteFrom('desired')
        .where('component', '=', component)
        .where('owner', '=', 'manual')
        .execute();
    },
  };
}

function catalogueRows(database: Database): CatalogueRows {
  const releaseOf = (row: { digest: string; manifest: string }): Release =>
    ({ digest: row.digest, manifest: decode(row.manifest, 'releases') }) as Release;
  const releases = async (gone: 'in' | 'not in'): Promise<Release[]> => {
    const found = await database
      .selectFrom('releases')
      .selectAll()
      .where('digest', gone, database.selectFrom('packages_gone').select('digest'))
      .orderBy('at')
      .orderBy(sql`rowid`)
      .execute();
    return found.map(releaseOf);
  };
  return {
    async release(digest) {
      const found = await database
        .selectFrom('releases')
        .selectAll()
        .where('digest', '=', digest)
        .executeTakeFirst();
      return found === undefined ? null : releaseOf(found);
    },
    releases: () => releases('not in'),
    releasesGone: () => releases('in'),
    async putRelease({ digest, manifest }, at) {
      const { component, version } = manifest;
      await database
        .insertInto('releases')
        .values({ digest, component, version, manifest: encode(manifest), at })
        .onConflict((conflict) => conflict.column('digest').doNothing())
        .execute();
      await database.deleteFrom('packages_gone').where('digest', '=', digest).execute();
    },
    async packagesGone(digest, at) {
      await database
        .insertInto('packages_gone')
        .values({ digest, at })
        .onConflict((conflict) => conflict.column('digest').doNothing())
        .execute();
    },
    async revision() {
      const found = await database
        .selectFrom('revisions')
        .select('row')
        .orderBy('epoch', 'desc')
        .orderBy('number', 'desc')
        .limit(1)
        .executeTakeFirst();
      return found === undefined ? null : decode<CatalogueRevision>(found.row, 'revisions');
    },
    async putRevision(revision, at) {
      const { epoch, number } = revision.fence;
      await database
        .insertInto('revisions')
        .values({ epoch, number, row: encode(revision), at })
        .execute();
    },
    async contents() {
      const found = await database
        .selectFrom('contents')
        .select('row')
        .orderBy('component')
        .execute();
      return found.map(({ row }) => decode<SiteContent>(row, 'contents'));
    },
    async putContent(content) {
      const row = encode(content);
      await database
        .insertInto('contents')
        .values({ component: content.component, row })
        .onConflict((conflict) => conflict.column('component').doUpdateSet({ row }))
        .execute();
    },
  };
}

function holdRows(database: Database): HoldRows {
  return {
    async hold(id) {
      const found = await database
        .selectFrom('holds')
        .select('row')
        .where('id', '=', id)
        .executeTakeFirst();
      return found === undefined ? null : decode<Hold>(found.row, 'holds');
    },
    async holds(since) {
      const found = await database
        .selectFrom('holds')
        .select('row')
        .where((where) =>
          where.or([
            where('released_at', '>=', since),
            where.and([where('released_at', 'is', null), where('until', '>=', since)]),
          ]),
        )
        .orderBy('id')
        .execute();
      return found.map(({ row }) => decode<Hold>(row, 'holds'));
    },
    async putHold(hold) {
      const values = { until: hold.until, released_at: hold.releasedAt, row: encode(hold) };
      await database
        .insertInto('holds')
        .values({ id: hold.id, ...values })
        .onConflict((conflict) => conflict.column('id').doUpdateSet(values))
        .execute();
    },
  };
}

function logRows(database: Database): LogRows {
  return {
    ...recordRows(database),
    async appendInput(upgrade, at, input) {
      await database
        .insertInto('inputs')
        .values({ upgrade, at, input: encode(input) })
        .execute();
    },
    async inputs({ upgrade, after, limit }) {
      let query = database.selectFrom('inputs').selectAll().where('number', '>', after);
      if (upgrade !== undefined) query = query.where('upgrade', '=', upgrade);
      const found = await query.orderBy('number').limit(limit).execute();
      return found.map(
        ({ input, ...row }) => ({ ...row, input: decode(input, 'inputs') }) as KeptInput,
      );
    },
    async putEvidence({ because, ...evidence }) {
      await database
        .insertInto('evidence')
        .values({ ...evidence, because: encode(because) })
        .onConflict((conflict) => conflict.columns(['digest', 'at']).doNothing())
        .execute();
    },
    async hasEvidence(digest) {
      const found = await database
        .selectFrom('evidence')
        .select('at')
        .where('digest', '=', digest)
        .limit(1)
        .executeTakeFirst();
      return found !== undefined;
    },
    async evidence() {
      const found = await database
        .selectFrom('evidence')
        .selectAll()
        .orderBy('at')
        .orderBy(sql`rowid`)
        .execute();
      return found.map(
        ({ because, ...row }) =>
          ({ ...row, because: decode<Problem>(because, 'evidence') }) as Evidence,
      );
    },
    async note(name) {
      const found = await database
        .selectFrom('notes')
        .select('value')
        .where('name', '=', name)
        .executeTakeFirst();
      return found?.value ?? null;
    },
    async putNote(name, value) {
      await database
        .insertInto('notes')
        .values({ name, value })
        .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
        .execute();
    },
  };
}

function rowsOver(database: Database): Rows {
  return {
    fleet: fleetRows(database),
    catalogue: catalogueRows(database),
    holds: holdRows(database),
    rings: ringRows(database),
    upgrades: upgradeRows(database),
    enrolment: enrolmentRows(database),
    log: logRows(database),
    bill: billRows(database),
    people: peopleRows(database as unknown as Kysely<PeopleTables>),
  };
}

/** SQLite's codes for READONLY, IOERR, CORRUPT, FULL, CANTOPEN and NOTADB. */
const diskCodes = new Set([8, 10, 11, 13, 14, 26]);

function isOfDisk(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error)) return false;
  return typeof error.errcode === 'number' && diskCodes.has(error.errcode & 0xff);
}

export async function openJournal(file: string): Promise<Result<Journal>> {
  const opened = await openDatabase<JournalTables>({ file, migrations: journalMigrations });
  if (!opened.ok) return opened;
  const database = opened.value;
  return ok({
    rows: rowsOver(database),
    async transaction(act) {
      try {
        return await database.transaction().execute((inner) => act(rowsOver(inner)));
      } catch (error) {
        throw isOfDisk(error) ? new JournalFailed('the journal', { cause: error }) : error;
      }
    },
    close: () => database.destroy(),
  });
}

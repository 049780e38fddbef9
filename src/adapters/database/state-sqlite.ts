/**
 * What a control manager must still know after a restart, in one SQLite file.
 *
 * Lists inside a row are JSON texts, decoded by schema when they are read: a file that another
 * hand changed is an error here, never a wrong value inside.
 */

import type { Kysely, Transaction } from 'kysely';
import { z } from 'zod';
import { orderings } from '#domain/catalogue/version.ts';
import { epochBegun } from '#domain/record/line.ts';
import type { Instant, ServerId } from '#domain/names.ts';
import { ok, type Result } from '#domain/result.ts';
import type {
  DeliveryChanges,
  DeliveryRecord,
  DeliveryStore,
  StoredDownload,
  StoredSite,
} from '#ports/delivery-store.ts';
import { JournalFailed } from '#ports/journal.ts';
import type { PeopleRows, PeopleStore } from '#ports/people.ts';
import type { DeliveryHold } from '#domain/delivery/due.ts';
import type { DownloadRollout } from '#domain/ring/download-rollout.ts';
import type { WithdrawnContent } from '#domain/ring/site-ring.ts';
import {
  bytes,
  componentName,
  digest,
  fence,
  holdId,
  instant,
  ringCounts,
  serverId,
  version,
} from '#protocol/shared/primitives.ts';
import { makePeopleTables, peopleRows, type PeopleTables } from './people-sqlite.ts';
import { recordRows, recordTables, type RecordTables } from './journal-sqlite-record.ts';
import { decode, encode } from './rows-json.ts';
import { problemOfDisk } from './sqlite-node-problem.ts';
import { openDatabase, type Migrations } from './sqlite-node.ts';

type Counter = { name: 'epoch' | 'deployments'; value: number };

type Tables = PeopleTables &
  RecordTables & {
    counter: Counter;
    site: {
      site: string;
      folder: string | null;
      agent_version: string | null;
      last_seen: number | null;
      status: string | null;
      offer: string | null;
    };
    hold: {
      id: string;
      reason: string;
      owner: string;
      starts: number;
      ends: number;
      released: number | null;
      sites: string;
    };
    download: { number: number; finished: number; items: string; catalogue: string };
    deployment: { number: number; download: number; plan: string; folder: string; due: number };
    rollout: { download: number; plan: string; row: string };
    withdrawn: { component: string; file: string; at: number; row: string };
  };

const migrations: Migrations = {
  '0001-delivery': {
    async up(database: Kysely<unknown>) {
      const { schema } = database;
      await schema
        .createTable('counter')
        .addColumn('name', 'text', (column) => column.primaryKey())
        .addColumn('value', 'integer', (column) => column.notNull())
        .execute();
      await schema
        .createTable('site')
        .addColumn('site', 'text', (column) => column.primaryKey())
        .addColumn('folder', 'text')
        .addColumn('agent_version', 'text')
        .addColumn('last_seen', 'integer')
        .addColumn('status', 'text')
        .addColumn('offer', 'text')
        .execute();
      await schema
        .createTable('hold')
        .addColumn('id', 'text', (column) => column.primaryKey())
        .addColumn('reason', 'text', (column) => column.notNull())
        .addColumn('owner', 'text', (column) => column.notNull())
        .addColumn('starts', 'integer', (column) => column.notNull())
        .addColumn('ends', 'integer', (column) => column.notNull())
        .addColumn('released', 'integer')
        .addColumn('sites', 'text', (column) => column.notNull())
        .execute();
      await schema
        .createTable('download')
        .addColumn('number', 'integer', (column) => column.primaryKey())
        .addColumn('finished', 'integer', (column) => column.notNull())
        .addColumn('items', 'text', (column) => column.notNull())
        .addColumn('catalogue', 'text', (column) => column.notNull())
        .execute();
      await schema
        .createTable('deployment')
        .addColumn('number', 'integer', (column) => column.primaryKey())
        .addColumn('download', 'integer', (column) => column.notNull())
        .addColumn('plan', 'text', (column) => column.notNull())
        .addColumn('folder', 'text', (column) => column.notNull())
        .addColumn('due', 'integer', (column) => column.notNull())
        .execute();
    },
  },
  '0006-people': { up: makePeopleTables },
  '0007-record': { up: recordTables },
  '0008-rings': { up: ringTables },
};

/** Downloads on their way through rings of sites, and what was taken back. */
async function ringTables({ schema }: Kysely<unknown>): Promise<void> {
  await schema
    .createTable('rollout')
    .addColumn('download', 'integer', (column) => column.notNull())
    .addColumn('plan', 'text', (column) => column.notNull())
    .addColumn('row', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('rollout_of_plan', ['download', 'plan'])
    .execute();
  await schema
    .createTable('withdrawn')
    .addColumn('component', 'text', (column) => column.notNull())
    .addColumn('file', 'text', (column) => column.notNull())
    .addColumn('at', 'integer', (column) => column.notNull())
    .addColumn('row', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('withdrawn_file', ['component', 'file'])
    .execute();
}

/** A column that holds JSON of this shape. */
function column<Shape extends z.ZodType>(shape: Shape) {
  return z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(shape);
}

const sites = z.union([z.literal('all'), z.array(serverId)]);

const hold = z.object({
  id: holdId,
  reason: z.string(),
  owner: z.string(),
  from: instant,
  until: instant,
  releasedAt: instant.nullable(),
  sites,
});

const status = z.object({
  programVersion: version,
  holds: z.array(hold),
  // Earlier versions forgot them; the next report brings them.
  partialHolds: z.array(hold).default([]),
  contents: z.array(z.object({ component: componentName, version, digest })),
  keptBack: z.array(z.object({ component: componentName, version })),
  // Versions before watched nothing.
  evidence: z.array(z.object({ component: componentName, digest, counts: ringCounts })).default([]),
});

const offer = z.object({
  fence,
  deployment: z.int(),
  download: z.int(),
  plan: z.string(),
  at: instant,
});

const items = z.array(
  z.object({
    component: componentName,
    version,
    ordering: z.enum(orderings),
    path: z.string(),
    digest,
    bytes,
  }),
);

function readSite(row: Tables['site']): StoredSite {
  return {
    site: serverId.parse(row.site),
    folder: row.folder,
    agentVersion: row.agent_version,
    lastSeen: row.last_seen,
    status: column(status).nullable().parse(row.status),
    offer: column(offer).nullable().parse(row.offer),
  };
}

function readHold(row: Tables['hold']): DeliveryHold {
  return {
    id: holdId.parse(row.id),
    reason: row.reason,
    owner: row.owner,
    from: row.starts,
    until: row.ends,
    releasedAt: row.released,
    sites: column(sites).parse(row.sites),
  };
}

function readDownload(row: Tables['download']): StoredDownload {
  const { number, finished, catalogue } = row;
  return { number, finishedAt: finished, items: column(items).parse(row.items), catalogue };
}

/** Raises the epoch before anything is offered under it. */
function raiseEpoch(database: Kysely<Tables>, now: Instant, name: ServerId): Promise<number> {
  return database.transaction().execute(async (transaction) => {
    const epoch = Math.max((await counter(transaction, 'epoch')) + 1, Math.floor(now / 1_000));
    await setCounter(transaction, { name: 'epoch', value: epoch });
    const log = recordRows(transaction);
    await log.beginRecord({ site: name, at: now });
    await log.appendRecord(epochBegun('control-manager', { at: now, epoch }));
    return epoch;
  });
}

async function counter(database: Kysely<Tables>, name: Counter['name']): Promise<number> {
  const query = database.selectFrom('counter').select('value').where('name', '=', name);
  return (await query.executeTakeFirst())?.value ?? 0;
}

async function setCounter(transaction: Transaction<Tables>, row: Counter): Promise<void> {
  await transaction
    .insertInto('counter')
    .values(row)
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: row.value }))
    .execute();
}

async function load(
  database: Kysely<Tables>,
  now: Instant,
  name: ServerId,
): Promise<DeliveryRecord> {
  const epoch = await raiseEpoch(database, now, name);
  const deployments = await database.selectFrom('deployment').selectAll().execute();
  return {
    epoch,
    sites: (await database.selectFrom('site').selectAll().execute()).map(readSite),
    holds: (await database.selectFrom('hold').selectAll().execute()).map(readHold),
    downloads: (await database.selectFrom('download').selectAll().execute()).map(readDownload),
    deployments: deployments.map(({ due, ...one }) => ({ ...one, dueAt: due })),
    rollouts: await loadRollouts(database),
    withdrawn: await loadWithdrawn(database),
    deploymentsMade: await counter(database, 'deployments'),
  };
}

async function saveSite(transaction: Transaction<Tables>, site: StoredSite): Promise<void> {
  const row = {
    folder: site.folder,
    agent_version: site.agentVersion,
    last_seen: site.lastSeen,
    status: site.status && JSON.stringify(site.status),
    offer: site.offer && JSON.stringify(site.offer),
  };
  await transaction
    .insertInto('site')
    .values({ site: site.site, ...row })
    .onConflict((conflict) => conflict.column('site').doUpdateSet(row))
    .execute();
}

async function saveHold(transaction: Transaction<Tables>, one: DeliveryHold): Promise<void> {
  const row = {
    reason: one.reason,
    owner: one.owner,
    starts: one.from,
    ends: one.until,
    released: one.releasedAt,
    sites: JSON.stringify(one.sites),
  };
  await transaction
    .insertInto('hold')
    .values({ id: one.id, ...row })
    .onConflict((conflict) => conflict.column('id').doUpdateSet(row))
    .execute();
}

async function saveDownload(transaction: Transaction<Tables>, one: StoredDownload): Promise<void> {
  await transaction
    .insertInto('download')
    .values({
      number: one.number,
      finished: one.finishedAt,
      items: JSON.stringify(one.items),
      catalogue: one.catalogue,
    })
    .execute();
}

async function loadRollouts(database: Kysely<Tables>): Promise<DownloadRollout[]> {
  const query = database.selectFrom('rollout').selectAll();
  const found = await query.orderBy('download').orderBy('plan').execute();
  return found.map(({ row }) => decode<DownloadRollout>(row, 'rollout'));
}

async function loadWithdrawn(database: Kysely<Tables>): Promise<WithdrawnContent[]> {
  const query = database.selectFrom('withdrawn').selectAll();
  const ordered = query.orderBy('at', 'desc').orderBy('component').orderBy('file');
  return (await ordered.execute()).map(({ row }) => decode<WithdrawnContent>(row, 'withdrawn'));
}

async function saveRollout(
  transaction: Transaction<Tables>,
  rollout: DownloadRollout,
): Promise<void> {
  const { download, plan } = rollout;
  const row = encode(rollout);
  await transaction
    .insertInto('rollout')
    .values({ download, plan, row })
    .onConflict((conflict) => conflict.columns(['download', 'plan']).doUpdateSet({ row }))
    .execute();
}

async function saveWithdrawn(
  transaction: Transaction<Tables>,
  content: WithdrawnContent,
): Promise<void> {
  const { component, file, at } = content;
  const row = encode(content);
  await transaction
    .insertInto('withdrawn')
    .values({ component, file, at, row })
    .onConflict((conflict) => conflict.columns(['component', 'file']).doUpdateSet({ at, row }))
    .execute();
}

async function saveDeployments(
  transaction: Transaction<Tables>,
  deployments: NonNullable<DeliveryChanges['deployments']>,
): Promise<void> {
  await transaction.deleteFrom('deployment').execute();
  for (const { dueAt, ...one } of deployments) {
    await transaction
      .insertInto('deployment')
      .values({ ...one, due: dueAt })
      .execute();
  }
}

function save(database: Kysely<Tables>, changes: DeliveryChanges): Promise<void> {
  return database.transaction().execute(async (transaction) => {
    for (const one of changes.sites ?? []) await saveSite(transaction, one);
    for (const one of changes.holds ?? []) await saveHold(transaction, one);
    for (const one of changes.downloads ?? []) await saveDownload(transaction, one);
    for (const number of changes.forgetDownloads ?? []) {
      await transaction.deleteFrom('download').where('number', '=', number).execute();
    }
    for (const id of changes.forgetHolds ?? []) {
      await transaction.deleteFrom('hold').where('id', '=', id).execute();
    }
    if (changes.deployments) await saveDeployments(transaction, changes.deployments);
    for (const one of changes.rollouts ?? []) await saveRollout(transaction, one);
    for (const download of changes.forgetRollouts ?? []) {
      await transaction.deleteFrom('rollout').where('download', '=', download).execute();
    }
    for (const one of changes.withdrawn ?? []) await saveWithdrawn(transaction, one);
    if (changes.deploymentsMade !== undefined) {
      await setCounter(transaction, { name: 'deployments', value: changes.deploymentsMade });
    }
    const log = recordRows(transaction);
    for (const entry of changes.record ?? []) await log.appendRecord(entry);
  });
}

/** What the disk did is told apart from what we did. */
async function asOfDisk<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    if (problemOfDisk(error, 'the database') === null) throw error;
    throw new JournalFailed('the database', { cause: error });
  }
}

/** People stand in the same file, and what is decided about them in the same record. */
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
};

export async function openDeliveryStore(file: string): Promise<Result<ControlManagerDatabase>> {
  const opened = await openDatabase<Tables>({ file, migrations });
  if (!opened.ok) return opened;
  const database = opened.value;
  const { genesis, recordHead, record, searchRecord } = recordRows(database);
  return ok({
    load: (now, name) => asOfDisk(load(database, now, name)),
    save: (changes) => asOfDisk(save(database, changes)),
    people: peopleStore(database),
    genesis,
    recordHead,
    record,
    searchRecord,
    close: () => database.destroy(),
  });
}

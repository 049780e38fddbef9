/**
 * What a control manager must still know after a restart, in one SQLite file or in PostgreSQL: the
 * statements are the same.
 *
 * Lists inside a row are JSON texts, decoded by schema when they are read: rows that another hand
 * changed are an error here, never a wrong value inside.
 */

import { sql, type Kysely, type Transaction } from 'kysely';
import { z } from 'zod';
import { orderings } from '#domain/catalogue/version.ts';
import { epochBegun } from '#domain/record/line.ts';
import type { Instant, ServerId } from '#domain/names.ts';
import type {
  DeliveryChanges,
  DeliveryRecord,
  StoredDownload,
  StoredSite,
} from '#ports/delivery-store.ts';
import type { DeliveryHold } from '#domain/delivery/due.ts';
import type { CarriedCampaign } from '#domain/campaign/waves.ts';
import type { DownloadRollout } from '#domain/ring/download-rollout.ts';
import type { WithdrawnContent } from '#domain/ring/site-ring.ts';
import { partReport } from '#protocol/control-manager/messages.ts';
import {
  bytes,
  componentName,
  digest,
  fence,
  holdId,
  instant,
  lane,
  ringCounts,
  serverId,
  version,
} from '#protocol/shared/primitives.ts';
import type { DeliveryTables } from './delivery-schema.ts';
import { recordRows } from './record-sql.ts';
import { decode, encode } from './rows-json.ts';
import type { PostgresBaton } from './baton-postgres.ts';

type Tables = DeliveryTables;
type Counter = Tables['counter'];

/** A column that holds JSON of this shape. */
function column<Shape extends z.ZodType>(shape: Shape) {
  return z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(shape);
}

const sites = z.union([z.literal('all'), z.array(serverId)]);

const moreOfHold = z.object({
  lanes: z.array(lane).default(['content']),
  components: z.array(componentName).default([]),
  isPlanned: z.boolean().optional(),
  series: holdId.optional(),
});

const hold = moreOfHold.extend({
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
  // Versions before knew no campaigns.
  campaigns: z.array(partReport).default([]),
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
    ...(row.replica === null ? {} : { replica: row.replica }),
    ...(row.fences === null ? {} : { fences: row.fences }),
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
    ...column(moreOfHold).parse(row.more ?? '{}'),
  };
}

function readDownload(row: Tables['download']): StoredDownload {
  const { number, finished, catalogue } = row;
  return { number, finishedAt: finished, items: column(items).parse(row.items), catalogue };
}

/** Raises the epoch before anything is offered under it. */
async function raiseEpoch(
  transaction: Transaction<Tables>,
  now: Instant,
  name: ServerId,
): Promise<number> {
  const epoch = Math.max((await counter(transaction, 'epoch')) + 1, Math.floor(now / 1_000));
  await setCounter(transaction, { name: 'epoch', value: epoch });
  const log = recordRows(transaction);
  await log.beginRecord({ site: name, at: now });
  await log.appendRecord(epochBegun('control-manager', { at: now, epoch }));
  return epoch;
}

export async function counter(database: Kysely<Tables>, name: Counter['name']): Promise<number> {
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

export async function load(
  database: Kysely<Tables>,
  baton: PostgresBaton | null,
  life: { readonly now: Instant; readonly name: ServerId },
): Promise<DeliveryRecord> {
  const { changes, ...record } = await loadRows(database, life);
  await baton?.begin({ epoch: record.epoch, changes });
  return record;
}

/** All of one moment, and how much was changed until then. */
function loadRows(
  database: Kysely<Tables>,
  { now, name }: { readonly now: Instant; readonly name: ServerId },
): Promise<DeliveryRecord & { readonly changes: number }> {
  return database.transaction().execute(async (transaction) => {
    const epoch = await raiseEpoch(transaction, now, name);
    const asTheyCame = sql.ref('rowid');
    const sites = await transaction.selectFrom('site').selectAll().orderBy(asTheyCame).execute();
    const holds = await transaction.selectFrom('hold').selectAll().orderBy(asTheyCame).execute();
    const downloads = transaction.selectFrom('download').selectAll().orderBy('number');
    const deployments = transaction.selectFrom('deployment').selectAll().orderBy('number');
    return {
      epoch,
      sites: sites.map(readSite),
      holds: holds.map(readHold),
      downloads: (await downloads.execute()).map(readDownload),
      deployments: (await deployments.execute()).map(({ due, ...one }) => ({ ...one, dueAt: due })),
      rollouts: await loadRollouts(transaction),
      withdrawn: await loadWithdrawn(transaction),
      campaigns: await loadCampaigns(transaction),
      deploymentsMade: await counter(transaction, 'deployments'),
      changes: await counter(transaction, 'changes'),
    };
  });
}

async function saveSite(transaction: Transaction<Tables>, site: StoredSite): Promise<void> {
  const row = {
    folder: site.folder,
    agent_version: site.agentVersion,
    last_seen: site.lastSeen,
    status: site.status && JSON.stringify(site.status),
    offer: site.offer && JSON.stringify(site.offer),
    replica: site.replica ?? null,
    fences: site.fences ?? null,
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
    more: JSON.stringify(moreOfHold.parse(one)),
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

async function loadCampaigns(database: Kysely<Tables>): Promise<CarriedCampaign[]> {
  const found = await database.selectFrom('campaign').selectAll().orderBy('campaign').execute();
  return found.map(({ row }) => decode<CarriedCampaign>(row, 'campaign'));
}

async function saveCampaign(
  transaction: Transaction<Tables>,
  carried: CarriedCampaign,
): Promise<void> {
  const { campaign } = carried.campaign;
  const row = encode(carried);
  await transaction
    .insertInto('campaign')
    .values({ campaign, row })
    .onConflict((conflict) => conflict.column('campaign').doUpdateSet({ row }))
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

/** Over the connection that has the baton, where there is one; otherwise it is alone anyway. */
export async function save(
  database: Kysely<Tables>,
  baton: PostgresBaton | null,
  changes: DeliveryChanges,
): Promise<void> {
  const from = baton?.session ?? database;
  const number = await from.transaction().execute(async (transaction) => {
    await saveRows(transaction, changes);
    const log = recordRows(transaction);
    for (const entry of changes.record ?? []) await log.appendRecord(entry);
    return baton?.log(transaction, changes);
  });
  if (number !== undefined) baton?.logged(number);
}

async function saveRows(transaction: Transaction<Tables>, changes: DeliveryChanges): Promise<void> {
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
  for (const one of changes.campaigns ?? []) await saveCampaign(transaction, one);
  for (const name of changes.forgetCampaigns ?? []) {
    await transaction.deleteFrom('campaign').where('campaign', '=', name).execute();
  }
  if (changes.deploymentsMade !== undefined) {
    await setCounter(transaction, { name: 'deployments', value: changes.deploymentsMade });
  }
}

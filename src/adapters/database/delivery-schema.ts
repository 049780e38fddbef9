/** Tables of a control manager and the steps by which they came to be. */

import type { Kysely } from 'kysely';
import type { Migrations } from './migrations.ts';
import { makePeopleTables, type PeopleTables } from './people-sql.ts';
import { recordTables, type RecordTables } from './record-sql.ts';
import { runStatements } from './spelling.ts';

export type DeliveryTables = PeopleTables &
  RecordTables & {
    /** `left`: since when another database counts; `changes`: the highest number of `change`. */
    counter: { name: 'epoch' | 'deployments' | 'left' | 'changes'; value: number };
    site: {
      site: string;
      folder: string | null;
      agent_version: string | null;
      last_seen: number | null;
      status: string | null;
      offer: string | null;
      replica: number | null;
      fences: number | null;
    };
    /** From which replicas follow each other; a file has one control manager, and none of these. */
    change: { number: number; at: number; replica: number; text: string };
    hold: {
      id: string;
      reason: string;
      owner: string;
      starts: number;
      ends: number;
      released: number | null;
      sites: string;
      /** What rows of before did not say; null: they covered all content from then on. */
      more: string | null;
    };
    download: { number: number; finished: number; items: string; catalogue: string };
    deployment: { number: number; download: number; plan: string; folder: string; due: number };
    rollout: { download: number; plan: string; row: string };
    withdrawn: { component: string; file: string; at: number; row: string };
    campaign: { campaign: string; row: string };
  };

async function delivery(database: Kysely<unknown>): Promise<void> {
  await runStatements(database, ({ integer, rowid }) => [
    `create table counter (name text primary key, value ${integer} not null)`,
    `create table site (site text primary key, folder text, agent_version text,
       last_seen ${integer}, status text, offer text${rowid})`,
    `create table hold (id text primary key, reason text not null, owner text not null,
       starts ${integer} not null, ends ${integer} not null, released ${integer},
       sites text not null${rowid})`,
    `create table download (number ${integer} primary key, finished ${integer} not null,
       items text not null, catalogue text not null)`,
    `create table deployment (number ${integer} primary key, download ${integer} not null,
       plan text not null, folder text not null, due ${integer} not null)`,
  ]);
}

/** Downloads on their way through rings of sites, and what was taken back. */
async function rings(database: Kysely<unknown>): Promise<void> {
  await runStatements(database, ({ text, integer }) => [
    `create table rollout (download ${integer} not null, plan ${text} not null, row text not null,
       primary key (download, plan))`,
    `create table withdrawn (component ${text} not null, file ${text} not null,
       at ${integer} not null, row text not null, primary key (component, file))`,
  ]);
}

/** Lanes, components, and of those to come that they are. */
const moreOfHolds = 'alter table hold add column more text';

async function campaigns(database: Kysely<unknown>): Promise<void> {
  await runStatements(database, ({ text }) => [
    `create table campaign (campaign ${text} primary key, row text not null)`,
  ]);
}

/** Who has the session of a site, and what each replica wrote. */
async function replicas(database: Kysely<unknown>): Promise<void> {
  await runStatements(database, ({ integer }) => [
    `alter table site add column replica ${integer}`,
    `alter table site add column fences ${integer}`,
    `create table change (number ${integer} primary key, at ${integer} not null,
       replica ${integer} not null, text text not null)`,
  ]);
}

/** Never edited once released: what changes is a migration more. */
export const deliveryMigrations: Migrations = {
  '0001-delivery': { up: delivery },
  '0006-people': { up: makePeopleTables },
  '0007-record': { up: recordTables },
  '0008-rings': { up: rings },
  '0009-planned-holds': { up: (database) => runStatements(database, () => [moreOfHolds]) },
  '0010-campaigns': { up: campaigns },
  '0011-replicas': { up: replicas },
};

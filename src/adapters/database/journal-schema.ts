/** Tables of the information server's journal and the steps by which they came to be. */

import { type Generated, type Kysely, sql } from 'kysely';
import { makePeopleTables, type PeopleTables } from './people-sql.ts';
import type { Migrations } from './migrations.ts';

/** Rows that are decided on as a whole stand as JSON beside the columns that are searched. */
export type JournalTables = PeopleTables & {
  servers: { server: string; row: string };
  desired: { server: string; component: string; digest: string; version: string; owner: string };
  releases: { digest: string; component: string; version: string; manifest: string; at: number };
  /** By the digests of their releases. */
  packages_gone: { digest: string; at: number };
  revisions: { epoch: number; number: number; row: string; at: number };
  contents: { component: string; row: string };
  holds: { id: string; until: number; released_at: number | null; row: string };
  upgrades: {
    upgrade: string;
    started_at: number;
    ordinal: Generated<number>;
    component: string;
    /** 1: a later upgrade of the component began. */
    superseded: number;
    /** As its head says. */
    state: string;
    head: string;
    plan: string;
  };
  upgrade_groups: { upgrade: string; name: string; position: number; row: string };
  upgrade_servers: {
    upgrade: string;
    server: string;
    group_name: string;
    state: string;
    deadline: number | null;
    row: string;
  };
  inputs: { number: Generated<number>; upgrade: string | null; at: number; input: string };
  record: {
    number: Generated<number>;
    at: number;
    kind: string;
    who: string;
    server: string | null;
    detail: string;
    /** Over the hash of the line before it and this one; empty until the record is begun. */
    hash: string;
  };
  /** One row: what the chain of the record begins with. */
  genesis: { site: string; at: number; lines_before: number; hash: string };
  evidence: { digest: string; at: number; kind: string; because: string; text: string };
  notes: { name: string; value: string };
  enrolment_tokens: { id: string; made_at: number; row: string };
  enrolled_servers: { server: string; row: string };
  certificates: { serial: string; server: string; until: number; row: string };
  /** What is null in the domain is an empty text here, for it is part of the key. */
  bill: BillColumns & {
    server: string;
    component: string;
    release: string;
    since: number;
    until: number;
  };
  bill_days: BillColumns & { day: number };
  rollouts: { component: string; row: string };
  ring_outcomes: {
    component: string;
    server: string;
    ring: string;
    state: string;
    cause: string | null;
    detail: string | null;
    at: number;
    silent_since: number | null;
  };
  withdrawn_contents: { component: string; file: string; at: number; row: string };
};

type BillColumns = { lane: string; form: string; link: string; bytes: number };

/** As release 5.70.1000 wrote it: journals of this form stand at sites, so it stays as it is. */
async function first(database: Kysely<JournalTables>): Promise<void> {
  const statements = [
    'create table servers (server text primary key, row text not null) strict',
    `create table desired (server text not null, component text not null, digest text not null,
       version text not null, owner text not null, primary key (server, component)) strict`,
    `create table releases (digest text primary key, component text not null,
       version text not null, manifest text not null, at integer not null) strict`,
    `create table revisions (epoch integer not null, number integer not null, row text not null,
       at integer not null, primary key (epoch, number)) strict`,
    'create table contents (component text primary key, row text not null) strict',
    `create table holds (id text primary key, until integer not null, released_at integer,
       row text not null) strict`,
    `create table upgrades (upgrade text not null unique, started_at integer not null,
       ordinal integer primary key autoincrement, head text not null, plan text not null) strict`,
    `create table upgrade_groups (upgrade text not null, name text not null,
       position integer not null, row text not null, primary key (upgrade, name)) strict`,
    `create table upgrade_servers (upgrade text not null, server text not null,
       group_name text not null, state text not null, deadline integer, row text not null,
       primary key (upgrade, server)) strict`,
    'create index upgrade_servers_by_state on upgrade_servers (upgrade, group_name, state)',
    'create index upgrade_servers_by_server on upgrade_servers (server)',
    `create index upgrade_servers_in_flight on upgrade_servers (state)
       where state in ('leased', 'switching', 'proving')`,
    `create index upgrade_servers_due on upgrade_servers (deadline) where deadline is not null`,
    `create table inputs (number integer primary key autoincrement, upgrade text,
       at integer not null, input text not null) strict`,
    `create table record (number integer primary key autoincrement, at integer not null,
       kind text not null, who text not null, server text, detail text not null) strict`,
    `create table evidence (digest text not null, at integer not null, kind text not null,
       because text not null, text text not null, primary key (digest, at)) strict`,
    'create table notes (name text primary key, value text not null) strict',
  ];
  for (const statement of statements) await sql.raw(statement).execute(database);
}

/** What a later upgrade of a component supersedes judges no server any more. */
async function superseded(database: Kysely<JournalTables>): Promise<void> {
  const statements = [
    "alter table upgrades add column component text not null default ''",
    'alter table upgrades add column superseded integer not null default 0',
    "update upgrades set component = head ->> '$.release.component'",
    `update upgrades set superseded = exists (select 1 from upgrades as later
       where later.component = upgrades.component and later.ordinal > upgrades.ordinal)`,
    'drop index upgrade_servers_in_flight',
    'create index upgrade_servers_in_flight on upgrade_servers (state)',
  ];
  for (const statement of statements) await sql.raw(statement).execute(database);
}

/** What one upgrade was told is read again for its report. */
async function inputsByUpgrade(database: Kysely<JournalTables>): Promise<void> {
  await sql.raw('create index inputs_by_upgrade on inputs (upgrade, number)').execute(database);
}

/**
 * Lines get a hash over the line before. Those that stand here are chained when the record is begun
 * (`beginRecord`), at the first start: only then is it known of which site they are.
 */
async function recordChain(database: Kysely<JournalTables>): Promise<void> {
  const statements = [
    "alter table record add column hash text not null default ''",
    `create table genesis (site text not null, at integer not null,
       lines_before integer not null, hash text not null) strict`,
  ];
  for (const statement of statements) await sql.raw(statement).execute(database);
}

/** Who may enrol, who did, and which certificates they were given. */
async function enrolment(database: Kysely<JournalTables>): Promise<void> {
  const statements = [
    `create table enrolment_tokens (id text primary key, made_at integer not null,
       row text not null) strict`,
    'create table enrolled_servers (server text primary key, row text not null) strict',
    `create table certificates (serial text primary key, server text not null,
       until integer not null, row text not null) strict`,
    'create index certificates_by_server on certificates (server)',
    'create index certificates_by_end on certificates (until)',
  ];
  for (const statement of statements) await sql.raw(statement).execute(database);
}

/** Bytes that went over links, by whom they went to, and by day. */
async function bill(database: Kysely<JournalTables>): Promise<void> {
  const statements = [
    `create table bill (server text not null, lane text not null, component text not null,
       release text not null, form text not null, link text not null, bytes integer not null,
       since integer not null, until integer not null,
       primary key (server, lane, component, release, form, link)) strict, without rowid`,
    'create index bill_by_release on bill (release)',
    `create table bill_days (day integer not null, lane text not null, form text not null,
       link text not null, bytes integer not null,
       primary key (day, lane, form, link)) strict, without rowid`,
  ];
  for (const statement of statements) await sql.raw(statement).execute(database);
}

/** Content on its way through rings, and what was taken back. */
async function rings(database: Kysely<JournalTables>): Promise<void> {
  const statements = [
    'create table rollouts (component text primary key, row text not null) strict',
    `create table ring_outcomes (component text not null, server text not null, ring text not null,
       state text not null, cause text, detail text, at integer not null, silent_since integer,
       primary key (component, server)) strict`,
    'create index ring_outcomes_by_server on ring_outcomes (server)',
    `create table withdrawn_contents (component text not null, file text not null,
       at integer not null, row text not null, primary key (component, file)) strict`,
  ];
  for (const statement of statements) await sql.raw(statement).execute(database);
}

/** Time passes for upgrades that are not finished; those that are only grow in number. */
async function openUpgrades(database: Kysely<JournalTables>): Promise<void> {
  const statements = [
    "alter table upgrades add column state text not null default ''",
    "update upgrades set state = head ->> '$.state'",
    `create index upgrades_open on upgrades (ordinal) where state <> 'finished'`,
  ];
  for (const statement of statements) await sql.raw(statement).execute(database);
}

async function packagesGone(database: Kysely<unknown>): Promise<void> {
  const table = `create table packages_gone (digest text primary key, at integer not null) strict`;
  await sql.raw(table).execute(database);
}

/** Never edited once released: what changes is a migration more. */
export const journalMigrations: Migrations = {
  '0001-first': { up: first },
  '0002-superseded': { up: superseded },
  '0003-inputs-by-upgrade': { up: inputsByUpgrade },
  '0004-record-chain': { up: recordChain },
  '0005-enrolment': { up: enrolment },
  '0006-people': { up: makePeopleTables },
  '0007-bill': { up: bill },
  '0008-rings': { up: rings },
  '0009-open-upgrades': { up: openUpgrades },
  '0010-packages-gone': { up: packagesGone },
};

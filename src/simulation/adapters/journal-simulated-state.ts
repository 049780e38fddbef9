/**
 * All that a simulated journal holds: tables in memory with one transaction at a time over them.
 * Rows never change, so a copy of the whole shares them.
 */

import type { BillDay, BillRow } from '#domain/budget/bill.ts';
import type { CatalogueRevision } from '#domain/catalogue/revision.ts';
import type { Release } from '#domain/catalogue/release.ts';
import type { SiteContent } from '#domain/fleet/content.ts';
import type { FleetServer } from '#domain/fleet/server.ts';
import type { Hold } from '#domain/hold/hold.ts';
import type { Instant, ServerId } from '#domain/names.ts';
import {
  chained,
  genesisHead,
  type Genesis,
  type RecordEntry,
  type RecordHead,
  type RecordLine,
} from '#domain/record/line.ts';
import { invariant } from '#domain/result.ts';
import type { RingOutcome } from '#domain/ring/outcome.ts';
import type { SiteRollout, WithdrawnContent } from '#domain/ring/site-ring.ts';
import { restoredNote, type Desired, type Evidence, type KeptInput } from '#ports/journal.ts';
import type {
  EnrolledServer,
  EnrolmentTokenRow,
  IssuedCertificate,
} from '#domain/trust/enrolment.ts';
import type { Request } from '#domain/people/approval.ts';
import type { StoredPerson, StoredSession, StoredToken } from '#ports/people.ts';
import type { RowChange } from '../observation.ts';
import { Cell, committedRow, Log, Table } from './journal-simulated-table.ts';
import { digestOfText as digestOf } from './store-folder.ts';
import { compare, copyUpgrades, UpgradeTables } from './journal-simulated-upgrades.ts';

/** Rows that are told in the order in which they were written. */
type Written<Row> = { readonly row: Row; readonly at: number; readonly ordinal: number };

export class KeyCell<Row> extends Cell<Row> {
  readonly key: string;

  constructor(key: string) {
    super();
    this.key = key;
  }
}

/** A table by one key; listed in the order of the keys. */
export class KeyTable<Row> {
  readonly table: Table<Row, KeyCell<Row>>;
  readonly #byKey = new Map<string, KeyCell<Row>>();
  #sorted: readonly KeyCell<Row>[] | null = null;

  constructor(moved: () => void = () => undefined) {
    this.table = new Table(moved);
  }

  get(key: string): Row | null {
    return this.#byKey.get(key)?.row ?? null;
  }

  put(key: string, row: Row): void {
    let cell = this.#byKey.get(key);
    if (cell === undefined) {
      cell = this.table.add(new KeyCell<Row>(key));
      this.#byKey.set(key, cell);
      this.#sorted = null;
    }
    this.table.put(cell, row);
  }

  remove(key: string): void {
    const cell = this.#byKey.get(key);
    if (cell !== undefined) this.table.put(cell, null);
  }

  all(): Row[] {
    this.#sorted ??= this.table.cells.toSorted((left, right) => compare(left.key, right.key));
    const found: Row[] = [];
    for (const { row } of this.#sorted) if (row !== null) found.push(row);
    return found;
  }

  /** Rows for which it answers true are gone. */
  forget(isOld: (row: Row) => boolean): void {
    for (const cell of this.table.cells) {
      if (cell.row !== null && isOld(cell.row)) this.table.put(cell, null);
    }
  }

  copyTo(other: KeyTable<Row>): void {
    for (const cell of this.table.cells) {
      const row = committedRow(cell);
      if (row !== null) other.put(cell.key, row);
    }
  }
}

/** What a table of any rows does at the end of a transaction. */
type Rolled = { rollback(): void; commit(changed: () => void): void };

class DesiredCell extends Cell<Desired> {
  readonly component: string;

  constructor(component: string) {
    super();
    this.component = component;
  }
}

class DesiredTable {
  readonly table = new Table<Desired, DesiredCell>();
  /** Each in the order of components: there are few for one server. */
  readonly #byServer = new Map<ServerId, DesiredCell[]>();

  of(server: ServerId): Desired[] {
    const found: Desired[] = [];
    for (const { row } of this.#byServer.get(server) ?? []) if (row !== null) found.push(row);
    return found;
  }

  put(desired: Desired): void {
    const { server, component } = desired;
    let cells = this.#byServer.get(server);
    if (cells === undefined) this.#byServer.set(server, (cells = []));
    let cell = cells.find((one) => one.component === component);
    if (cell === undefined) {
      cell = this.table.add(new DesiredCell(component));
      cells.push(cell);
      cells.sort((left, right) => compare(left.component, right.component));
    }
    this.table.put(cell, desired);
  }
}

/** Holds that last on, without a look at all that ever were: every decision asks. */
class HoldTable {
  readonly #holds = new KeyTable<Hold>(() => {
    this.#found = null;
  });
  /** Holds not over since then; the same until the first of them ends. */
  #found: { readonly since: number; readonly until: number; readonly holds: Hold[] } | null = null;

  get keyed(): KeyTable<Hold> {
    return this.#holds;
  }

  since(since: number): readonly Hold[] {
    const found = this.#found;
    if (found !== null && found.since <= since && since <= found.until) return found.holds;
    const holds = this.#holds.all().filter((hold) => endOf(hold) >= since);
    const until = holds.reduce((least, hold) => Math.min(least, endOf(hold)), Infinity);
    this.#found = { since, until, holds };
    return holds;
  }
}

function endOf({ releasedAt, until }: Hold): number {
  return releasedAt ?? until;
}

export class JournalState {
  readonly servers = new KeyTable<FleetServer>();
  readonly desired = new DesiredTable();
  readonly releases = new KeyTable<Written<Release>>();
  /** By the digests of their releases. */
  readonly packagesGone = new KeyTable<Instant>();
  readonly revisions = new KeyTable<CatalogueRevision>();
  readonly contents = new KeyTable<SiteContent>();
  readonly holds = new HoldTable();
  readonly upgrades = new UpgradeTables();
  readonly evidence = new KeyTable<Written<Evidence>>();
  readonly notes = new KeyTable<string>();
  readonly tokens = new KeyTable<EnrolmentTokenRow>();
  readonly enrolled = new KeyTable<EnrolledServer>();
  readonly certificates = new KeyTable<IssuedCertificate>();
  readonly rollouts = new KeyTable<SiteRollout>();
  readonly outcomes = new KeyTable<RingOutcome>();
  readonly withdrawn = new KeyTable<WithdrawnContent>();
  readonly people = {
    people: new KeyTable<StoredPerson>(),
    tokens: new KeyTable<StoredToken>(),
    sessions: new KeyTable<StoredSession>(),
    requests: new KeyTable<Request>(),
  } as const;
  readonly bill = new KeyTable<BillRow>();
  readonly billDays = new KeyTable<BillDay>();
  inputs = new Log<Omit<KeptInput, 'number'>>();
  record = new Log<RecordLine>();
  /** One row; see `beginRecord`. */
  readonly genesis = new KeyTable<Genesis>();
  #ordinal = 0;

  /** Never the same twice, rolled back or not. */
  nextOrdinal(): number {
    this.#ordinal += 1;
    return this.#ordinal;
  }

  beginRecord(of: Pick<Genesis, 'site' | 'at'>): void {
    if (this.genesis.get('') === null) this.genesis.put('', { format: 1, ...of, linesBefore: 0 });
  }

  recordHead(): RecordHead {
    const last = this.record.line(this.record.number);
    if (last !== undefined) return { number: last.number, hash: last.hash };
    const genesis = this.genesis.get('');
    invariant(genesis !== null, 'the record is begun before anything is asked of it');
    return genesisHead(genesis, digestOf);
  }

  appendRecord(entry: RecordEntry): void {
    this.record.append(chained(this.recordHead(), entry, digestOf));
  }

  /** Undoes what is not committed; there may be nothing. */
  rollback(): void {
    for (const table of this.#tables()) table.rollback();
    this.inputs.rollback();
    this.record.rollback();
  }

  /** Answers what the transaction changed, each row once. */
  commit(): readonly RowChange[] {
    const changes: RowChange[] = [];
    this.#commitUpgrades(changes);
    this.holds.keyed.table.commit((before, after) => {
      if (after !== null) changes.push({ of: 'hold', before, after });
    });
    this.desired.table.commit((before, after) => {
      if (after !== null) changes.push({ of: 'desired', after });
      else if (before !== null) changes.push({ of: 'forgotten', before });
    });
    this.contents.table.commit((_, after) => {
      if (after !== null) changes.push({ of: 'content', after });
    });
    this.revisions.table.commit((_, after) => {
      if (after !== null) changes.push({ of: 'revision', after });
    });
    this.servers.table.commit((_, after) => {
      if (after !== null) changes.push({ of: 'server', after });
    });
    this.record.commit((entry) => changes.push({ of: 'record', entry }));
    this.releases.table.commit(ignore);
    this.packagesGone.table.commit(ignore);
    this.evidence.table.commit(ignore);
    this.notes.table.commit(ignore);
    this.genesis.table.commit(ignore);
    this.bill.table.commit(ignore);
    this.billDays.table.commit(ignore);
    this.tokens.table.commit(ignore);
    this.enrolled.table.commit(ignore);
    this.certificates.table.commit(ignore);
    this.rollouts.table.commit(ignore);
    this.outcomes.table.commit(ignore);
    this.withdrawn.table.commit(ignore);
    for (const { table } of this.#people()) table.commit(ignore);
    this.inputs.commit(ignore);
    return changes;
  }

  /** Whoever puts this back says so in it. */
  noteRestore(said: { readonly who: string; readonly detail: RecordEntry['detail'] }): void {
    this.notes.put(restoredNote, JSON.stringify(said));
    this.notes.table.commit(ignore);
  }

  /** What is committed, for a backup or another generation's data. */
  snapshot(): JournalState {
    const copy = new JournalState();
    this.servers.copyTo(copy.servers);
    this.releases.copyTo(copy.releases);
    this.packagesGone.copyTo(copy.packagesGone);
    this.revisions.copyTo(copy.revisions);
    this.contents.copyTo(copy.contents);
    this.holds.keyed.copyTo(copy.holds.keyed);
    this.evidence.copyTo(copy.evidence);
    this.notes.copyTo(copy.notes);
    this.genesis.copyTo(copy.genesis);
    this.bill.copyTo(copy.bill);
    this.billDays.copyTo(copy.billDays);
    this.tokens.copyTo(copy.tokens);
    this.enrolled.copyTo(copy.enrolled);
    this.certificates.copyTo(copy.certificates);
    this.rollouts.copyTo(copy.rollouts);
    this.outcomes.copyTo(copy.outcomes);
    this.withdrawn.copyTo(copy.withdrawn);
    this.people.people.copyTo(copy.people.people);
    this.people.tokens.copyTo(copy.people.tokens);
    this.people.sessions.copyTo(copy.people.sessions);
    this.people.requests.copyTo(copy.people.requests);
    for (const cell of this.desired.table.cells) {
      const row = committedRow(cell);
      if (row !== null) copy.desired.put(row);
    }
    copyUpgrades(this.upgrades, copy.upgrades);
    copy.inputs = this.inputs.copy();
    copy.record = this.record.copy();
    copy.#ordinal = this.#ordinal;
    copy.commit();
    return copy;
  }

  #commitUpgrades(changes: RowChange[]): void {
    this.upgrades.upgrades.commit((before, after) => {
      if (after === null) return;
      if (before === null) changes.push({ of: 'plan', plan: after.plan });
      if (before?.head === after.head) return;
      changes.push({ of: 'head', before: before?.head ?? null, after: after.head });
    });
    this.upgrades.groups.commit((before, after, { upgrade }) => {
      if (after !== null) changes.push({ of: 'group', upgrade, before, after });
    });
    this.upgrades.servers.commit((before, after, { of }) => {
      if (after !== null) changes.push({ of: 'row', upgrade: of.upgrade, before, after });
    });
  }

  #people(): readonly { readonly table: Rolled }[] {
    const { people, tokens, sessions, requests } = this.people;
    return [people, tokens, sessions, requests];
  }

  #tables(): readonly { rollback(): void }[] {
    const keyed = [
      this.servers.table,
      this.releases.table,
      this.packagesGone.table,
      this.revisions.table,
      this.contents.table,
      this.holds.keyed.table,
      this.evidence.table,
      this.notes.table,
      this.genesis.table,
      this.bill.table,
      this.billDays.table,
      this.tokens.table,
      this.enrolled.table,
      this.certificates.table,
      this.rollouts.table,
      this.outcomes.table,
      this.withdrawn.table,
    ];
    const { upgrades, groups, servers } = this.upgrades;
    const people = this.#people().map(({ table }) => table);
    return [...keyed, ...people, this.desired.table, upgrades, groups, servers];
  }
}

function ignore(): void {
  // Nobody watches these rows.
}

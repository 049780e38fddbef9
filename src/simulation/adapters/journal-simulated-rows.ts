/** The journal's questions and writes over rows in memory, with SQLite's orders and conflicts. */

import type { Release } from '#domain/catalogue/release.ts';
import { compareFences, type Digest } from '#domain/names.ts';
import { searchLines } from '#domain/record/search.ts';
import { invariant } from '#domain/result.ts';
import type { CatalogueRows, FleetRows, HoldRows, LogRows, Rows } from '#ports/journal.ts';
import type { Access } from './journal-simulated-access.ts';
import { billRows } from './journal-simulated-bill.ts';
import { enrolmentRows } from './journal-simulated-enrolment.ts';
import { peopleRows } from './journal-simulated-people.ts';
import { ringRows } from './journal-simulated-rings.ts';
import type { JournalState } from './journal-simulated-state.ts';
import { upgradeRows } from './journal-simulated-upgrade-rows.ts';

export function rowsOver(state: JournalState, access: Access): Rows {
  return {
    fleet: fleetRows(state, access),
    catalogue: catalogueRows(state, access),
    holds: holdRows(state, access),
    rings: ringRows(state, access),
    upgrades: upgradeRows(state.upgrades, access, () => state.nextOrdinal()),
    enrolment: enrolmentRows(state, access),
    log: logRows(state, access),
    bill: billRows(state, access),
    people: peopleRows(state.people, access),
  };
}

function fleetRows({ servers, desired }: JournalState, { read, write }: Access): FleetRows {
  return {
    server: (id) => read(() => servers.get(id)),
    servers: () => read(() => servers.all()),
    putServer: (server) => write(() => servers.put(server.server, server)),
    removeServer: (server) =>
      write(() => {
        servers.remove(server);
        for (const cell of desired.table.cells) {
          if (cell.row?.server === server) desired.table.put(cell, null);
        }
      }),
    desiredOf: (server) => read(() => desired.of(server)),
    putDesired: (row) => write(() => desired.put(row)),
    forgetManual: (component) =>
      write(() => {
        for (const cell of desired.table.cells) {
          if (cell.row?.owner === 'manual' && cell.row.component === component) {
            desired.table.put(cell, null);
          }
        }
      }),
  };
}

function catalogueRows(state: JournalState, { read, write }: Access): CatalogueRows {
  const { releases, packagesGone, revisions, contents } = state;
  const inOrder = (isOne: (digest: Digest) => boolean): Release[] =>
    releases
      .all()
      .filter(({ row }) => isOne(row.digest))
      .toSorted(byWriting)
      .map(({ row }) => row);
  return {
    release: (digest) => read(() => releases.get(digest)?.row ?? null),
    releases: () => read(() => inOrder((digest) => packagesGone.get(digest) === null)),
    releasesGone: () => read(() => inOrder((digest) => packagesGone.get(digest) !== null)),
    putRelease: (row, at) =>
      write(() => {
        packagesGone.remove(row.digest);
        if (releases.get(row.digest) !== null) return;
        releases.put(row.digest, { row, at, ordinal: state.nextOrdinal() });
      }),
    packagesGone: (digest, at) =>
      write(() => packagesGone.put(digest, packagesGone.get(digest) ?? at)),
    revision: () =>
      read(
        () =>
          revisions.all().toSorted((left, right) => compareFences(right.fence, left.fence))[0] ??
          null,
      ),
    putRevision: (revision) =>
      write(() => {
        const key = `${revision.fence.epoch} ${revision.fence.number}`;
        invariant(revisions.get(key) === null, `a revision ${key} is there already`);
        revisions.put(key, revision);
      }),
    contents: () => read(() => contents.all()),
    putContent: (content) => write(() => contents.put(content.component, content)),
  };
}

function holdRows({ holds }: JournalState, { read, write }: Access): HoldRows {
  return {
    hold: (id) => read(() => holds.keyed.get(id)),
    holds: (since) => read(() => holds.since(since)),
    putHold: (hold) => write(() => holds.keyed.put(hold.id, hold)),
  };
}

function logRows(state: JournalState, { read, write }: Access): LogRows {
  const { evidence, notes } = state;
  return {
    appendInput: (upgrade, at, input) => write(() => state.inputs.append({ upgrade, at, input })),
    inputs: ({ upgrade, after, limit }) =>
      read(() =>
        linesAfter(
          state.inputs,
          after,
          limit,
          (line) => upgrade === undefined || line.upgrade === upgrade,
        ),
      ),
    beginRecord: (of) => write(() => state.beginRecord(of)),
    genesis: () => read(() => state.genesis.get('')),
    appendRecord: (entry) => write(() => state.appendRecord(entry)),
    recordHead: () => read(() => state.recordHead()),
    record: (after, limit) =>
      read(() => linesAfter(state.record, after ?? state.record.number - limit, limit)),
    searchRecord: (filter, part) =>
      read(() => {
        const { record } = state;
        return searchLines(filter, part, { last: record.number, lineAt: (at) => record.line(at) });
      }),
    putEvidence: (row) =>
      write(() => {
        const key = `${row.digest} ${row.at}`;
        if (evidence.get(key) !== null) return;
        evidence.put(key, { row, at: row.at, ordinal: state.nextOrdinal() });
      }),
    hasEvidence: (digest) =>
      read(() => evidence.table.cells.some(({ row }) => row?.row.digest === digest)),
    evidence: () =>
      read(() =>
        evidence
          .all()
          .toSorted(byWriting)
          .map(({ row }) => row),
      ),
    note: (name) => read(() => notes.get(name)),
    putNote: (name, value) => write(() => notes.put(name, value)),
  };
}

type Lines<Line> = { readonly number: number; line(number: number): Line | undefined };

function linesAfter<Line>(
  lines: Lines<Line>,
  after: number,
  limit: number,
  isWanted: (line: Line) => boolean = () => true,
): (Line & { readonly number: number })[] {
  const found: (Line & { number: number })[] = [];
  for (let number = Math.max(0, after) + 1; number <= lines.number; number++) {
    if (found.length >= limit) break;
    const line = lines.line(number);
    if (line !== undefined && isWanted(line)) found.push({ ...line, number });
  }
  return found;
}

function byWriting(
  left: { readonly at: number; readonly ordinal: number },
  right: { readonly at: number; readonly ordinal: number },
): number {
  return left.at - right.at || left.ordinal - right.ordinal;
}

/**
 * The same random transactions, some of them undone, at SQLite's journal and at the simulated one:
 * whatever is asked, both answer alike. So a simulation may trust its indexes.
 */

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { openJournal } from '#adapters/database/journal-sqlite.ts';
import { brand, type ComponentName, type ServerId, type UpgradeId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { serverSuccessors, type ServerState } from '#domain/upgrade/state.ts';
import type { Journal, Rows } from '#ports/journal.ts';
import { emptyJournal, openJournalSimulated } from '#simulation/adapters/journal-simulated.ts';
import { Chance } from '#simulation/world/chance.ts';
import { Machine } from '#simulation/world/machine.ts';
import { Schedule } from '#simulation/world/schedule.ts';
import { outcomeOf, rolloutOf, withdrawnContent } from './journal-rings.ts';
import {
  begin,
  contentOf,
  digestOf,
  groupA,
  groupB,
  holdOf,
  releaseOf,
  revisionOf,
  rowOf,
  serverNamed,
} from './journal-rows.testing.ts';

type Act = (rows: Rows) => Promise<unknown>;
type Batch = { readonly acts: readonly Act[]; readonly isUndone: boolean };

const upgrades = ['to-5.80', 'to-5.81', 'tool-2', 'tool-3'].map((name) => brand<UpgradeId>(name));
const servers = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => brand<ServerId>(name));
const components = ['program', 'tool', 'pattern'].map((name) => brand<ComponentName>(name));
const groups = [groupA, groupB];
const states = Object.keys(serverSuccessors).filter(isState);
const site = { inFlight: 0, inFlightMax: 2, heldBy: null, proving: false };

function isState(text: string): text is ServerState {
  return text in serverSuccessors;
}

const upgrade = fc.constantFrom(...upgrades);
const server = fc.constantFrom(...servers);
const component = fc.constantFrom(...components);
const group = fc.constantFrom(...groups);
const instant = fc.integer({ min: 0, max: 12 });
const maybeInstant = fc.option(instant);

const putRow = fc
  .record({ upgrade, server, group, state: fc.constantFrom(...states), deadline: maybeInstant })
  .map(
    ({ upgrade: of, server: name, group: inGroup, state, deadline }): Act =>
      (rows) =>
        rows.upgrades.putRow(of, rowOf(name, state, { group: inGroup, deadline })),
  );

const ofUpgrades = [
  upgrade.map((name): Act => async (rows) => {
    const isThere = (await rows.upgrades.head(name)) !== null;
    if (!isThere) await begin(rows, name, name.startsWith('tool') ? 'tool' : 'program');
  }),
  fc.tuple(upgrade, instant).map(([name, turn]): Act => async (rows) => {
    const head = await rows.upgrades.head(name);
    if (head !== null) await rows.upgrades.putHead({ ...head, turn });
  }),
  fc.tuple(upgrade, group, instant).map(([name, inGroup, since]): Act => async (rows) => {
    const found = await rows.upgrades.group(name, inGroup);
    if (found !== null) await rows.upgrades.putGroup(name, { ...found, since });
  }),
];

const ofFleet = [
  fc.tuple(server, instant).map(
    ([name, lastSeen]): Act =>
      (rows) =>
        rows.fleet.putServer({ ...serverNamed(name), lastSeen }),
  ),
  fc.tuple(server, component, fc.constantFrom('manual' as const, 'upgrade' as const), instant).map(
    ([name, of, owner, number]): Act =>
      (rows) =>
        rows.fleet.putDesired({
          server: name,
          component: of,
          digest: digestOf(number),
          version: String(number),
          owner,
        }),
  ),
  component.map(
    (of): Act =>
      (rows) =>
        rows.fleet.forgetManual(of),
  ),
  fc.tuple(instant, maybeInstant, instant).map(
    ([until, releasedAt, id]): Act =>
      (rows) =>
        rows.holds.putHold(holdOf(`hold-${id}`, { until, releasedAt })),
  ),
];

const ofCatalogue = [
  fc.tuple(component, instant, instant).map(
    ([of, number, at]): Act =>
      (rows) =>
        rows.catalogue.putRelease(releaseOf(of, number), at),
  ),
  fc.tuple(instant, instant).map(
    ([number, at]): Act =>
      (rows) =>
        rows.catalogue.packagesGone(digestOf(number), at),
  ),
  fc.tuple(component, instant).map(
    ([of, number]): Act =>
      (rows) =>
        rows.catalogue.putContent(contentOf(of, number)),
  ),
  fc.tuple(instant, instant).map(([epoch, number]): Act => async (rows) => {
    // What is there already is refused by both, and would end the transaction.
    const fence = (await rows.catalogue.revision())?.fence;
    const isHigher = fence === undefined || epoch > fence.epoch;
    if (isHigher) await rows.catalogue.putRevision(revisionOf(epoch, number), 1);
  }),
];

const ofLogs = [
  fc.tuple(fc.option(upgrade), instant).map(
    ([of, at]): Act =>
      (rows) =>
        rows.log.appendInput(of, at, { event: { type: 'tick' }, site }),
  ),
  instant.map(
    (at): Act =>
      (rows) =>
        rows.log.appendRecord({
          at,
          kind: 'server-moved',
          who: 'mori',
          server: null,
          detail: { at },
        }),
  ),
  fc.tuple(instant, instant, instant).map(
    ([number, at, text]): Act =>
      (rows) =>
        rows.log.putEvidence({
          digest: digestOf(number),
          at,
          kind: 'drift',
          because: problem('HOLD_OVER', { hold: 'hold-1' }),
          text: String(text),
        }),
  ),
  fc.tuple(component, instant).map(
    ([name, value]): Act =>
      (rows) =>
        rows.log.putNote(name, String(value)),
  ),
];

const ofBill = [
  fc
    .record({
      server,
      lane: fc.constantFrom('program' as const, 'content' as const, null),
      component: fc.option(component),
      release: fc.option(instant.map(digestOf)),
      form: fc.constantFrom('whole' as const, 'delta' as const, 'other' as const),
      link: fc.constantFrom('thin', null),
    })
    .chain((entry) => fc.tuple(fc.constant(entry), fc.nat(), fc.nat(3e8)))
    .map(
      ([entry, bytes, at]): Act =>
        (rows) =>
          rows.bill.add(entry, { bytes, at }),
    ),
];

const ofRings = [
  fc.tuple(component, instant).map(
    ([of, number]): Act =>
      (rows) =>
        rows.rings.putRollout(rolloutOf(of, number)),
  ),
  fc
    .tuple(server, component, fc.constantFrom('given', 'healthy', 'failed'), maybeInstant)
    .map(([name, of, state, silentSince]): Act => {
      const cause = state === 'failed' ? 'health' : null;
      const outcome = outcomeOf(name, { component: of, state, cause, silentSince });
      return (rows) => rows.rings.putOutcome(outcome);
    }),
  component.map(
    (of): Act =>
      (rows) =>
        rows.rings.forgetOutcomes(of),
  ),
  fc.tuple(component, instant).map(
    ([of, at]): Act =>
      (rows) =>
        rows.rings.putWithdrawn(withdrawnContent(of, at)),
  ),
];

const act = fc.oneof(
  { weight: 12, arbitrary: putRow },
  { weight: 4, arbitrary: fc.oneof(...ofUpgrades) },
  { weight: 4, arbitrary: fc.oneof(...ofFleet) },
  { weight: 2, arbitrary: fc.oneof(...ofCatalogue) },
  { weight: 2, arbitrary: fc.oneof(...ofLogs) },
  { weight: 2, arbitrary: fc.oneof(...ofBill) },
  { weight: 3, arbitrary: fc.oneof(...ofRings) },
);
const batches = fc.array(
  fc.record({
    acts: fc.array(act, { minLength: 1, maxLength: 30 }),
    isUndone: fc.boolean(),
  }),
  { minLength: 1, maxLength: 6 },
);

async function answers(rows: Rows): Promise<unknown> {
  const { fleet, catalogue, holds, rings, upgrades: of, log, bill } = rows;
  const inGroups = upgrades.flatMap((name) => groups.map((one) => ({ upgrade: name, group: one })));
  const inStates = inGroups.flatMap((one) => states.map((state) => ({ ...one, state })));
  return {
    servers: await fleet.servers(),
    desired: await each(servers, (one) => fleet.desiredOf(one)),
    releases: await catalogue.releases(),
    releasesGone: await catalogue.releasesGone(),
    revision: await catalogue.revision(),
    contents: await catalogue.contents(),
    holds: await each([0, 3, 6, 6, 12, 13], (since) => holds.holds(since)),
    rollouts: await rings.rollouts(),
    outcomes: await each(components, (one) => rings.outcomes(one)),
    outcomesOf: await each(servers, (one) => rings.outcomesOf(one)),
    tally: await each(components, (one) => rings.tally(one, 6)),
    withdrawn: await rings.withdrawn(),
    heads: await of.heads(),
    newest: await of.heads(1),
    open: await of.openHeads(),
    plans: await each(upgrades, (one) => of.plan(one)),
    groups: await each(upgrades, (one) => of.groups(one)),
    all: await each([...inGroups, ...inStates], (one) => of.rowsIn({ ...one, limit: 100 })),
    few: await each([...inGroups, ...inStates], (one) => of.rowsIn({ ...one, limit: 2 })),
    standing: await each(servers, (one) => of.standingRowsOf(one)),
    due: await each([0, 4, 8, 12], (now) => of.rowsDue(now, 100)),
    firstDue: await of.rowsDue(12, 3),
    inFlight: await of.inFlight(),
    inputs: await each([undefined, ...upgrades], (one) =>
      log.inputs({ upgrade: one, after: 2, limit: 9 }),
    ),
    record: await each([null, 0, 2], (after) => log.record(after, 4)),
    evidence: await log.evidence(),
    notes: await each(components, (name) => log.note(name)),
    bill: await each([undefined, digestOf(3)], (release) => bill.rows(release)),
    days: await each([0, 86_400_000], (since) => bill.days(since)),
  };
}

async function each<Value, Answer>(
  values: readonly Value[],
  ask: (value: Value) => Promise<Answer>,
): Promise<Answer[]> {
  const found: Answer[] = [];
  for (const value of values) found.push(await ask(value));
  return found;
}

class Undone extends Error {}

async function play(journal: Journal, { acts, isUndone }: Batch): Promise<unknown> {
  let within: unknown = null;
  await journal
    .transaction(async (rows) => {
      for (const one of acts) await one(rows);
      within = await answers(rows);
      if (isUndone) throw new Undone();
    })
    .catch((error: unknown) => {
      if (!(error instanceof Undone)) throw error;
    });
  return { within, after: await answers(journal.rows) };
}

test('both journals answer alike, within transactions and after them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-journals-'));
  let runs = 0;
  try {
    await fc.assert(
      fc.asyncProperty(batches, async (all) => {
        runs += 1;
        const real = await openJournal(join(folder, `${runs}.sqlite`));
        assert.ok(real.ok);
        const machine = new Machine({ name: 'is', schedule: new Schedule(), diskBytes: 1e9 });
        const stored = machine.disk.store(emptyJournal());
        const process = machine.start('information-server', new Chance(1));
        const simulated = openJournalSimulated({ process, stored, site: 'is' });
        for (const journal of [real.value, simulated]) {
          const of = { site: brand<ServerId>('tokyo'), at: 1 };
          await journal.transaction((rows) => rows.log.beginRecord(of));
        }
        for (const batch of all) {
          assert.deepEqual(await play(simulated, batch), await play(real.value, batch));
        }
        const copy = machine.disk.store(stored.read().snapshot());
        const copied = openJournalSimulated({ process, stored: copy, site: 'is' });
        assert.deepEqual(await answers(copied.rows), await answers(simulated.rows));
        await real.value.close();
      }),
      { numRuns: 15 },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

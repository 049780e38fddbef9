import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type GroupName, type ServerId, type UpgradeId } from '#domain/names.ts';
import { newGroup, newServer } from '#domain/upgrade/state.ts';
import { exampleHead, examplePlan } from '#domain/upgrade/upgrade.testing.ts';
import { JournalFailed, type Journal, type Rows } from '#ports/journal.ts';
import type { Observation } from '../observation.ts';
import { Chance } from '../world/chance.ts';
import type { Stored } from '../world/disk.ts';
import { Machine, type Kill, type Process } from '../world/machine.ts';
import { Schedule } from '../world/schedule.ts';
import { Ordered } from './journal-simulated-ordered.ts';
import type { JournalState } from './journal-simulated-state.ts';
import { emptyJournal, openJournalSimulated } from './journal-simulated.ts';

const upgrade = brand<UpgradeId>('to-5.80');
const group = brand<GroupName>('A');
const server = brand<ServerId>('a1');

function begunJournal(): JournalState {
  const state = emptyJournal();
  state.beginRecord({ site: brand<ServerId>('is'), at: 1 });
  state.commit();
  return state;
}

type Life = { readonly process: Process; readonly journal: Journal };

class Computer {
  readonly machine = new Machine({ name: 'is', schedule: new Schedule(), diskBytes: 1e9 });
  readonly seen: Observation[] = [];
  stored: Stored<JournalState> = this.machine.disk.store(begunJournal());

  life(): Life {
    const process = this.machine.start('information-server', new Chance(1));
    const see = (observation: Observation): void => void this.seen.push(observation);
    const journal = openJournalSimulated({ process, stored: this.stored, see, site: 'is' });
    return { process, journal };
  }

  async notes(): Promise<(string | null)[]> {
    const { journal } = this.life();
    return [await journal.rows.log.note('one'), await journal.rows.log.note('two')];
  }
}

async function both(rows: Rows): Promise<void> {
  await rows.log.putNote('one', 'yes');
  await rows.log.putNote('two', 'yes');
}

/** Promises of a dead process never settle: whoever waits for them waits for the microtasks only. */
function quiet(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test('killed between any two of its effects, a transaction is there whole or not at all', async () => {
  const kills: Kill[] = [1, 2, 3, 4].flatMap((effect) => [
    { effect, when: 'before' as const },
    { effect, when: 'after' as const },
  ]);
  const found: unknown[] = [];
  for (const kill of kills) {
    const computer = new Computer();
    const { process, journal } = computer.life();
    process.killAt(kill);
    let isTold = false;
    void journal.transaction(both).then(() => (isTold = true));
    await quiet();
    assert.equal(process.isAlive, false);
    assert.equal(isTold, false);
    found.push(await computer.notes());
  }
  const [none, whole] = [
    [null, null],
    ['yes', 'yes'],
  ];
  assert.deepEqual(found, [none, none, none, none, none, none, none, whole]);
});

test('a power cut takes what was under way and nothing that was committed', async () => {
  const computer = new Computer();
  const { journal } = computer.life();
  await journal.rows.log.putNote('one', 'yes');
  void journal.transaction(async (rows) => {
    await rows.log.putNote('two', 'yes');
    computer.machine.powerCut(new Chance(1));
    await rows.log.putNote('two', 'still');
  });
  await quiet();
  assert.deepEqual(await computer.notes(), ['yes', null]);
});

test('a disk that is full or broken refuses the commit and keeps what stood', async () => {
  const computer = new Computer();
  const { journal } = computer.life();
  const { disk } = computer.machine;
  disk.bytesFree = 100;
  await assert.rejects(journal.transaction(both), JournalFailed);
  disk.bytesFree = 1e9;
  disk.isBroken = true;
  await assert.rejects(journal.transaction(both), JournalFailed);
  assert.equal(await journal.transaction((rows) => rows.log.note('one')), null);
  disk.isBroken = false;
  await journal.transaction(both);
  assert.deepEqual(await computer.notes(), ['yes', 'yes']);
});

test('a commit is seen once, with each row as it was and as it is; what is undone is not', async () => {
  const computer = new Computer();
  const { journal } = computer.life();
  const plan = examplePlan({ upgrade });
  const [head, first] = [exampleHead(plan, {}), newServer(server, group)];
  await journal.transaction(({ upgrades }) => upgrades.begin(plan, head, [newGroup(group, 1, 0)]));
  await journal.transaction(({ upgrades }) => upgrades.putRow(upgrade, first));
  computer.seen.length = 0;
  const last = { ...first, state: 'staged' as const };
  const entry = { at: 1, kind: 'server-moved', who: 'mori', server: null, detail: {} } as const;
  await journal.transaction(async (rows) => {
    await rows.upgrades.putRow(upgrade, { ...first, state: 'staging' });
    await rows.log.appendRecord(entry);
    await rows.upgrades.putRow(upgrade, last);
    await rows.upgrades.putHead(head);
  });
  const undone = journal.transaction(async (rows) => {
    await rows.upgrades.putRow(upgrade, first);
    throw new Error('in the middle');
  });
  await assert.rejects(undone);
  await journal.transaction((rows) => rows.upgrades.heads());
  const row = { of: 'row', upgrade, before: first, after: last };
  const chained = { ...entry, number: 1, hash: (await journal.rows.log.recordHead()).hash };
  assert.deepEqual(computer.seen, [
    { type: 'committed', site: 'is', rows: [row, { of: 'record', entry: chained }] },
  ]);
});

test('a copy holds what is committed and goes its own way', async () => {
  const computer = new Computer();
  const { process, journal } = computer.life();
  await journal.rows.log.putNote('one', 'yes');
  const copies: JournalState[] = [];
  await journal.transaction(async (rows) => {
    await rows.log.putNote('one', 'changed');
    await rows.log.putNote('two', 'yes');
    copies.push(computer.stored.read().snapshot());
  });
  process.kill();
  assert.deepEqual(await computer.notes(), ['changed', 'yes']);
  const [copy] = copies;
  assert.ok(copy !== undefined);
  computer.stored = computer.machine.disk.store(copy);
  assert.deepEqual(await computer.notes(), ['yes', null]);
});

test('a transaction that waits for the world is our bug, and is undone', async () => {
  const computer = new Computer();
  const { process, journal } = computer.life();
  const waiting = journal.transaction(async (rows) => {
    await rows.log.putNote('one', 'yes');
    await new Promise<void>((resolve) => process.clock.after(10, resolve));
  });
  const outcome = assert.rejects(waiting, /awaits nothing but its own queries/);
  await computer.machine.schedule.run();
  await outcome;
  assert.deepEqual(await computer.notes(), [null, null]);
});

test('its rows end with a transaction', async () => {
  const { journal } = new Computer().life();
  const kept: Rows[] = [];
  await journal.transaction(async (rows) => void kept.push(rows));
  await assert.rejects(async () => kept[0]?.log.note('one'), /end with a transaction/);
});

test('what everyone has read may be forgotten; the rest keeps its numbers', async () => {
  const computer = new Computer();
  const { journal } = computer.life();
  const record = async (who: string) =>
    journal.rows.log.appendRecord({ at: 1, kind: 'server-moved', who, server: null, detail: {} });
  for (const who of ['one', 'two', 'three']) await record(who);
  computer.stored.read().record.forget(2);
  await record('four');
  const lines = await journal.rows.log.record(0, 10);
  assert.deepEqual(
    lines.map(({ number, who }) => [number, who]),
    [
      [3, 'three'],
      [4, 'four'],
    ],
  );
});

test('entries that left an ordered set for good do not pile up in it', () => {
  const live = new Set<{ at: number }>();
  let asked = 0;
  const ordered = new Ordered<{ at: number }>(
    (left, right) => left.at - right.at,
    (entry) => {
      asked += 1;
      return live.has(entry);
    },
  );
  for (let at = 0; at < 20_000; at++) {
    const entry = { at };
    live.add(entry);
    ordered.add(entry);
    if (at % 1_000 === 0) continue;
    live.delete(entry);
    ordered.remove();
  }
  asked = 0;
  assert.deepEqual(
    ordered.first(3).map(({ at }) => at),
    [0, 1_000, 2_000],
  );
  assert.ok(asked < 1_500, `${asked} entries looked at`);
});

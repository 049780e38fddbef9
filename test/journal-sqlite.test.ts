import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openJournal } from '#adapters/journal-sqlite.ts';
import {
  brand,
  type ComponentName,
  type Digest,
  type GroupName,
  type LeaseId,
  type ServerId,
  type UpgradeId,
} from '#domain/names.ts';
import { newGroup, newServer } from '#domain/upgrade/state.ts';
import { exampleHead, examplePlan } from '#domain/upgrade/upgrade.testing.ts';
import type { Journal, Rows } from '#ports/journal.ts';

const a = brand<GroupName>('A');
const servers = ['a1', 'a2'].map((name) => brand<ServerId>(name));

async function opened(act: (journal: Journal) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'dankai-journal-'));
  const journal = await openJournal(join(folder, 'journal.sqlite'));
  assert.ok(journal.ok);
  try {
    await act(journal.value);
  } finally {
    await journal.value.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function begin(rows: Rows, name: string, component = 'program'): Promise<UpgradeId> {
  const upgrade = brand<UpgradeId>(name);
  const release = {
    component: brand<ComponentName>(component),
    version: name,
    digest: brand<Digest>('a'.repeat(64)),
  };
  const plan = examplePlan({ upgrade, release });
  const head = exampleHead(plan, {});
  await rows.upgrades.begin(plan, head, [newGroup(a, servers.length, 0)]);
  for (const server of servers) await rows.upgrades.putRow(upgrade, newServer(server, a));
  return upgrade;
}

async function standing(rows: Rows, server: ServerId): Promise<string[]> {
  return (await rows.upgrades.standingRowsOf(server)).map((one) => one.upgrade).toSorted();
}

test('an upgrade that a later one of its component replaced says nothing to a server any more', async () => {
  await opened(async (journal) => {
    await journal.transaction(async (rows) => {
      await begin(rows, 'to-5.80');
      await begin(rows, 'tool-2', 'tool');
      await begin(rows, 'to-5.81');
    });
    const [first] = servers;
    assert.ok(first !== undefined);
    assert.deepEqual(await standing(journal.rows, first), ['to-5.81', 'tool-2']);
  });
});

test('but a switch under way in it is heard to its end, and counts in flight until then', async () => {
  await opened(async (journal) => {
    const [first, second] = servers;
    assert.ok(first !== undefined && second !== undefined);
    await journal.transaction(async (rows) => {
      const old = await begin(rows, 'to-5.80');
      const lease = { id: brand<LeaseId>('1'), grantedAt: 0, until: 60_000 };
      const row = { ...newServer(first, a), state: 'switching', lease, wasLeased: true } as const;
      await rows.upgrades.putRow(old, row);
      await begin(rows, 'to-5.81');
    });
    assert.deepEqual(await standing(journal.rows, first), ['to-5.80', 'to-5.81']);
    assert.deepEqual(await standing(journal.rows, second), ['to-5.81']);
    assert.equal(await journal.rows.upgrades.inFlight(), 1);
  });
});

test('a transaction that throws leaves nothing behind', async () => {
  await opened(async (journal) => {
    const broken = journal.transaction(async (rows) => {
      await begin(rows, 'to-5.80');
      throw new Error('in the middle');
    });
    await assert.rejects(broken, /in the middle/);
    assert.deepEqual(await journal.rows.upgrades.heads(), []);
  });
});

test('the record is answered after a number, or its newest lines, in the order of writing', async () => {
  await opened(async (journal) => {
    await journal.transaction(async (rows) => {
      for (const kind of ['one', 'two', 'three']) {
        await rows.log.appendRecord({ at: 1, kind, who: 'mori', server: null, detail: {} });
      }
    });
    const kinds = async (after: number | null, limit: number) =>
      (await journal.rows.log.record(after, limit)).map((line) => line.kind);
    assert.deepEqual(await kinds(1, 10), ['two', 'three']);
    assert.deepEqual(await kinds(null, 2), ['two', 'three']);
  });
});

test('inputs are answered for one upgrade only, page by page', async () => {
  await opened(async (journal) => {
    const site = { inFlight: 0, inFlightMax: 20, heldBy: null, proving: false };
    const [one, other] = [brand<UpgradeId>('to-5.80'), brand<UpgradeId>('to-5.81')];
    await journal.transaction(async (rows) => {
      for (const [at, upgrade] of [one, other, one, one].entries()) {
        await rows.log.appendInput(upgrade, at, { event: { type: 'tick' }, site });
      }
    });
    const first = await journal.rows.log.inputs({ upgrade: one, after: 0, limit: 2 });
    assert.deepEqual(
      first.map(({ at, input }) => [at, input]),
      [0, 2].map((at) => [at, { event: { type: 'tick' }, site }]),
    );
    const after = first.at(-1)?.number ?? 0;
    const rest = await journal.rows.log.inputs({ upgrade: one, after, limit: 2 });
    assert.deepEqual(
      rest.map(({ at }) => at),
      [3],
    );
  });
});

/** What every journal promises of upgrades: their heads and groups, and rows found in every way. */

import assert from 'node:assert/strict';
import type { UpgradeHead } from '#domain/upgrade/state.ts';
import { brand, type ServerId, type UpgradeId } from '#domain/names.ts';
import type { Journal, Rows } from '#ports/journal.ts';
import { begin, groupA, groupB, rowOf } from './journal-rows.testing.ts';

/** One journal, opened anew for each life of an information server. */
export type JournalHome = { open(): Promise<Journal> };

export type Promises = (
  title: string,
  act: (journal: Journal, home: JournalHome) => Promise<void>,
) => void;

export function upgradePromises(promises: Promises): void {
  promises('an upgrade begins once, with its groups in the order of the plan', async (journal) => {
    const upgrade = await journal.transaction((rows) => begin(rows, 'to-5.80'));
    const groups = await journal.rows.upgrades.groups(upgrade);
    assert.deepEqual(
      groups.map(({ name }) => name),
      [groupB, groupA],
    );
    await assert.rejects(journal.transaction((rows) => begin(rows, 'to-5.80')));
    await journal.transaction((rows) => begin(rows, 'to-5.81'));
    const heads = await journal.rows.upgrades.heads();
    assert.deepEqual(
      heads.map((head) => String(head.upgrade)),
      ['to-5.81', 'to-5.80'],
    );
  });

  promises('what is not finished is found alone, and the newest alone', async (journal) => {
    const { upgrades: rows } = journal.rows;
    const first = await journal.transaction((inner) => begin(inner, 'to-5.80'));
    const second = await journal.transaction((inner) => begin(inner, 'to-5.81'));
    const named = (heads: readonly UpgradeHead[]) => heads.map(({ upgrade }) => upgrade);
    assert.deepEqual(named(await rows.openHeads()), [second, first]);
    const head = await rows.head(first);
    assert.ok(head !== null);
    await journal.transaction(({ upgrades: inner }) =>
      inner.putHead({ ...head, state: 'finished', finishedAt: 9 }),
    );
    assert.deepEqual(named(await rows.openHeads()), [second]);
    assert.deepEqual(named(await rows.heads(1)), [second]);
    assert.deepEqual(named(await rows.heads(9)), [second, first]);
    await journal.transaction(({ upgrades: inner }) =>
      inner.putHead({ ...head, state: 'stopped', finishedAt: 9 }),
    );
    assert.deepEqual(named(await rows.openHeads()), [second, first]);
  });

  promises('heads and groups change in place; those that never began are none', async (journal) => {
    const { upgrades: rows } = journal.rows;
    const upgrade = await journal.transaction((inner) => begin(inner, 'to-5.80'));
    const head = await rows.head(upgrade);
    const group = await rows.group(upgrade, groupA);
    assert.ok(head !== null && group !== null);
    const unknown = brand<UpgradeId>('to-9.99');
    await journal.transaction(async ({ upgrades: inner }) => {
      await inner.putHead({ ...head, turn: 1 });
      await inner.putGroup(upgrade, { ...group, state: 'staging' });
      await inner.putHead({ ...head, upgrade: unknown });
      await inner.putGroup(unknown, group);
    });
    assert.deepEqual(await rows.heads(), [{ ...head, turn: 1 }]);
    assert.equal((await rows.group(upgrade, groupA))?.state, 'staging');
    assert.deepEqual(await rows.groups(unknown), []);
    assert.deepEqual([await rows.head(unknown), await rows.plan(unknown)], [null, null]);
  });

  promises('rows are found by group and state, in the order of servers', async (journal) => {
    const upgrade = await journal.transaction(async (rows) => {
      const name = await begin(rows, 'to-5.80');
      for (const server of ['c', 'a', 'd', 'b']) {
        await rows.upgrades.putRow(name, rowOf(server, 'staged'));
      }
      await rows.upgrades.putRow(name, rowOf('e', 'staged', { group: groupB }));
      await rows.upgrades.putRow(name, rowOf('b', 'leased'));
      await rows.upgrades.putRow(name, rowOf('b', 'staged'));
      await rows.upgrades.putRow(name, rowOf('a', 'leased'));
      return name;
    });
    const found = async (query: object) =>
      (await journal.rows.upgrades.rowsIn({ upgrade, group: groupA, limit: 10, ...query })).map(
        ({ server }) => String(server),
      );
    assert.deepEqual(await found({ state: 'staged' }), ['b', 'c', 'd']);
    assert.deepEqual(await found({ state: 'staged', limit: 2 }), ['b', 'c']);
    assert.deepEqual(await found({ state: 'staged', limit: 2 }), ['b', 'c']);
    assert.deepEqual(await found({ state: 'leased' }), ['a']);
    assert.deepEqual(await found({}), ['a', 'b', 'c', 'd']);
    assert.deepEqual(await found({ limit: 3 }), ['a', 'b', 'c']);
    assert.deepEqual(await found({ group: groupB }), ['e']);
    assert.deepEqual(await found({ upgrade: brand<UpgradeId>('to-9.99') }), []);
  });

  promises('rows whose deadline is over are found, the longest due first', async (journal) => {
    const put = (server: string, deadline: number | null) =>
      journal.transaction(async (rows) =>
        rows.upgrades.putRow(brand<UpgradeId>('to-5.80'), rowOf(server, 'staging', { deadline })),
      );
    const due = async (now: number, limit = 10) =>
      (await journal.rows.upgrades.rowsDue(now, limit)).map(({ row }) => String(row.server));
    for (const [server, deadline] of [
      ['d', 3],
      ['c', 1],
      ['b', 3],
      ['a', 2],
      ['e', 9],
    ] as const) {
      await put(server, deadline);
    }
    assert.deepEqual(await due(3), ['c', 'a', 'b', 'd']);
    assert.deepEqual(await due(3, 2), ['c', 'a']);
    await put('c', 9);
    await put('a', null);
    await put('d', 4);
    await put('d', 3);
    assert.deepEqual(await due(3), ['b', 'd']);
    assert.deepEqual(await due(9), ['b', 'd', 'c', 'e']);
  });
}

export function standingPromises(promises: Promises): void {
  const [a1, a2] = ['a1', 'a2'].map((name) => brand<ServerId>(name));
  assert.ok(a1 !== undefined && a2 !== undefined);
  const servers = [a1, a2];
  const begun = async (rows: Rows, name: string, component?: string): Promise<UpgradeId> => {
    const upgrade = await begin(rows, name, component);
    for (const server of servers) await rows.upgrades.putRow(upgrade, rowOf(server, 'waiting'));
    return upgrade;
  };
  const of = async (rows: Rows, server: ServerId) =>
    (await rows.upgrades.standingRowsOf(server)).map(({ upgrade }) => String(upgrade));

  promises(
    'an upgrade replaced by a later one of its component says nothing more',
    async (journal) => {
      await journal.transaction(async (rows) => {
        await begun(rows, 'to-5.80');
        await begun(rows, 'tool-2', 'tool');
        await begun(rows, 'to-5.81');
      });
      assert.deepEqual(await of(journal.rows, a1), ['tool-2', 'to-5.81']);
    },
  );

  promises(
    'but a switch under way in it is heard to its end, and counts in flight',
    async (journal) => {
      await journal.transaction(async (rows) => {
        const old = await begun(rows, 'to-5.80');
        await rows.upgrades.putRow(old, rowOf(a1, 'switching'));
        await begun(rows, 'to-5.81');
      });
      assert.deepEqual(await of(journal.rows, a1), ['to-5.80', 'to-5.81']);
      assert.deepEqual(await of(journal.rows, a2), ['to-5.81']);
      assert.equal(await journal.rows.upgrades.inFlight(), 1);
    },
  );

  promises('one that began and was undone has replaced nothing', async (journal) => {
    await journal.transaction((rows) => begun(rows, 'to-5.80'));
    const broken = journal.transaction(async (rows) => {
      await begun(rows, 'to-5.81');
      throw new Error('in the middle');
    });
    await assert.rejects(broken);
    assert.deepEqual(await of(journal.rows, a1), ['to-5.80']);
    await journal.transaction((rows) => begun(rows, 'to-5.81'));
    assert.deepEqual(await of(journal.rows, a1), ['to-5.81']);
  });
}

/** An information server that runs less than its servers are to get, whatever brought it there. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type LeaseId, type ServerId } from '#domain/names.ts';
import { firstRows } from '#domain/upgrade/first-rows.ts';
import { newServer } from '#domain/upgrade/state.ts';
import { duties } from '#domain/upgrade/step-head.ts';
import { old, planOf, target } from '#domain/upgrade/site.testing.ts';
import { simulatedJournal, upgradesOf, type World } from './upgrade-site.ts';

const a1 = brand<ServerId>('a1');
const plan = planOf();
const { upgrade } = plan;

/** The journal is that of a newer program (a backup): group A is open, and a1 has everything. */
async function opened(self: World['self']) {
  const journal = simulatedJournal();
  const clock = { now: 1_000 };
  const world: World = { clock, here: new Set([a1]), isProving: false, ...(self && { self }) };
  await journal.transaction(async (rows) => {
    const first = firstRows(plan, { startedAt: 0, withInformationServer: true });
    await rows.upgrades.begin(plan, { ...first.head, state: 'groups' }, [...first.groups.values()]);
    await rows.upgrades.putRow(upgrade, { ...newServer(a1, brand('A')), state: 'staged' });
    const [group] = first.groups.values();
    assert.ok(group !== undefined);
    const counts = { ...group.counts, waiting: 2, staged: 1 };
    await rows.upgrades.putGroup(upgrade, { ...group, state: 'switching', counts });
  });
  const upgrades = upgradesOf(journal, world);
  const lease = brand<LeaseId>('lease-1');
  const event = { type: 'lease-requested', digest: target, lease } as const;
  return {
    ask: () =>
      journal.transaction((rows) =>
        upgrades.tell(rows, upgrade, { to: 'server', server: a1, event }),
      ),
    resume: () => journal.transaction((rows) => upgrades.resume(rows, upgrade, duties)),
    row: () => journal.rows.upgrades.row(upgrade, a1),
    head: () => journal.rows.upgrades.head(upgrade),
  };
}

for (const version of ['5.80.1179', '5.90.1000']) {
  test(`an information server at ${version} gives leases for 5.80.1179`, async () => {
    const digest = version === '5.80.1179' ? target : brand<typeof old>('c'.repeat(64));
    const { ask, resume, row, head } = await opened({ version, digest });
    await resume();
    await ask();
    assert.equal((await row())?.state, 'leased');
    assert.equal((await head())?.state, 'groups');
  });
}

test('one that runs less gives none, and pauses the upgrade with the reason when it starts', async () => {
  const { ask, resume, row, head } = await opened({ version: '5.70.1000', digest: old });
  await ask();
  assert.equal((await row())?.state, 'staged');
  assert.equal((await row())?.because?.code, 'INFORMATION_SERVER_BEHIND');
  await resume();
  assert.equal((await head())?.state, 'paused');
  assert.equal((await head())?.because?.code, 'INFORMATION_SERVER_BEHIND');
});

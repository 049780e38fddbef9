import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type HoldId } from '#domain/names.ts';
import { firstRows } from '#domain/upgrade/first-rows.ts';
import { planOf } from '#domain/upgrade/site.testing.ts';
import { simulatedJournal, upgradesOf, type World } from './upgrade-site.ts';

const hour = 3_600_000;

/** An upgrade at ten o'clock, with the hold of its information server. */
async function begun() {
  const plan = planOf();
  const journal = simulatedJournal();
  const world: World = { clock: { now: 10 * hour }, here: new Set(), isProving: false };
  const upgrades = upgradesOf(journal, world);
  const { upgrade } = plan;
  await journal.transaction(async (rows) => {
    const beginning = { startedAt: world.clock.now, withInformationServer: true };
    const first = firstRows(plan, beginning);
    await rows.upgrades.begin(plan, first.head, [...first.groups.values()]);
    await upgrades.tell(rows, upgrade, { to: 'head', event: { type: 'started' } });
  });
  return {
    journal,
    world,
    stop: () =>
      journal.transaction((rows) =>
        upgrades.tell(rows, upgrade, { to: 'head', event: { type: 'stopped', who: 'Sato' } }),
      ),
  };
}

test('a hold is released with its upgrade, although the clock went back behind its beginning', async () => {
  const { journal, world, stop } = await begun();
  const held = await journal.rows.holds.holds(0);
  assert.deepEqual(
    held.map(({ releasedAt }) => releasedAt),
    [null],
  );
  world.clock.now -= hour;
  await stop();
  const [hold] = await journal.rows.holds.holds(0);
  assert.equal(hold?.id, brand('hold-1'));
  assert.equal(hold?.releasedAt, world.clock.now);
});

test('a stop ends the hold of its upgrade, and no hold that a person placed', async () => {
  const { journal, world, stop } = await begun();
  const [own] = await journal.rows.holds.holds(0);
  assert.ok(own !== undefined);
  const owner = { kind: 'person', name: 'Mori' } as const;
  const placed = { ...own, id: brand<HoldId>('hold-of-mori'), owner };
  await journal.transaction((rows) => rows.holds.putHold(placed));
  await stop();
  const ends = (await journal.rows.holds.holds(0)).map(({ id, releasedAt }) => [id, releasedAt]);
  assert.deepEqual(
    new Map(ends.map(([id, end]) => [id, end])),
    new Map([
      [own.id, world.clock.now],
      [placed.id, null],
    ]),
  );
});

test('a hold that ended by its time does not rise again when the clock goes back behind its end', async () => {
  const { journal, world, stop } = await begun();
  const [standing] = await journal.rows.holds.holds(0);
  assert.ok(standing !== undefined);
  world.clock.now = standing.until + hour;
  await stop();
  const [hold] = await journal.rows.holds.holds(0);
  assert.equal(hold?.releasedAt, standing.until, 'it ended then, not when that was noticed');
  const kinds = (await journal.rows.log.record(0, 100)).map(({ kind }) => kind);
  assert.ok(!kinds.includes('hold-released'), 'nobody released it');
});

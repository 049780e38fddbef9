import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand } from '#domain/names.ts';
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

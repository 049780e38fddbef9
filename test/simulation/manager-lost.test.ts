/**
 * A control manager that is gone for days: its sites go on, upgrades too; when it is back, nobody gets
 * what was superseded meanwhile, and the sites follow one after another.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Digest } from '#domain/names.ts';
import { Watch } from '#simulation/checkers/watch.ts';
import { Fleet } from '#simulation/fleet/fleet.ts';
import { drawOptions } from '#simulation/fleet/options.ts';
import { Chance } from '#simulation/world/chance.ts';
import { World } from '#simulation/world/world.ts';
import { longer } from '../longer.ts';
import { plainFleet } from './plain-fleet.testing.ts';

const minuteMs = 60_000;
const sites = 4;

async function lostFor(hours: number): Promise<void> {
  const world = new World({ seed: 1, startsAt: Date.UTC(2026, 10, 2) });
  const shape = { sites, serversEach: 2, hasControlManager: true, hasEngines: true };
  const fleet = new Fleet(world, { ...drawOptions(new Chance(1), 2), ...plainFleet, ...shape });
  const { controlManager } = fleet;
  assert.ok(controlManager !== null);
  const watch = new Watch({ facts: fleet.facts, view: () => fleet.view() });
  world.watch(watch.see);
  const reached = new Set<Digest>();
  world.watch((seen) => {
    if (seen.type === 'error') throw new Error(seen.text);
    if (seen.type === 'switched' && seen.lane === 'content' && seen.to !== null) {
      reached.add(seen.to);
    }
  });
  const pass = async (minutes: number): Promise<void> => {
    await world.schedule.run({ time: world.schedule.now + minutes * minuteMs });
    watch.recount(world.schedule.now);
  };
  // One person begins when the control manager is gone; the others have no time.
  for (const { person } of fleet.sites.slice(1)) person.habits.minutesLate = 1e6;
  fleet.start();
  await pass(0.5);
  controlManager.powerCut(hours * 60 * minuteMs);
  const between: Digest[] = [];
  for (let part = 0; part < 4; part += 1) {
    between.push(...fleet.publishContent());
    await pass((hours * 60) / 4 - 1);
  }
  assert.equal(controlManager.isRunning, false);
  assert.equal(fleet.sites[0]?.person.end, 'finished');
  const newest = fleet.publishContent();
  const backAt = world.schedule.now;
  await pass(60);
  assert.equal(controlManager.isRunning, true);
  const servers = fleet.sites.flatMap((site) => site.servers);
  for (const server of servers) {
    const installed = new Set(server.installed().values());
    assert.ok(newest.every((one) => installed.has(one)));
  }
  assert.ok(between.every((one) => !reached.has(one)));
  const offers = controlManager.state.record.filter(
    ({ kind, at }) => kind === 'content-offered' && at >= backAt,
  );
  assert.equal(new Set(offers.map(({ server }) => server)).size, sites);
  // They dial again each in its own time, so they are not offered it all at once.
  assert.ok(new Set(offers.map(({ at }) => Math.floor(at / 1_000))).size > 1);
}

test('a control manager is lost for hours: its sites go on, and the catch-up is paced', () =>
  lostFor(2));

test(
  'a control manager is lost for a week: its sites go on, and the catch-up is paced',
  longer,
  () => lostFor(7 * 24),
);

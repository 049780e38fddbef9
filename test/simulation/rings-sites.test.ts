/**
 * Content through rings of whole sites: a control manager gives it to the sites of one folder, hears
 * what their servers make of it, and only then to the next. Compared with 'deploy to all now'.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  brand,
  type ComponentName,
  type Digest,
  type PersonName,
  type RingName,
  type ServerId,
} from '#domain/names.ts';
import { handlers } from '#information-server/routes/answer.ts';
import { deployToAllNow } from '#domain/delivery/plan.ts';
import type { ContentConduct } from '#simulation/adapters/content-engine-simulated.ts';
import { Watch } from '#simulation/checkers/watch.ts';
import { Fleet } from '#simulation/fleet/fleet.ts';
import { drawOptions } from '#simulation/fleet/options.ts';
import { Chance } from '#simulation/world/chance.ts';
import { World } from '#simulation/world/world.ts';
import { plainFleet } from './plain-fleet.testing.ts';

const minuteMs = 60_000;
const startsAt = Date.UTC(2026, 10, 2);
const serversEach = 3;
const gate = {
  percentMin: 90,
  healthyMin: 3,
  sampleMin: 3,
  soakSeconds: 600,
  decideSeconds: 3_600,
};
const folders = new Map(
  ['test', 'east', 'west'].map((folder, index) => [folder, [brand<ServerId>(`site-${index + 1}`)]]),
);
const careful = {
  name: 'careful',
  schedules: [...folders.keys()].map((folder) => ({ folder, delayMinutes: 0 })),
  rings: [
    { name: brand<RingName>('first'), folders: ['test'], gate },
    { name: brand<RingName>('rest'), folders: ['east', 'west'], gate },
  ],
};

class Organisation {
  readonly world = new World({ seed: 1, startsAt });
  readonly fleet: Fleet;
  readonly #reached = new Map<Digest, Set<string>>();
  readonly #watch: Watch;

  constructor(active: string) {
    const { world } = this;
    const drawn = drawOptions(new Chance(1), serversEach);
    const plans = { active, all: [careful], folders };
    const shape = { sites: 3, serversEach, hasControlManager: true, hasEngines: true, plans };
    this.fleet = new Fleet(world, { ...drawn, ...plainFleet, ...shape });
    // Nobody upgrades anything here.
    for (const { person } of this.fleet.sites) person.habits.minutesLate = 1e6;
    this.#watch = new Watch({ facts: this.fleet.facts, view: () => this.fleet.view() });
    world.watch(this.#watch.see);
    world.watch((seen) => {
      if (seen.type === 'error') throw new Error(seen.text);
      if (seen.type !== 'switched' || seen.lane !== 'content' || seen.isReturn) return;
      if (seen.to === null) return;
      const reached = this.#reached.get(seen.to) ?? new Set();
      this.#reached.set(seen.to, reached.add(this.fleet.facts.placeOf(seen.server).site));
    });
    this.fleet.start();
  }

  /** The control manager finds it at its next look: a pattern, and another one. */
  publish(conduct: ContentConduct = 'works'): readonly Digest[] {
    return this.fleet.publishContent(conduct);
  }

  async pass(minutes: number): Promise<void> {
    const { schedule } = this.world;
    await schedule.run({ time: schedule.now + minutes * minuteMs });
    // Throws what any checker saw.
    this.#watch.recount(schedule.now);
  }

  /** Sites of which some server ever worked with it. */
  reached(releases: readonly Digest[]): readonly string[] {
    const sites = releases.flatMap((release) => [...(this.#reached.get(release) ?? [])]);
    return [...new Set(sites)].toSorted();
  }

  /** How many servers have any of it now. */
  standing(releases: readonly Digest[]): number {
    const servers = this.fleet.sites.flatMap((site) => site.servers);
    const has = (of: Iterable<Digest>): boolean => [...of].some((one) => releases.includes(one));
    return servers.filter((one) => has(one.installed().values())).length;
  }

  /** What its record says of rings, in order. */
  lines(): readonly string[] {
    const record = this.fleet.controlManager?.state.record ?? [];
    return record
      .filter(({ kind }) => /^ring-|^content-withdrawn/.test(kind))
      .map(({ kind, detail }) => {
        const what = [detail['ring'], detail['download'], detail['component'], detail['version']];
        const words = what.filter((word) => typeof word === 'string' || typeof word === 'number');
        return [kind, ...words].join(' ');
      });
  }
}

for (const conduct of ['crashes', 'slow', 'freezes'] as const) {
  test(`content that ${conduct} reaches one folder of sites, and goes back there`, async () => {
    const organisation = new Organisation(careful.name);
    await organisation.pass(60);
    assert.deepEqual(organisation.lines(), [
      'ring-opened first 1',
      'ring-passed first 1',
      'ring-opened rest 1',
      'ring-passed rest 1',
    ]);
    const bad = organisation.publish(conduct);
    await organisation.pass(30);
    assert.deepEqual(organisation.reached(bad), ['site-1']);
    const last = organisation.lines().slice(4);
    assert.deepEqual(last.slice(0, 2), ['ring-opened first 2', 'ring-failed first 2']);
    assert.match(last.slice(2).join(), /content-withdrawn (spyware-)?pattern 1\.102/);
    // Computers that stand still have it until somebody sees to them.
    if (conduct !== 'freezes') assert.equal(organisation.standing(bad), 0);
    const mended = organisation.publish();
    await organisation.pass(conduct === 'freezes' ? 150 : 60);
    assert.equal(organisation.standing(bad), 0);
    // Where computers stood still for an hour, twice, the first ring is not done yet.
    if (conduct !== 'freezes') assert.equal(organisation.standing(mended), 3 * serversEach);
  });
}

test('the same content by deploy to all now: it reaches every site', async () => {
  const organisation = new Organisation(deployToAllNow.name);
  await organisation.pass(10);
  const bad = organisation.publish('crashes');
  await organisation.pass(30);
  assert.deepEqual(organisation.reached(bad), ['site-1', 'site-2', 'site-3']);
  assert.deepEqual(organisation.lines(), []);
});

test('a control manager that is killed at any moment of it goes on, and lets nothing through', async () => {
  for (const minutes of [5.1, 6]) {
    const organisation = new Organisation(careful.name);
    await organisation.pass(60);
    const bad = organisation.publish('crashes');
    await organisation.pass(minutes);
    organisation.fleet.killAbove();
    await organisation.pass(60);
    assert.deepEqual(organisation.reached(bad), ['site-1'], `killed after ${minutes} minutes`);
    assert.equal(organisation.standing(bad), 0, `killed after ${minutes} minutes`);
  }
});

test('emergency content passes the hold of the control manager by approval, through the first ring', async () => {
  const organisation = new Organisation(careful.name);
  const { controlManager } = organisation.fleet;
  assert.ok(controlManager);
  await organisation.pass(60);
  organisation.fleet.holdAbove(24 * 60);
  await organisation.pass(5);
  const urgent = organisation.publish();
  await organisation.pass(30);
  assert.deepEqual(organisation.reached(urgent), []);
  const [pattern, other] = urgent;
  assert.ok(pattern !== undefined && other !== undefined);
  const admit = (version: string, component = brand<ComponentName>('pattern')) =>
    controlManager.admit({ component, version, reason: 'outbreak in Osaka' });
  const unknown = await admit('9.9');
  assert.equal(unknown?.ok === false && unknown.because.code, 'RELEASE_UNKNOWN');
  assert.ok((await admit('1.102'))?.ok);
  await organisation.pass(5);
  assert.deepEqual(organisation.reached([pattern]), ['site-1'], 'one folder first');
  await organisation.pass(40);
  assert.equal(organisation.standing([pattern]), 3 * serversEach);
  assert.equal(organisation.standing([other]), 0, 'nothing else passes');
  const kinds = controlManager.state.record.map(({ kind }) => kind);
  assert.equal(kinds.filter((kind) => kind === 'content-admitted').length, 1);
  // Emergency or not: what does harm ends in the first ring.
  const bad = organisation.publish('crashes');
  await organisation.pass(10);
  assert.ok((await admit('1.103'))?.ok);
  await organisation.pass(40);
  assert.deepEqual(organisation.reached(bad.slice(0, 1)), ['site-1']);
  assert.equal(organisation.standing([pattern]), 3 * serversEach);
  // Everything else comes with the end of the hold, by the rings of its plan.
  const mended = organisation.publish();
  await organisation.pass(10);
  const listed = await controlManager.holds();
  const hold = listed?.ok === true ? listed.value.holds.find(({ active }) => active) : undefined;
  assert.ok(hold);
  assert.ok((await controlManager.endHold({ hold: hold.id }))?.ok);
  await organisation.pass(60);
  assert.equal(organisation.standing(mended), 3 * serversEach);
});

test('a hold of a site is its own: emergency content of the control manager does not pass it', async () => {
  const organisation = new Organisation(careful.name);
  const { controlManager, sites } = organisation.fleet;
  await organisation.pass(60);
  const program = sites[0]?.program;
  assert.ok(controlManager && program);
  organisation.fleet.holdAbove(24 * 60);
  const by = { name: brand<PersonName>('mori'), scope: 'whole' } as const;
  const params = { reason: 'ours', minutes: 600, servers: 'site' as const, components: [] };
  assert.ok((await handlers['hold.add'](program.parts, { ...params, lanes: ['content'] }, by)).ok);
  await organisation.pass(5);
  const urgent = organisation.publish();
  await organisation.pass(10);
  const component = brand<ComponentName>('pattern');
  const reason = 'outbreak';
  assert.ok((await controlManager.admit({ component, version: '1.102', reason }))?.ok);
  await organisation.pass(30);
  assert.deepEqual(organisation.reached(urgent), []);
});

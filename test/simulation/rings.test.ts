/**
 * Two incidents of the field, and a third: content that brings down what works with it, content
 * that makes it slow, content that freezes the whole computer. Whom it reaches through rings, and
 * whom where it goes to everybody at once.
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
import type { SiteRing } from '#domain/ring/site-ring.ts';
import type { ContentConduct } from '#simulation/adapters/content-engine-simulated.ts';
import { Watch } from '#simulation/checkers/watch.ts';
import { Fleet } from '#simulation/fleet/fleet.ts';
import { drawOptions, type FleetOptions } from '#simulation/fleet/options.ts';
import type { RowChange } from '#simulation/observation.ts';
import { Chance } from '#simulation/world/chance.ts';
import { World } from '#simulation/world/world.ts';
import { plainFleet } from './plain-fleet.testing.ts';

const minuteMs = 60_000;
const startsAt = Date.UTC(2026, 10, 2);
const serversEach = 12;
const inFirst = ['site-1-server-1', 'site-1-server-2', 'site-1-server-3'];
const gate = {
  percentMin: 95,
  healthyMin: 2,
  sampleMin: 2,
  soakSeconds: 300,
  decideSeconds: 1_200,
};
const rings: readonly SiteRing[] = [
  {
    name: brand<RingName>('first'),
    servers: inFirst.map((name) => brand<ServerId>(name)),
    domains: [],
    gate,
  },
  { name: brand<RingName>('rest'), servers: [], domains: [], gate },
];

/** A site, what its record says, and which servers ever switched to which content. */
class Incident {
  readonly world = new World({ seed: 1, startsAt });
  readonly fleet: Fleet;
  readonly lines: string[] = [];
  readonly #reached = new Map<Digest, Set<string>>();
  /** When some server switched to it last. */
  readonly lastStart = new Map<Digest, number>();
  readonly #watch: Watch;

  constructor(through: readonly SiteRing[], more: Partial<FleetOptions> = {}) {
    const { world } = this;
    const drawn = drawOptions(new Chance(1), serversEach);
    const shape = { serversEach, rings: through, hasEngines: true, ...more };
    const options = { ...drawn, ...plainFleet, ...shape };
    this.fleet = new Fleet(world, options);
    // Nobody upgrades anything here.
    for (const { person } of this.fleet.sites) person.habits.minutesLate = 1e6;
    this.#watch = new Watch({ facts: this.fleet.facts, view: () => this.fleet.view() });
    world.watch(this.#watch.see);
    world.watch((seen) => {
      if (seen.type === 'error') throw new Error(seen.text);
      if (seen.type === 'committed') seen.rows.forEach((row) => this.#note(row));
      if (seen.type !== 'switched' || seen.lane !== 'content' || seen.isReturn) return;
      if (seen.to === null) return;
      const reached = this.#reached.get(seen.to) ?? new Set();
      this.#reached.set(seen.to, reached.add(seen.server));
      this.lastStart.set(seen.to, world.schedule.now);
    });
    this.fleet.start();
  }

  #note(row: RowChange): void {
    if (row.of !== 'record') return;
    const { kind, detail } = row.entry;
    if (!/^ring-|^content-(withdrawn|admitted)/.test(kind) || detail['component'] !== 'pattern')
      return;
    const words = [kind, detail['ring'], detail['version'], detail['backTo']];
    this.lines.push(words.flatMap((word) => (typeof word === 'string' ? [word] : [])).join(' '));
  }

  /** Newer content, brought to the site at once. Its release, of the first component. */
  publish(conduct: ContentConduct = 'works'): Digest {
    const [release] = this.fleet.publishContent(conduct);
    assert.ok(release !== undefined);
    this.fleet.deliver();
    return release;
  }

  async pass(minutes: number): Promise<void> {
    const { schedule } = this.world;
    await schedule.run({ time: schedule.now + minutes * minuteMs });
    // Throws what any checker saw.
    this.#watch.recount(schedule.now);
  }

  /** Names of the servers that ever worked with it, in order. */
  reached(release: Digest): readonly string[] {
    return [...(this.#reached.get(release) ?? [])].toSorted();
  }

  /** How many have what now. */
  standing(release: Digest): number {
    const servers = this.fleet.sites.flatMap((site) => site.servers);
    return servers.filter((one) => [...one.installed().values()].includes(release)).length;
  }
}

const conducts = ['crashes', 'slow', 'freezes'] as const;
for (const conduct of conducts) {
  test(`content that ${conduct}: its harm ends in the first ring`, async () => {
    const incident = new Incident(rings);
    await incident.pass(1);
    const good = incident.publish();
    await incident.pass(20);
    assert.equal(incident.standing(good), serversEach);
    const bad = incident.publish(conduct);
    await incident.pass(20);
    assert.deepEqual(incident.reached(bad), inFirst);
    assert.deepEqual(incident.lines, [
      'ring-opened first 1.102',
      'ring-passed first 1.102',
      'ring-opened rest 1.102',
      'ring-passed rest 1.102',
      'ring-opened first 1.103',
      'ring-failed first 1.103',
      'content-withdrawn 1.103 1.102',
    ]);
    // A computer that stands still has it until somebody sees to it.
    const still = conduct === 'freezes' ? inFirst.length : 0;
    assert.equal(incident.standing(bad), still);
    assert.equal(incident.standing(good), serversEach - still);
    const mended = incident.publish();
    // Each of two kinds stops them for an hour.
    await incident.pass(conduct === 'freezes' ? 150 : 20);
    assert.equal(incident.standing(bad), 0);
    // Two of three that stand still are no sample: the newer content waits in the first ring.
    if (conduct !== 'freezes') assert.equal(incident.standing(mended), serversEach);
  });

  test(`the same content that ${conduct}, to all at once: it reaches everybody`, async () => {
    const incident = new Incident([]);
    await incident.pass(1);
    incident.publish();
    await incident.pass(5);
    const bad = incident.publish(conduct);
    await incident.pass(10);
    const [site] = incident.fleet.sites;
    assert.ok(site !== undefined);
    const own = String(site.computer.own.seenAs);
    const others = site.servers.map(({ server }) => String(server));
    // Where it freezes computers, that of the information server is the first, and the last as well.
    const everybody = conduct === 'freezes' ? [own] : [own, ...others];
    assert.deepEqual(incident.reached(bad), everybody.toSorted());
  });
}

test('newer content waits until the rings are done with what is under way', async () => {
  const incident = new Incident(rings);
  await incident.pass(1);
  const first = incident.publish();
  await incident.pass(2);
  const second = incident.publish();
  await incident.pass(1);
  assert.deepEqual([incident.standing(first), incident.standing(second)], [inFirst.length, 0]);
  await incident.pass(40);
  assert.equal(incident.standing(second), serversEach);
  // Nobody of the rest had to take what was newer only for a moment.
  assert.equal(incident.reached(first).length, serversEach + 1);
});

test('a ring whose servers are all away is inconclusive: it says so, and waits for a person', async () => {
  const incident = new Incident(rings);
  await incident.pass(1);
  for (const server of incident.fleet.sites[0]?.servers ?? []) {
    if (inFirst.includes(server.server)) server.vanish();
  }
  // Until that is seen.
  await incident.pass(5);
  const release = incident.publish();
  await incident.pass(40);
  assert.deepEqual(incident.lines, ['ring-opened first 1.102', 'ring-inconclusive first 1.102']);
  assert.equal(incident.standing(release), 0);
  const { program } = incident.fleet.sites[0] ?? {};
  assert.ok(program);
  const by = { name: brand<PersonName>('mori'), scope: 'whole' } as const;
  const shown = await handlers['site.show'](program.parts, {}, by);
  const wrong = shown.ok ? shown.value.wrong.map(({ code }) => code) : [];
  assert.ok(wrong.includes('RING_INCONCLUSIVE'));
  const ring = brand<RingName>('first');
  const passed = await handlers['content.pass'](program.parts, { rollout: 'pattern', ring }, by);
  assert.ok(passed.ok);
  await incident.pass(15);
  assert.deepEqual(incident.lines.slice(2), [
    'ring-passed first 1.102',
    'ring-opened rest 1.102',
    'ring-passed rest 1.102',
  ]);
  assert.equal(incident.standing(release), serversEach - inFirst.length);
});

test('what a person withdraws goes back everywhere, rings or none, and stays away', async () => {
  const incident = new Incident([]);
  await incident.pass(1);
  const good = incident.publish();
  await incident.pass(5);
  const bad = incident.publish();
  await incident.pass(5);
  assert.equal(incident.standing(bad), serversEach);
  const { program } = incident.fleet.sites[0] ?? {};
  assert.ok(program);
  const by = { name: brand<PersonName>('mori'), scope: 'whole' } as const;
  const component = brand<ComponentName>('pattern');
  const params = { component, version: '1.103', reason: 'scans take minutes' };
  assert.ok((await handlers['content.withdraw'](program.parts, params, by)).ok);
  await incident.pass(2);
  assert.deepEqual([incident.standing(good), incident.standing(bad)], [serversEach, 0]);
  // The source offers it still; and nobody deploys it by hand either.
  incident.fleet.deliver();
  const servers = [brand<ServerId>('site-1-server-5')];
  const asked = { component, version: '1.103', servers };
  const deployed = await handlers.deploy(program.parts, asked, by);
  assert.equal(deployed.ok ? 'ok' : deployed.because.code, 'CONTENT_WITHDRAWN');
  await incident.pass(5);
  assert.deepEqual([incident.standing(good), incident.standing(bad)], [serversEach, 0]);
});

test('an information server killed at any moment of it comes to the same end', async () => {
  for (const seconds of [1, 4, 30, 330]) {
    const incident = new Incident(rings);
    await incident.pass(1);
    const good = incident.publish();
    await incident.pass(20);
    const bad = incident.publish('crashes');
    await incident.pass(seconds / 60);
    incident.fleet.sites[0]?.launcher.serviceProcess('information-server')?.kill();
    await incident.pass(30);
    const said = `killed after ${seconds} s`;
    assert.deepEqual(incident.reached(bad), inFirst, said);
    assert.deepEqual([incident.standing(good), incident.standing(bad)], [serversEach, 0], said);
    assert.equal(incident.lines.filter((line) => line.startsWith('ring-failed')).length, 1, said);
  }
});

test('emergency content passes a hold by its approval, and goes through the first ring all the same', async () => {
  const incident = new Incident(rings);
  await incident.pass(1);
  const good = incident.publish();
  await incident.pass(20);
  const { program } = incident.fleet.sites[0] ?? {};
  assert.ok(program);
  const by = { name: brand<PersonName>('mori'), scope: 'whole' } as const;
  const asked = { reason: 'year end', minutes: 600, servers: 'site' as const };
  const lanes = ['content' as const];
  const held = await handlers['hold.add'](program.parts, { ...asked, lanes, components: [] }, by);
  assert.ok(held.ok);
  await incident.pass(1);
  const urgent = incident.publish();
  await incident.pass(10);
  assert.deepEqual(incident.reached(urgent), []);
  const content = { component: brand<ComponentName>('pattern'), version: '1.103' };
  const reason = 'outbreak in Osaka';
  assert.ok((await handlers['content.admit'](program.parts, { ...content, reason }, by)).ok);
  await incident.pass(2);
  assert.deepEqual(incident.reached(urgent), inFirst);
  await incident.pass(20);
  assert.equal(incident.standing(urgent), serversEach);
  // Nothing else passes, neither of its own kind nor of another.
  const later = incident.publish();
  await incident.pass(10);
  assert.deepEqual([incident.reached(later), incident.standing(good)], [[], 0]);
  assert.ok(incident.lines.includes('content-admitted 1.103'));
  // What does harm is stopped in the first ring, emergency or not.
  const bad = incident.publish('crashes');
  const worse = { ...content, version: '1.105', reason };
  assert.ok((await handlers['content.admit'](program.parts, worse, by)).ok);
  await incident.pass(15);
  assert.deepEqual(incident.reached(bad), inFirst);
  assert.equal(incident.standing(urgent), serversEach);
});

test('where there are no rings nothing is admitted', async () => {
  const incident = new Incident([]);
  await incident.pass(1);
  const { program } = incident.fleet.sites[0] ?? {};
  assert.ok(program);
  const by = { name: brand<PersonName>('mori'), scope: 'whole' } as const;
  const content = { component: brand<ComponentName>('pattern'), version: '1.102', reason: 'now' };
  const answer = await handlers['content.admit'](program.parts, content, by);
  assert.equal(answer.ok ? 'ok' : answer.because.code, 'RINGS_ABSENT');
});

test('after a withdrawal the last start is a matter of moments, not of a lease', async (context) => {
  const serversOfSite = 150;
  // Servers fetch over a minute, so that the withdrawal finds some who did and some who did not.
  const wide = { bytesPerSecond: 100e6, bytesPerSecondEach: 5e6, latencyMilliseconds: 40 };
  const shape = { serversEach: serversOfSite, jitterSeconds: 60 };
  const incident = new Incident([], { ...shape, ...wide });
  await incident.pass(1);
  incident.publish();
  await incident.pass(3);
  const bad = incident.publish();
  await incident.pass(0.5);
  const { program } = incident.fleet.sites[0] ?? {};
  assert.ok(program);
  const by = { name: brand<PersonName>('mori'), scope: 'whole' } as const;
  const component = brand<ComponentName>('pattern');
  const params = { component, version: '1.103', reason: 'scans take minutes' };
  const withdrawnAt = incident.world.schedule.now;
  assert.ok((await handlers['content.withdraw'](program.parts, params, by)).ok);
  await incident.pass(5);
  const started = incident.reached(bad).length;
  assert.ok(started > 20 && started < serversOfSite);
  const milliseconds = (incident.lastStart.get(bad) ?? Infinity) - withdrawnAt;
  assert.ok(milliseconds < 1_000, `${milliseconds} ms`);
  assert.equal(incident.standing(bad), 0);
  context.diagnostic(
    `${started} of ${serversOfSite} had begun; the last ${milliseconds} ms after it`,
  );
});

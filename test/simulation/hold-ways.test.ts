/**
 * Seven ways around a hold, each tried at a site whose people placed one. Nothing of what comes that
 * way reaches the share or a server until the hold ends; then the newest does.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseServerIni } from '#domain/catalogue/server-ini.ts';
import { contentFilesOf } from '#domain/delivery/content-files.ts';
import { brand, type ComponentName, type Digest, type PersonName } from '#domain/names.ts';
import { handlers } from '#information-server/routes/answer.ts';
import type { Parts } from '#information-server/parts.ts';
import { Watch } from '#simulation/checkers/watch.ts';
import { Fleet } from '#simulation/fleet/fleet.ts';
import { drawOptions, type FleetOptions } from '#simulation/fleet/options.ts';
import { Chance } from '#simulation/world/chance.ts';
import { World } from '#simulation/world/world.ts';
import { plainFleet } from './plain-fleet.testing.ts';

const minuteMs = 60_000;
const serversEach = 3;
const pattern = brand<ComponentName>('pattern');
const by = { name: brand<PersonName>('mori'), scope: 'whole' } as const;

/** A site that has content already, and may hold. */
class HeldSite {
  readonly world = new World({ seed: 1, startsAt: Date.UTC(2026, 10, 2) });
  readonly fleet: Fleet;
  readonly #watch: Watch;

  constructor(more: Partial<FleetOptions>) {
    const { world } = this;
    const shape = {
      ...drawOptions(new Chance(1), serversEach),
      ...plainFleet,
      serversEach,
      ...more,
    };
    this.fleet = new Fleet(world, shape);
    // Nobody upgrades anything here.
    for (const { person } of this.fleet.sites) person.habits.minutesLate = 1e6;
    this.#watch = new Watch({ facts: this.fleet.facts, view: () => this.fleet.view() });
    world.watch(this.#watch.see);
    world.watch((seen) => {
      if (seen.type === 'error') throw new Error(seen.text);
    });
    this.fleet.start();
  }

  async pass(minutes: number): Promise<void> {
    const { schedule } = this.world;
    await schedule.run({ time: schedule.now + minutes * minuteMs });
    // Throws what any checker saw.
    this.#watch.recount(schedule.now);
  }

  get parts(): Parts {
    const { program } = this.fleet.sites[0] ?? {};
    assert.ok(program);
    return program.parts;
  }

  /** How many servers have what of it. */
  standing(release: Digest): number {
    const servers = this.fleet.sites.flatMap((site) => site.servers);
    return servers.filter((one) => [...one.installed().values()].includes(release)).length;
  }

  async isInShare(release: Digest): Promise<boolean> {
    const contents = await this.parts.site.journal.rows.catalogue.contents();
    return contents.some((one) => one.release === release);
  }

  async hold(): Promise<void> {
    const params = { reason: 'year end', minutes: 24 * 60, servers: 'site' as const };
    const lanes = ['content' as const];
    const held = await handlers['hold.add'](this.parts, { ...params, lanes, components: [] }, by);
    assert.ok(held.ok);
    await this.pass(1);
  }

  async endHold(): Promise<void> {
    for (const { id, active } of await this.#holds()) {
      if (!active) continue;
      assert.ok((await handlers['hold.release'](this.parts, { hold: id }, by)).ok);
    }
  }

  async keepsBack(): Promise<readonly string[]> {
    return (await this.#holds()).flatMap(({ keepsBack }) =>
      keepsBack.map(({ component, version }) => `${component} ${version}`),
    );
  }

  async #holds() {
    const listed = await handlers['hold.list'](this.parts, {}, by);
    assert.ok(listed.ok);
    return listed.value.holds;
  }

  /** What is published next, of the first component. */
  publish(): Digest {
    const [release] = this.fleet.publishContent();
    assert.ok(release !== undefined);
    return release;
  }
}

type Way = {
  readonly name: string;
  readonly fleet?: Partial<FleetOptions>;
  /** Whatever somebody or something tries that way; the hold stands. */
  readonly tries: (site: HeldSite, release: Digest) => Promise<unknown> | void;
};

const above = { hasControlManager: true } as const;
const ways: readonly Way[] = [
  // Its control manager looks at the feed by itself, and deploys to all at once.
  { name: 'the default plan', fleet: above, tries: () => undefined },
  {
    name: 'the outbreak plan',
    fleet: above,
    tries: ({ fleet }) => fleet.deliver(),
  },
  {
    name: 'an update task',
    // What the schedule of the site does at its time.
    tries: ({ parts }) => parts.updates.now(undefined),
  },
  {
    name: 'an update by hand',
    tries: ({ parts }) => handlers['update.now'](parts, {}, by),
  },
  { name: 'an older control manager, which knows of no hold', tries: offersAnyhow },
];

/** What arrives at a site is the same, whatever its sender knows or wants. */
async function offersAnyhow({ fleet, parts }: HeldSite): Promise<void> {
  const { feed } = fleet;
  const ini = parseServerIni(feed.catalogue ?? '');
  const files = ini.ok ? contentFilesOf(ini.value) : ini;
  assert.ok(files.ok);
  const items = files.value.flatMap((file) => {
    const digest = feed.find(file.path)?.digest;
    return digest === undefined ? [] : [{ ...file, digest }];
  });
  const metadata = Object.fromEntries(feed.metadata ?? []);
  const fence = { epoch: 9, number: 1 };
  const offer = {
    type: 'offer',
    fence,
    plan: 'of before',
    items,
    catalogue: '',
    metadata,
  } as const;
  await parts.deliveries.offered(offer);
  const sorted = await parts.deliveries.sort();
  assert.deepEqual([sorted?.take, sorted?.refused], [[], []], 'nothing is asked for');
}

for (const { name, fleet = {}, tries } of ways) {
  test(`a hold against ${name}`, async () => {
    const site = new HeldSite(fleet);
    await site.pass(10);
    await site.hold();
    const release = site.publish();
    // It comes to an end in the time of the world, not in ours.
    const tried = Promise.resolve(tries(site, release));
    await site.pass(30);
    await tried;
    assert.deepEqual([await site.isInShare(release), site.standing(release)], [false, 0]);
    assert.ok((await site.keepsBack()).includes('pattern 1.102'));
    await site.endHold();
    await site.pass(20);
    // What a control manager that we only played has, no agent can fetch.
    if (tries === offersAnyhow) return;
    assert.deepEqual([await site.isInShare(release), site.standing(release)], [true, serversEach]);
  });
}

test('a hold against a deployment to chosen servers', async () => {
  const site = new HeldSite({});
  await site.pass(1);
  const older = site.publish();
  site.fleet.deliver();
  await site.pass(10);
  const newer = site.publish();
  site.fleet.deliver();
  await site.pass(10);
  assert.equal(site.standing(newer), serversEach);
  await site.hold();
  const servers = site.fleet.sites[0]?.servers.map(({ server }) => server) ?? [];
  const params = { component: pattern, version: '1.102', servers, preview: false };
  assert.ok((await handlers.deploy(site.parts, params, by)).ok);
  await site.pass(30);
  assert.deepEqual([site.standing(older), site.standing(newer)], [0, serversEach]);
  await site.endHold();
  await site.pass(10);
  assert.equal(site.standing(older), serversEach);
});

test('a hold against a delivery that is under way', async () => {
  // Slow enough for a hold to begin between the agent's order and the file.
  const site = new HeldSite({ ...above, bytesPerSecond: 20_000, bytesPerSecondEach: 20_000 });
  await site.pass(60);
  const release = site.publish();
  site.fleet.deliver();
  await site.pass(0.02);
  const asked = (await site.parts.deliveries.sort())?.take.map(({ version }) => version);
  assert.ok(asked?.includes('1.102'), 'the agent fetches it');
  await site.hold();
  await site.pass(30);
  assert.deepEqual([await site.isInShare(release), site.standing(release)], [false, 0]);
  await site.endHold();
  await site.pass(60);
  assert.deepEqual([await site.isInShare(release), site.standing(release)], [true, serversEach]);
});

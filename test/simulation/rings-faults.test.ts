/**
 * Content in rings while everything else goes wrong too: drawn faults of all kinds, and between good
 * patterns some that bring down what works with them. Their harm stays in the first ring.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type Digest, type RingName, type ServerId } from '#domain/names.ts';
import type { SiteRing } from '#domain/ring/site-ring.ts';
import type { ContentConduct } from '#simulation/adapters/content-engine-simulated.ts';
import type { FaultEvent } from '#simulation/faults/fault.ts';
import type { Fleet } from '#simulation/fleet/fleet.ts';
import { run } from '#simulation/run.ts';

const minuteMs = 60_000;
const gate = {
  percentMin: 60,
  healthyMin: 1,
  sampleMin: 1,
  soakSeconds: 120,
  decideSeconds: 1_200,
};
const inFirst = ['site-1-server-1', 'site-1-server-2', 'site-2-server-1'];
const rings: readonly SiteRing[] = [
  {
    name: brand<RingName>('first'),
    servers: inFirst.map((name) => brand<ServerId>(name)),
    domains: [],
    gate,
  },
  { name: brand<RingName>('rest'), servers: [], domains: [], gate },
];
const published: readonly (readonly [minute: number, conduct: ContentConduct])[] = [
  [5, 'works'],
  [9, 'crashes'],
  [14, 'works'],
  [22, 'slow'],
  [37, 'works'],
  [45, 'crashes'],
];

/** What the run came to, whom bad content reached, and who has it in the end. */
async function play(seed: number) {
  const bad = new Set<Digest>();
  const reached = new Set<string>();
  const fleets: Fleet[] = [];
  const publish = ([minute, conduct]: (typeof published)[number]): FaultEvent => ({
    after: minute * minuteMs,
    fault: 'script',
    what: `content that ${conduct}`,
    act(fleet) {
      const releases = fleet.publishContent(conduct);
      if (conduct !== 'works') for (const one of releases) bad.add(one);
      fleet.deliver();
    },
  });
  const { violation } = await run({
    seed,
    servers: 6,
    events: null,
    faults: null,
    keep: null,
    fleet: { rings, hasEngines: true, minutesBetweenContents: null },
    script(fleet) {
      fleets.push(fleet);
      fleet.world.watch((seen) => {
        if (seen.type !== 'switched' || seen.isReturn || seen.to === null) return;
        if (bad.has(seen.to)) reached.add(seen.server);
      });
      return published.map(publish);
    },
  });
  const servers = fleets.flatMap(({ sites }) => sites.flatMap((site) => site.servers));
  const left = servers
    .filter(({ isLost }) => !isLost)
    .filter((one) => [...one.installed().values()].some((digest) => bad.has(digest)))
    .map(({ server }) => server);
  return { violation, reached, left };
}

test('whatever else goes wrong, bad content reaches the first ring alone, and nobody keeps it', async () => {
  let harmed = 0;
  for (const seed of [409, 414, 433]) {
    const { violation, reached, left } = await play(seed);
    assert.equal(violation, null, `seed ${seed}`);
    const outside = [...reached].filter((server) => !inFirst.includes(server));
    assert.deepEqual([outside, left], [[], []], `seed ${seed}`);
    harmed += reached.size;
  }
  assert.ok(harmed > 0);
});

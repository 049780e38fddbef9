/**
 * The forecast leaves out messages, journals and processes. Held against the whole simulation,
 * which leaves out nothing: calibrated on the first group of a fault-free fleet alone, it tells
 * when each group begins and ends, and what it moves.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Digest, GroupName, Instant, ServerId } from '#domain/names.ts';
import { invariant } from '#domain/result.ts';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import { forecastOf } from '#forecast/forecast.ts';
import { mergeHabits } from '#forecast/habits.ts';
import { habitsOf } from '#forecast/history.ts';
import type { ForecastRequest, Habits, PastInput } from '#ports/forecast.ts';
import { Fleet } from '#simulation/fleet/fleet.ts';
import type { FleetOptions } from '#simulation/fleet/options.ts';
import { World } from '#simulation/world/world.ts';

const startsAt = Date.UTC(2026, 10, 2);
const hour = 3_600_000;

const even: FleetOptions = {
  sites: 1,
  serversEach: 60,
  groups: 3,
  bytesPerSecond: 4_000_000,
  bytesPerSecondEach: 4_000_000,
  latencyMilliseconds: 5,
  jitterMilliseconds: 0,
  jitterSeconds: 0,
  archiveBytes: 40_000_000,
  gate: { percentMin: 95, sampleMin: 1, soakSeconds: 60 },
  minutesBetween: 60,
  hold: 'servers',
  approve: false,
  inFlightMax: 20,
  leaseSeconds: 120,
  proveSeconds: 60,
  holdMinutesMax: 240,
  stageMinutesMax: 240,
  agentStop: false,
  hasControlManager: false,
  minutesBetweenContents: null,
  windows: null,
  beside: null,
};

type Seen = {
  readonly plan: UpgradePlan;
  readonly startedAt: Instant;
  readonly inputs: readonly PastInput[];
  /** Bytes of the release, by server. */
  readonly bytes: ReadonlyMap<ServerId, number>;
  readonly groups: ReadonlyMap<GroupName, { readonly startsAt: Instant; readonly endsAt: Instant }>;
};

/** The whole simulation, from the first look of a person to the end of the upgrade. */
async function simulate(options: FleetOptions): Promise<Seen> {
  const world = new World({ seed: 5, startsAt });
  const fleet = new Fleet(world, options);
  const archives = new Set<Digest>(
    fleet.newRelease.manifest.packages.map((one) => one.archive.digest),
  );
  const bytes = new Map<ServerId, number>();
  world.watch((seen) => {
    if (seen.type === 'error') assert.fail(`${seen.process}: ${seen.text}`);
    if (seen.type !== 'fetched' || !archives.has(seen.digest)) return;
    bytes.set(seen.server, (bytes.get(seen.server) ?? 0) + seen.bytes);
  });
  fleet.start();
  const until = startsAt + 48 * hour;
  await world.schedule.run({ isOver: () => fleet.isDone() || world.schedule.now > until });
  assert.ok(fleet.isDone(), fleet.standing());
  const [site] = fleet.view().sites;
  const head = site?.journal.heads[0];
  invariant(site !== undefined && head !== undefined, 'a site with an upgrade');
  const plan = site.journal.plan(head.upgrade);
  invariant(plan !== null, 'an upgrade with a plan');
  return {
    plan,
    startedAt: head.startedAt,
    inputs: site.journal.inputs(head.upgrade).map(({ at, input }) => ({
      at,
      server: input.server ?? null,
      event: input.event,
    })),
    bytes,
    groups: new Map(
      site.journal.groups(head.upgrade).map((group) => {
        assert.equal(group.state, 'passed');
        return [group.name, { startsAt: group.openedAt ?? 0, endsAt: group.since }];
      }),
    ),
  };
}

/** What was journalled until the first group had passed. */
function learned(seen: Seen, options: FleetOptions): Habits {
  const first = seen.plan.groups[0];
  invariant(first !== undefined, 'a first group');
  const passedAt = seen.groups.get(first.name)?.endsAt ?? 0;
  const past = {
    plan: seen.plan,
    startedAt: seen.startedAt,
    inputs: seen.inputs.filter(({ at }) => at <= passedAt),
    bytes: first.servers.map((server) => ({
      server,
      archive: options.archiveBytes,
      received: seen.bytes.get(server) ?? 0,
    })),
  };
  const never = { from: 'default', value: 0 } as const;
  return {
    ...mergeHabits(habitsOf([past])),
    // One group of a fault-free fleet says nothing about faults; here it is known.
    absent: never,
    fails: {},
    vanishes: never,
  };
}

function requestOf(seen: Seen, options: FleetOptions): ForecastRequest {
  return {
    plan: seen.plan,
    servers: seen.plan.groups.flatMap(({ servers }) =>
      servers.map((server) => ({
        server,
        fetchBytes: options.archiveBytes,
        state: 'to-do' as const,
      })),
    ),
    startsAt: seen.startedAt,
    linkBitsPerSecond: options.bytesPerSecond * 8,
    // Nobody knows it of a real fleet either: it shows in the time that staging takes.
    serverBitsPerSecond: null,
    withInformationServer: true,
    releaseDigest: seen.plan.release.digest,
    habits: learned(seen, options),
    runs: 21,
    seed: 1,
  };
}

function agrees(title: string, change: Partial<FleetOptions>, secondsMax = 5): void {
  test(title, async () => {
    const options = { ...even, ...change };
    const seen = await simulate(options);
    const forecast = forecastOf(requestOf(seen, options));
    for (const group of forecast.groups) {
      const real = seen.groups.get(group.name);
      const servers = seen.plan.groups.find(({ name }) => name === group.name)?.servers ?? [];
      const moved = servers.reduce((sum, server) => sum + (seen.bytes.get(server) ?? 0), 0);
      assert.equal(group.bytes.median, moved, `${group.name}: bytes`);
      near(group.startsAt?.median, real?.startsAt, secondsMax, `${group.name} begins`);
      near(group.endsAt?.median, real?.endsAt, secondsMax, `${group.name} ends`);
    }
  });
}

function near(
  forecast: number | undefined,
  real: number | undefined,
  secondsMax: number,
  what: string,
): void {
  const seconds = ((forecast ?? Number.NaN) - (real ?? Number.NaN)) / 1_000;
  assert.ok(Math.abs(seconds) <= secondsMax, `${what} ${seconds} s later than in the simulation`);
}

describe('forecast and simulation agree', () => {
  agrees('where the link sets the time', {});
  agrees('where the limit in flight sets the time', { inFlightMax: 1, bytesPerSecond: 40_000_000 });
  agrees('where one server can take less than its share', {
    bytesPerSecond: 1_000_000_000,
    bytesPerSecondEach: 500_000,
  });
  agrees('in groups that follow each other at once, over a slow network', {
    minutesBetween: 0,
    latencyMilliseconds: 300,
    jitterMilliseconds: 20,
    groups: 4,
    hold: 'site',
  });
  // When the first of a group begins is chance: up to a few seconds on its own.
  agrees('where servers begin at different moments', { jitterSeconds: 30 }, 10);
});

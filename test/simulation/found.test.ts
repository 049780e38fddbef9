/** What random seeds have found once, each cut down to a fleet and the few events that it takes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fleet } from '#simulation/fleet/fleet.ts';
import type { FleetOptions } from '#simulation/fleet/options.ts';
import { run } from '#simulation/run.ts';

const minuteMs = 60_000;

type Happening = { readonly minute: number; act(fleet: Fleet): void };

const plain: Partial<FleetOptions> = {
  sites: 1,
  serversEach: 4,
  groups: 2,
  bytesPerSecond: 1_000_000,
  latencyMilliseconds: 5,
  jitterMilliseconds: 0,
  archiveBytes: 200_000,
  jitterSeconds: 0,
  gate: { percentMin: 80, sampleMin: 1, soakSeconds: 30 },
  minutesBetween: 5,
  hold: 'servers',
  approve: false,
  inFlightMax: 2,
  leaseSeconds: 120,
  proveSeconds: 30,
  holdMinutesMax: 60,
  stageMinutesMax: 30,
  agentStop: false,
  hasControlManager: false,
  minutesBetweenContents: null,
};

function check(
  title: string,
  happenings: readonly Happening[],
  change: Partial<FleetOptions> = {},
): void {
  test(title, async () => {
    const outcome = await run({
      seed: 1,
      servers: 4,
      events: null,
      faults: [],
      keep: null,
      fleet: { ...plain, ...change },
      script: () =>
        happenings.map(({ minute, act }) => ({
          after: minute * minuteMs,
          fault: 'script',
          what: title,
          act,
        })),
    });
    assert.equal(outcome.violation, null);
    assert.equal(outcome.end, 'finished');
  });
}

function siteOf(fleet: Fleet): Fleet['sites'][number] {
  const site = fleet.sites[0];
  assert.ok(site !== undefined);
  return site;
}

check('the plain fleet of these tests comes through without any of it', []);

function clockGoesBack(minute: number): Happening {
  return {
    minute,
    act(fleet) {
      siteOf(fleet).machine.clockOffset -= 60 * minuteMs;
    },
  };
}

check(
  'a wall clock that goes back while an upgrade holds content leaves no hold behind',
  [clockGoesBack(2)],
  { hold: 'site', bytesPerSecond: 5_000, holdMinutesMax: 600 },
);

check('a hold that is asked for after the wall clock went back is no longer for it', [
  clockGoesBack(1.02),
]);

check('a disk that is full under the information server is no broken invariant', [
  {
    minute: 2,
    act(fleet) {
      const { disk } = siteOf(fleet).machine;
      const taken = disk.bytesFree;
      disk.bytesFree = 0;
      fleet.world.schedule.after(minuteMs, () => {
        disk.bytesFree += taken;
      });
    },
  },
]);

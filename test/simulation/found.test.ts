/** What random seeds have found once, each cut down to a fleet and the few events that it takes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Fleet } from '#simulation/fleet/fleet.ts';
import type { FleetOptions } from '#simulation/fleet/options.ts';
import { run } from '#simulation/run.ts';
import { plainFleet } from './plain-fleet.testing.ts';

const minuteMs = 60_000;

type Happening = {
  readonly minute: number;
  /** Default: what the test itself does. */
  readonly fault?: string;
  act(fleet: Fleet): void;
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
      fleet: { ...plainFleet, ...change },
      script: () =>
        happenings.map(({ minute, fault = 'test', act }) => ({
          after: minute * minuteMs,
          fault,
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

const epochsSeen: number[] = [];
let backup: ReturnType<Fleet['sites'][number]['backUp']> | null = null;
const noteEpoch = (minute: number): Happening => ({
  minute,
  act(fleet) {
    epochsSeen.push(siteOf(fleet).program?.parts.site.epoch ?? -1);
  },
});

check('an information server that was put back to an old backup begins an epoch that never was', [
  {
    minute: 3,
    act(fleet) {
      epochsSeen.length = 0;
      backup = siteOf(fleet).backUp();
    },
  },
  { minute: 3.1, act: (fleet) => siteOf(fleet).powerCut(1_000) },
  noteEpoch(3.5),
  {
    minute: 4,
    act(fleet) {
      assert.ok(backup !== null);
      // Cut off: no server can tell it what it has seen of the life that is lost.
      for (const { path } of siteOf(fleet).servers) path.cut({ up: true, down: true });
      siteOf(fleet).restore(backup);
    },
  },
  noteEpoch(4.5),
  {
    minute: 5,
    act(fleet) {
      for (const { path } of siteOf(fleet).servers) path.cut({ up: false, down: false });
      const [lost = 0, now = 0] = epochsSeen;
      assert.ok(now > lost, `${now} after ${lost}`);
    },
  },
]);

check('heads of a life that a backup and a clock that went back have lost are no attack', [
  {
    minute: 0.3,
    act(fleet) {
      backup = siteOf(fleet).backUp();
    },
  },
  { minute: 0.5, act: (fleet) => siteOf(fleet).powerCut(1_000) },
  clockGoesBack(2.9),
  {
    minute: 3,
    act(fleet) {
      assert.ok(backup !== null);
      siteOf(fleet).restore(backup);
    },
  },
  {
    minute: 15,
    act(fleet) {
      const lines = fleet
        .view()
        .sites.flatMap(({ journal }) => journal.record(0))
        .filter(({ kind }) => kind === 'record-cut');
      assert.deepEqual(
        [...new Set(lines.map(({ detail }) => detail['because']))],
        ['RECORD_RESTORED'],
      );
    },
  },
]);

check('a server whose disk is full obeys nothing that it would forget', [
  {
    minute: 0.25,
    fault: 'disks',
    act(fleet) {
      const server = siteOf(fleet).servers[0];
      assert.ok(server !== undefined);
      server.machine.disk.bytesFree = 0;
    },
  },
  { minute: 1.6, act: (fleet) => siteOf(fleet).servers[0]?.powerCut(minuteMs) },
  {
    minute: 2,
    act(fleet) {
      const server = siteOf(fleet).servers[0];
      assert.ok(server !== undefined);
      server.machine.disk.bytesFree = 100e9;
    },
  },
]);

check('a new information server that does not prove itself has laid no baseline meanwhile', [
  {
    minute: 0.5,
    act(fleet) {
      siteOf(fleet).computer.conduct = { is: 'ends', afterMilliseconds: 300 };
    },
  },
  {
    minute: 3,
    act(fleet) {
      const site = siteOf(fleet);
      assert.match(site.computer.share.catalogue ?? '', /Version=5.70/);
      site.repair();
    },
  },
]);

check('a version that stands still is repaired although it would do something else by now', [
  {
    minute: 4,
    act(fleet) {
      const { computer, launcher } = siteOf(fleet);
      computer.conduct = { is: 'hangs' };
      launcher.serviceProcess('information-server')?.kill();
    },
  },
  {
    minute: 5,
    act(fleet) {
      siteOf(fleet).computer.conduct = { is: 'ends', afterMilliseconds: 500 };
    },
  },
  { minute: 20, act: (fleet) => siteOf(fleet).repair() },
]);

function setFree(fleet: Fleet, bytesFree: number): void {
  for (const { machine } of siteOf(fleet).servers) machine.disk.bytesFree = bytesFree;
}

check('a disk that was emptied since its server said hello stands against no plan', [
  { minute: 0, act: (fleet) => setFree(fleet, 500_000) },
  { minute: 0.5, act: (fleet) => setFree(fleet, 100e9) },
]);

function isCut(fleet: Fleet, server: number, cut: boolean): void {
  siteOf(fleet).servers[server]?.path.cut({ up: cut, down: cut });
}

function stateOf(fleet: Fleet, server: number): string | undefined {
  const name = siteOf(fleet).servers[server]?.server;
  const [journal] = fleet.view().sites.map((site) => site.journal);
  const [upgrade] = journal?.heads.map((head) => head.upgrade) ?? [];
  if (journal === undefined || upgrade === undefined) return undefined;
  return [...journal.rows(upgrade)].find((row) => row.server === name)?.state;
}

check(
  'a server of a group that has passed, back while the upgrade is paused, is not left behind',
  [
    { minute: 0.8, act: (fleet) => isCut(fleet, 1, true) },
    { minute: 3, act: (fleet) => siteOf(fleet).person.pause() },
    { minute: 3.2, act: (fleet) => isCut(fleet, 1, false) },
    { minute: 8, act: (fleet) => siteOf(fleet).person.resume() },
    { minute: 12, act: (fleet) => assert.equal(stateOf(fleet, 1), 'upgraded') },
  ],
  { minutesBetween: 30 },
);

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chance } from '../world/chance.ts';
import type { Machine } from '../world/machine.ts';
import { minuteMs, Night, osakaDelayMinutes, type Strike } from './control-manager.testing.ts';

test('content goes out by plan: each folder after its delay, nothing under a hold, then the newest', async () => {
  const night = new Night();
  await night.pass();
  assert.deepEqual(night.arrivals, [
    '0 tokyo 1.23',
    `${osakaDelayMinutes} osaka 1.23`,
    // Found at 30 and at 40, while the hold was on; in Osaka the second was due at 50 only.
    '45 osaka 1.25',
    '45 tokyo 1.27',
    '50 osaka 1.27',
    '59 tokyo 1.29',
    '63 osaka 1.29',
  ]);
  assert.deepEqual(night.errors, []);
});

test('the same night again is the same, event by event', async () => {
  const prints = [];
  for (const night of [new Night(), new Night()]) {
    await night.pass();
    prints.push([night.world.fingerprint, night.world.schedule.events]);
  }
  assert.deepEqual(prints[0], prints[1]);
});

test('any program killed between any two of its effects: all sites have the same in the end', async (context) => {
  const quiet = new Night();
  await quiet.pass();
  const strikes: Strike[] = [];
  for (const [process, { effects }] of quiet.first) {
    for (let effect = 1; effect <= effects; effect++) {
      strikes.push({ process, effect, when: 'before' }, { process, effect, when: 'after' });
    }
  }
  for (const strike of strikes) {
    const night = new Night(strike);
    await night.pass();
    const said = JSON.stringify(strike);
    assert.equal(night.first.get(strike.process)?.isAlive, false, `it was killed: ${said}`);
    assert.deepEqual(night.end(), quiet.end(), said);
    assert.deepEqual(night.arrivedUnderHold, [], said);
  }
  assert.ok(strikes.length > 400);
  context.diagnostic(`${strikes.length} kills, each in a night of its own`);
});

test('an offer that was lost on its way is not sent again under a hold that began since', async () => {
  const night = new Night();
  const [, osaka] = night.sites;
  assert.ok(osaka);
  night.at(osakaDelayMinutes - 0.1, () => osaka.path.cut({ up: true, down: true }));
  night.at(25, () => osaka.path.cut({ up: false, down: false }));
  await night.pass();
  assert.deepEqual(
    night.arrivals.filter((one) => one.includes('osaka')),
    ['45 osaka 1.25', '50 osaka 1.27', '63 osaka 1.29'],
  );
});

/** Without power for so long. */
function blackOut(night: Night, of: { machine: Machine; launcher: { boot(): void } }): void {
  of.machine.powerCut(new Chance(7));
  night.world.schedule.after(2 * minuteMs, () => {
    of.machine.hasPower = true;
    of.launcher.boot();
  });
}

/** What goes wrong for a while, and from which minutes on it is tried. */
const troubles: readonly [what: string, act: (night: Night, minute: number) => void][] = [
  ['the control manager is without power', (night) => blackOut(night, night.controlManager)],
  [
    'a site is without power',
    (night) => night.sites.slice(0, 1).forEach((one) => blackOut(night, one)),
  ],
  ['the control manager is frozen', (night) => night.controlManager.machine.freeze(3 * minuteMs)],
  ['a site is frozen', (night) => night.sites[0]?.machine.freeze(3 * minuteMs)],
  [
    'the path is cut upward',
    (night, minute) => {
      for (const { path } of night.sites) path.cut({ up: true, down: false });
      night.at(minute + 4, () => {
        for (const { path } of night.sites) path.cut({ up: false, down: false });
      });
    },
  ],
  [
    'the disk of the control manager is full',
    ({ controlManager: { machine }, at }, minute) => {
      const { bytesFree } = machine.disk;
      machine.disk.bytesFree = 0;
      at(minute + 6, () => {
        machine.disk.bytesFree += bytesFree;
      });
    },
  ],
  [
    'the disk of a site is full',
    (night, minute) => {
      const disk = night.sites[0]?.machine.disk;
      if (disk === undefined) return;
      const { bytesFree } = disk;
      disk.bytesFree = 0;
      night.at(minute + 6, () => {
        disk.bytesFree += bytesFree;
      });
    },
  ],
  ...(['missing', 'short'] as const).map(
    (how): [string, (night: Night, minute: number) => void] => [
      `a file of the feed is ${how}`,
      (night, minute) => {
        night.feed.spoil('2', how);
        night.at(minute + 6, () => night.feed.mend());
      },
    ],
  ),
  [
    'the feed is torn, then gone',
    (night, minute) => {
      night.feed.tear();
      night.at(minute + 3, () => {
        night.feed.isThere = false;
      });
      night.at(minute + 6, () => night.feed.mend());
    },
  ],
  [
    'the feed offers older programs',
    (night) => night.feed.offerPrograms([{ section: 'Info_2_50000_4_1', version: '5.58' }]),
  ],
];

for (const [what, act] of troubles) {
  test(`${what} for some minutes, whenever: all sites have the same in the end`, async () => {
    const quiet = new Night();
    await quiet.pass();
    for (const minute of [0.1, 10.2, 19.9, 30.1, 44.9, 45.2, 58.9, 63.1]) {
      const night = new Night();
      night.at(minute, () => act(night, minute));
      await night.pass();
      assert.deepEqual(night.end(), quiet.end(), `from minute ${minute}`);
      assert.deepEqual(night.arrivedUnderHold, [], `from minute ${minute}`);
    }
  });
}

test('a control manager restored from an old backup: its sites follow it, and have the same in the end', async () => {
  const quiet = new Night();
  await quiet.pass();
  for (const minute of [10.2, 18, 58.9, 63.1]) {
    const night = new Night();
    const { controlManager } = night;
    night.at(minute - 5, () => {
      const backup = controlManager.backup();
      night.at(minute, () => controlManager.restore(backup));
    });
    await night.pass();
    assert.deepEqual(night.standing(), quiet.standing(), `restored at minute ${minute}`);
    assert.deepEqual(night.arrivedUnderHold, [], `restored at minute ${minute}`);
  }
});

test('a clock of the control manager that is set back, and right again later, undoes no hold', async () => {
  const quiet = new Night();
  await quiet.pass();
  for (const minute of [10.2, 19.9, 30.1, 44.9, 58.9, 63.1]) {
    const night = new Night();
    const { machine } = night.controlManager;
    night.at(minute, () => {
      machine.clockOffset -= 60 * minuteMs;
    });
    night.at(minute + 10, () => {
      machine.clockOffset += 60 * minuteMs;
    });
    await night.pass();
    assert.deepEqual(night.standing(), quiet.standing(), `from minute ${minute}`);
    assert.deepEqual(night.arrivedUnderHold, [], `from minute ${minute}`);
  }
});

/**
 * Invariants that hold for a fleet as a whole and have no single place in the code. Each is watched
 * in every simulated run; here under the faults that strain it most.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultNames } from '#simulation/faults/faults.ts';
import type { FaultEvent } from '#simulation/faults/fault.ts';
import type { Fleet } from '#simulation/fleet/fleet.ts';
import { run, type RunOptions } from '#simulation/run.ts';

const seeds = [1, 2, 3];

function check(
  title: string,
  faults: readonly string[],
  happens: Pick<RunOptions, 'fleet' | 'script'> = {},
): void {
  test(title, async () => {
    assert.deepEqual(
      faults.filter((name) => !faultNames.includes(name)),
      [],
      'every fault exists',
    );
    let happened = 0;
    for (const seed of seeds) {
      const outcome = await run({ seed, servers: 8, events: null, faults, keep: null, ...happens });
      assert.equal(outcome.violation, null, `seed ${seed}`);
      happened += outcome.faultEvents.length;
    }
    assert.ok(happened > 0, 'faults happened');
  });
}

check(
  'I21: no server runs a version that its information server does not permit, while that one is upgraded, killed and put back',
  ['own-upgrade', 'backups', 'kills'],
);
check('I22: a server ends old, new or held with a reason, whatever befalls it', [
  'servers',
  'kills',
  'power',
  'disks',
]);
check('I23: bytes accounted are bytes sent, over links that break and machines that die', [
  'links',
  'power',
  'kills',
]);
/** From the third minute to the second hour, when its upgrade begins and while it runs. */
function cutOffFromAbove({ sites, controlManager }: Fleet): readonly FaultEvent[] {
  assert.ok(controlManager !== null, 'there is a control manager');
  return sites.flatMap(({ above, name }) =>
    [true, false].map((isCut) => ({
      after: isCut ? 3 * 60_000 : 2 * 3_600_000,
      fault: 'test',
      what: `${name} is ${isCut ? 'cut off' : 'reached again'}`,
      act() {
        assert.ok(above !== null, 'there is an agent');
        above.path.cut({ up: isCut, down: isCut });
      },
    })),
  );
}

check(
  'I24: a site that is cut off from its control manager keeps serving',
  ['control-manager', 'links'],
  { fleet: { hasControlManager: true }, script: cutOffFromAbove },
);
check(
  'I27: no server stages or switches to what its own lane did not sign, whoever above it lies',
  ['liars-above', 'own-upgrade', 'kills'],
);
check('I26: no head of a record that a server was told disappears, but by a backup that says so', [
  'backups',
  'kills',
  'own-upgrade',
  'links',
]);

/**
 * Two upgrades of one site beside each other: that of the daemons, and one of a second program on
 * the same servers. The limit of what may be in flight is for both together.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isInFlight } from '#domain/upgrade/state.ts';
import type { FleetOptions } from '#simulation/fleet/options.ts';
import { run } from '#simulation/run.ts';

type Found = {
  /** In flight at one moment, over all upgrades. */
  most: number;
  /** Upgrades that had servers in flight at one moment. */
  upgrades: number;
  /** Upgrades that ended so. */
  finished: number;
  /** Groups that were switching when their window closed. */
  closings: number;
};

async function watched(options: {
  readonly seed: number;
  readonly fleet: Partial<FleetOptions>;
}): Promise<Found> {
  const found: Found = { most: 0, upgrades: 0, finished: 0, closings: 0 };
  const flying = new Map<string, Set<string>>();
  const { violation, end } = await run({
    ...options,
    servers: 16,
    events: null,
    faults: [],
    keep: null,
    script(fleet) {
      fleet.world.watch((seen) => {
        if (seen.type !== 'committed') return;
        for (const change of seen.rows) {
          if (change.of === 'group') {
            const { before, after } = change;
            const isClosed = after.because?.code === 'WINDOW_CLOSED';
            if (before?.state === 'switching' && isClosed) found.closings += 1;
          } else if (change.of === 'head') {
            if (change.after.state === 'finished' && change.before?.state !== 'finished') {
              found.finished += 1;
            }
          } else if (change.of === 'row') {
            const known = flying.get(change.upgrade) ?? new Set();
            flying.set(change.upgrade, known);
            if (isInFlight(change.after.state)) known.add(change.after.server);
            else known.delete(change.after.server);
          }
        }
        const sizes = [...flying.values()].map(({ size }) => size).filter((size) => size > 0);
        found.upgrades = Math.max(found.upgrades, sizes.length);
        found.most = Math.max(
          found.most,
          sizes.reduce((sum, size) => sum + size, 0),
        );
      });
      return [];
    },
  });
  assert.equal(violation, null);
  assert.equal(end, 'finished');
  return found;
}

const two: Partial<FleetOptions> = {
  sites: 1,
  serversEach: 16,
  groups: 1,
  bytesPerSecond: 1_000_000,
  bytesPerSecondEach: 1_000_000,
  latencyMilliseconds: 5,
  jitterMilliseconds: 0,
  archiveBytes: 200_000,
  jitterSeconds: 0,
  gate: { percentMin: 80, sampleMin: 1, soakSeconds: 30 },
  minutesBetween: 0,
  approve: false,
  inFlightMax: 2,
  leaseSeconds: 120,
  proveSeconds: 120,
  holdMinutesMax: 60,
  stageMinutesMax: 30,
  hasControlManager: false,
  minutesBetweenContents: null,
  windows: null,
};

for (const form of ['upgrade', 'deployment'] as const) {
  test(`an upgrade and a second program's ${form} are in flight together, within one limit`, async () => {
    const found = await watched({ seed: 2, fleet: { ...two, beside: { form, from: 'groups' } } });
    assert.deepEqual(found, { most: 2, upgrades: 2, finished: 2, closings: 0 });
  });
}

test('a window that closes in the middle of a group keeps the rest of it for the next one', async () => {
  const windows = { openMinutes: 0.2, closedMinutes: 5 };
  const found = await watched({
    seed: 1,
    fleet: { ...two, windows, inFlightMax: 1, beside: null },
  });
  assert.equal(found.finished, 1);
  assert.ok(found.closings >= 1, `${found.closings} closings`);
});

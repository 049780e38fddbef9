/** The system's clock and those of simulated processes, over one suite; and a clock that jumps. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '#adapters/daemon/clock-system.ts';
import { clockContract, type ClockFixture } from './clock.ts';
import { oneMachine } from './simulated.ts';

clockContract('the system', (): ClockFixture => ({
  clock: systemClock,
  async until(what, isSo) {
    const deadline = performance.now() + 20_000;
    while (!isSo()) {
      assert.ok(performance.now() < deadline, `in vain: ${what}`);
      await sleep(5);
    }
  },
  pass: (milliseconds) => sleep(milliseconds),
}));

function simulated() {
  const { schedule, machine, process } = oneMachine('server');
  const pass = (milliseconds: number, isOver = () => false): Promise<void> => {
    // Where nothing is left to happen, simulated time stands still.
    schedule.after(milliseconds, () => undefined);
    return schedule.run({ isOver, time: schedule.now + milliseconds });
  };
  const until = async (what: string, isSo: () => boolean): Promise<void> => {
    await pass(60_000, isSo);
    assert.ok(isSo(), `in vain: ${what}`);
  };
  return { machine, process, clock: process.clock, pass, until };
}

clockContract('simulated', (): ClockFixture => simulated());

clockContract('simulated, counting fast since a while', (): ClockFixture => {
  const made = simulated();
  made.machine.setClockRate(1.5);
  return made;
});

clockContract('simulated, set back', (): ClockFixture => {
  const made = simulated();
  made.machine.clockOffset = -3_600_000.5;
  return made;
});

test('a simulated clock that is set back or counts otherwise moves no wait and no monotonic time', async () => {
  const { machine, clock, pass } = simulated();
  const happened: string[] = [];
  await pass(1_000);
  clock.after(1_000, () => happened.push('waited'));
  const [wall, monotonic] = [clock.now(), clock.monotonic()];
  machine.clockOffset = -60_000;
  assert.equal(clock.now(), wall - 60_000);
  assert.equal(clock.monotonic(), monotonic);
  await pass(999);
  assert.deepEqual(happened, []);
  machine.setClockRate(0.5);
  assert.equal(clock.monotonic(), monotonic + 999);
  await pass(1);
  assert.deepEqual(happened, ['waited']);
});

test('a dead process asks for nothing any more', async () => {
  const { process, clock, pass } = simulated();
  let count = 0;
  const tick = (): void => void (count += 1);
  clock.after(10, tick);
  process.kill();
  clock.after(10, tick);
  await pass(100);
  assert.equal(count, 0);
});

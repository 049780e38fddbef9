import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chance } from './chance.ts';
import { Machine, type Process } from './machine.ts';
import { Schedule } from './schedule.ts';

function started(startsAt = 0): {
  schedule: Schedule;
  machine: Machine;
  process: Process;
} {
  const schedule = new Schedule(startsAt);
  const machine = new Machine({ name: 'here', schedule, diskBytes: 1e9 });
  return { schedule, machine, process: machine.start('program', new Chance(1)) };
}

test('a clock that begins to drift does not jump, and its timers follow it', () => {
  const { schedule, machine, process } = started(1_700_000_000_000);
  const { clock } = process;
  const fired: number[] = [];
  schedule.at(1_700_000_010_000, () => {
    const before = clock.monotonic();
    machine.setClockRate(2);
    assert.equal(clock.monotonic(), before);
    clock.after(10_000, () => fired.push(schedule.now));
  });
  schedule.runNow();
  assert.deepEqual(fired, [1_700_000_015_000]);
  assert.equal(clock.monotonic(), 1_700_000_020_000);
});

test('a wall clock that jumps leaves durations alone', () => {
  const { schedule, machine, process } = started(1_000);
  machine.clockOffset = -400;
  assert.equal(process.clock.now(), 600);
  assert.equal(process.clock.monotonic(), 1_000);
  schedule.at(2_000, () => undefined);
  schedule.runNow();
  assert.equal(process.clock.now(), 1_600);
});

for (const when of ['before', 'after'] as const) {
  test(`a process killed ${when} its second effect`, async () => {
    const { process } = started();
    const seen: string[] = [];
    process.killAt({ effect: 2, when });
    process.onDeath(() => seen.push('dead'));
    for (const effect of ['first', 'second', 'third']) {
      void process.effect(() => seen.push(effect)).then(() => seen.push(`${effect} known`));
    }
    await Promise.resolve();
    await Promise.resolve();
    const second = when === 'after' ? ['second'] : [];
    // The first was over before: what is computed from it has no effect any more.
    assert.deepEqual(seen, ['first', ...second, 'dead', 'first known']);
  });
}

test('a process that died meanwhile hears of nothing that it waited for', async () => {
  const { schedule, process } = started();
  let heard = false;
  let givenUp = false;
  void process
    .wait<null>((done) => {
      schedule.after(10, () => done(null));
      return () => (givenUp = true);
    })
    .then(() => (heard = true));
  schedule.after(5, () => process.kill());
  await schedule.run();
  assert.deepEqual({ heard, givenUp }, { heard: false, givenUp: true });
});

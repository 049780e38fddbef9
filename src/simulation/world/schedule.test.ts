import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Schedule } from './schedule.ts';

test('events happen by their time, and among equals as they were asked for', () => {
  const schedule = new Schedule();
  const seen: string[] = [];
  schedule.at(2, () => seen.push('c'));
  schedule.at(1, () => seen.push('a'));
  schedule.at(1, () => seen.push('b'));
  schedule.runNow();
  assert.equal(seen.join(''), 'abc');
  assert.equal(schedule.now, 2);
});

test('time does not go on before every promise that an event set off has settled', async () => {
  const schedule = new Schedule();
  const seen: string[] = [];
  schedule.at(1, () => {
    const deep = async (levels: number): Promise<void> => {
      await Promise.resolve();
      if (levels > 0) await deep(levels - 1);
    };
    void deep(1_000).then(() => seen.push(`deep at ${schedule.now}`));
  });
  schedule.at(2, () => seen.push('next'));
  await schedule.run();
  assert.deepEqual(seen, ['deep at 1', 'next']);
});

test('a broken invariant in an event ends the run', async () => {
  const schedule = new Schedule();
  schedule.at(1, () => {
    throw new Error('planted');
  });
  await assert.rejects(schedule.run(), /planted/);
});

test('a run ends at its time, and goes on from there', () => {
  const schedule = new Schedule();
  let count = 0;
  const again = (): void => {
    count += 1;
    schedule.after(10, again);
  };
  schedule.after(10, again);
  schedule.runNow({ time: 35 });
  assert.deepEqual([count, schedule.now], [3, 35]);
  schedule.runNow({ events: 5 });
  assert.equal(count, 5);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chance } from './chance.ts';
import { EventQueue, type Scheduled } from './event-queue.ts';

/** What comes out, by the numbers that went in. */
function drained(queue: EventQueue, numbers: ReadonlyMap<Scheduled, number>): number[] {
  const out: number[] = [];
  while (queue.nextTime() !== null) {
    const next = queue.take();
    assert.equal(queue.nextTime() === null || next.time <= (queue.nextTime() ?? 0), true);
    out.push(numbers.get(next) ?? -1);
  }
  return out;
}

test('thousands come out by time, equals as they were added, none that was cancelled', () => {
  const chance = new Chance(1);
  const queue = new EventQueue();
  const numbers = new Map<Scheduled, number>();
  const expected: { readonly event: Scheduled; readonly number: number }[] = [];
  for (let number = 0; number < 5_000; number++) {
    const event: Scheduled = { time: chance.integer(0, 700), act: () => undefined };
    queue.add(event);
    numbers.set(event, number);
    expected.push({ event, number });
  }
  for (const { event } of expected) if (chance.happens(0.3)) event.act = null;
  const left = expected.filter(({ event }) => event.act !== null);
  left.sort((one, other) => one.event.time - other.event.time || one.number - other.number);
  assert.deepEqual(
    drained(queue, numbers),
    left.map(({ number }) => number),
  );
});

test('what is added between two takings finds its place', () => {
  const chance = new Chance(2);
  const queue = new EventQueue();
  let now = 0;
  let waiting = 0;
  for (let step = 0; step < 20_000; step++) {
    if (waiting === 0 || chance.happens(0.52)) {
      queue.add({ time: now + chance.integer(0, 50), act: () => undefined });
      waiting += 1;
      continue;
    }
    assert.equal(queue.nextTime() !== null && (queue.nextTime() ?? 0) >= now, true);
    now = queue.take().time;
    waiting -= 1;
  }
});

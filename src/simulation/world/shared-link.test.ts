import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Schedule } from './schedule.ts';
import { SharedLink } from './shared-link.ts';

function linkOf(bytesPerSecond: number, bytesPerSecondEach?: number, startsAt = 0) {
  const schedule = new Schedule(startsAt);
  const each = bytesPerSecondEach === undefined ? {} : { bytesPerSecondEach };
  const link = new SharedLink({ schedule, bytesPerSecond, ...each });
  const ends: number[] = [];
  const begin = (bytes: number) => link.begin(bytes, () => ends.push(Math.round(schedule.now)));
  return { schedule, link, ends, begin };
}

test('two equal transfers take twice the time, and end together', () => {
  const { schedule, ends, begin } = linkOf(1_000);
  begin(1_000);
  begin(1_000);
  schedule.runNow();
  assert.deepEqual(ends, [2_000, 2_000]);
});

test('a short one leaves its share to the long one', () => {
  const { schedule, link, ends, begin } = linkOf(1_000);
  begin(500);
  begin(1_500);
  schedule.runNow();
  assert.deepEqual(ends, [1_000, 2_000]);
  assert.equal(Math.round(link.bytesCarried), 2_000);
});

test('none is faster than its own limit', () => {
  const { schedule, ends, begin } = linkOf(10_000, 1_000);
  begin(1_000);
  schedule.runNow();
  assert.deepEqual(ends, [1_000]);
});

test('a broken transfer keeps what arrived, and the link goes on; at 0 nothing moves', () => {
  const { schedule, link, ends, begin } = linkOf(1_000);
  const broken = begin(1_000);
  begin(1_000);
  schedule.at(500, () => {
    assert.equal(link.arrived(broken), 250);
    link.break(broken);
    link.setBandwidth(0);
  });
  schedule.at(5_500, () => link.setBandwidth(1_000));
  schedule.runNow();
  assert.deepEqual(ends, [6_250]);
  assert.equal(Math.round(link.bytesCarried), 1_250);
});

test('what is left too little to be told in time ends all the same, at an instant of our days too', () => {
  const { schedule, ends, begin } = linkOf(1_000_000_000, undefined, Date.UTC(2026, 0, 5));
  begin(1_000_000);
  begin(1_000_001);
  schedule.runNow({ events: 100 });
  assert.equal(ends.length, 2);
});

test('a transfer that is over has arrived whole, whatever the rounding', () => {
  const { schedule, link } = linkOf(9_171.3, undefined, 1_793_577_664_201);
  const arrived: number[] = [];
  for (let count = 0; count < 50; count++) {
    schedule.at(1_793_577_664_201 + count * 731.7, () => {
      const flow = link.begin(199_999 + count, () => arrived.push(link.arrived(flow) - flow.bytes));
    });
  }
  schedule.runNow();
  assert.deepEqual(
    arrived,
    Array.from({ length: 50 }, () => 0),
  );
});

test('what a path loses is sent again, and takes its share of the link', () => {
  const { schedule, link, ends } = linkOf(1_000);
  const flow = link.begin(1_000, () => ends.push(Math.round(schedule.now)), 0.5);
  schedule.at(500, () => assert.equal(link.arrived(flow), 250));
  schedule.runNow();
  assert.deepEqual(ends, [2_000]);
  assert.equal(link.arrived(flow), 1_000);
  assert.equal(Math.round(link.bytesCarried), 2_000);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HoldView } from '#protocol/console/hold-calls.ts';
import { holdsOn, weeksOf } from './month.ts';

function check(year: number, month: number, expected: readonly string[]): void {
  test(`weeks of month ${month + 1} of ${year}`, () => {
    const shown = weeksOf(year, month).map((week) =>
      week
        .map(({ from, isOfMonth }) => `${isOfMonth ? '' : '.'}${new Date(from).getDate()}`)
        .join(' '),
    );
    assert.deepEqual(shown, expected);
  });
}

check(2026, 1, [
  '1 2 3 4 5 6 7',
  '8 9 10 11 12 13 14',
  '15 16 17 18 19 20 21',
  '22 23 24 25 26 27 28',
]);
check(2026, 12, [
  '.27 .28 .29 .30 .31 1 2',
  '3 4 5 6 7 8 9',
  '10 11 12 13 14 15 16',
  '17 18 19 20 21 22 23',
  '24 25 26 27 28 29 30',
  '31 .1 .2 .3 .4 .5 .6',
]);

test('days follow upon each other, and a hold stands on those that it touches', () => {
  const days = weeksOf(2026, 2).flat();
  assert.ok(days.every(({ until }, place) => until === (days[place + 1]?.from ?? until)));
  const [day] = days;
  assert.ok(day);
  const stands = (from: number, until: number): boolean =>
    holdsOn([{ from, until } as HoldView], day).length === 1;
  assert.ok(stands(day.until - 1, day.until + 9));
  assert.ok(stands(day.from - 9, day.from + 1));
  assert.ok(!stands(day.from - 9, day.from));
  assert.ok(!stands(day.until, day.until + 9));
  assert.ok(!stands(day.from + 5, day.from + 1), 'released before it began');
});

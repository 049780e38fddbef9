import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timeOfDayPattern, timesOfDay } from './times-of-day.ts';

function check(
  name: string,
  given: { timeOfDay: string; zone: string; from: string; count?: number },
  expected: readonly string[],
): void {
  test(name, () => {
    const { timeOfDay, zone, from, count = 2 } = given;
    const instants = timesOfDay({ timeOfDay, zone, from: Date.parse(from), count });
    const found = instants.map((one) => new Date(one).toISOString().replace(':00.000Z', 'Z'));
    assert.deepEqual(found, expected);
  });
}

const tokyo = { timeOfDay: '02:00', zone: 'Asia/Tokyo' };
check('today, when it is to come', { ...tokyo, from: '2026-11-22T16:59Z' }, [
  '2026-11-22T17:00Z',
  '2026-11-23T17:00Z',
]);
check('this very minute counts', { ...tokyo, from: '2026-11-22T17:00Z', count: 1 }, [
  '2026-11-22T17:00Z',
]);
check('tomorrow, when it is over', { ...tokyo, from: '2026-11-22T17:01Z' }, [
  '2026-11-23T17:00Z',
  '2026-11-24T17:00Z',
]);
const berlin = { timeOfDay: '02:30', zone: 'Europe/Berlin' };
check('a time that does not exist counts an hour later', { ...berlin, from: '2026-03-28T20:00Z' }, [
  '2026-03-29T01:30Z',
  '2026-03-30T00:30Z',
]);
check('of a time that comes twice the first counts', { ...berlin, from: '2026-10-24T20:00Z' }, [
  '2026-10-25T00:30Z',
  '2026-10-26T01:30Z',
]);

test('what is a time of day', () => {
  const right = ['00:00', '23:59', '02:00'].every((text) => timeOfDayPattern.test(text));
  const wrong = ['24:00', '2:00', '02:60', '02:00:00', ''].some((text) =>
    timeOfDayPattern.test(text),
  );
  assert.deepEqual([right, wrong], [true, false]);
});

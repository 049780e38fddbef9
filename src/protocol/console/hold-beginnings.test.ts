import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beginningsOf, type Repetition } from './hold-beginnings.ts';

const local = (text: string): number => new Date(text).getTime();

function check(every: Repetition, first: string, expected: readonly string[]): void {
  test(`every ${every} from ${first}`, () => {
    const found = beginningsOf({ first: local(first), every, times: expected.length });
    assert.deepEqual(found, expected.map(local));
  });
}

check('day', '2026-12-31T22:00', ['2026-12-31T22:00', '2027-01-01T22:00']);
check('week', '2026-12-25T20:00', ['2026-12-25T20:00', '2027-01-01T20:00', '2027-01-08T20:00']);
// Where clocks change in between, the time of day stays.
check('week', '2026-03-22T20:00', ['2026-03-22T20:00', '2026-03-29T20:00', '2026-04-05T20:00']);
check('month', '2027-01-31T08:00', ['2027-01-31T08:00', '2027-02-28T08:00', '2027-03-31T08:00']);
check('month', '2026-11-30T08:00', ['2026-11-30T08:00', '2026-12-30T08:00', '2027-01-30T08:00']);
check('year', '2028-02-29T08:00', ['2028-02-29T08:00', '2029-02-28T08:00', '2030-02-28T08:00']);
check('year', '2026-12-20T00:00', ['2026-12-20T00:00', '2027-12-20T00:00']);

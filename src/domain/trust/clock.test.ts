import assert from 'node:assert/strict';
import { test } from 'node:test';
import { againstClock, type SeemingAge } from './clock.ts';

const day = 86_400_000;
const own = { from: 1_000 * day, until: 1_030 * day };
const cases: readonly (readonly [string, SeemingAge, number, boolean])[] = [
  ['a year behind', 'not-yet-valid', 650, true],
  ['a year ahead', 'expired', 1_380, true],
  ['right, and the other side was not renewed', 'expired', 1_010, false],
  ['right, and the other side is of tomorrow', 'not-yet-valid', 1_010, false],
  ['a minute before its own certificate', 'not-yet-valid', 1_000 - 1 / 1_440, false],
];
for (const [name, seems, at, isWrong] of cases) {
  test(`a clock that is ${name}`, () => {
    assert.equal(againstClock(own, seems, at * day)?.code ?? null, isWrong ? 'CLOCK_WRONG' : null);
  });
}

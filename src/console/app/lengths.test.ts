import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lengthOf } from './lengths.ts';

test('a length is said in the unit that loses nothing people care for', () => {
  const said = [17.4, 119, 120, 6_300, 12_600, 172_800, 7_776_000].map(lengthOf);
  assert.deepEqual(said, [
    { key: 'age.seconds', count: 17 },
    { key: 'age.seconds', count: 119 },
    { key: 'age.minutes', count: 2 },
    { key: 'age.minutes', count: 105 },
    { key: 'age.hours', count: 3.5 },
    { key: 'age.days', count: 2 },
    { key: 'age.days', count: 90 },
  ]);
});

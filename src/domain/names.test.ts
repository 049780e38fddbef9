import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareFences } from './names.ts';

test('a fence is compared by its epoch, then by its number', () => {
  const rising = [
    { epoch: 1, number: 1 },
    { epoch: 1, number: 9 },
    { epoch: 2, number: 1 },
    { epoch: 3, number: 0 },
  ];
  for (const [place, left] of rising.entries()) {
    for (const [other, right] of rising.entries()) {
      assert.equal(Math.sign(compareFences(left, right)), Math.sign(place - other));
    }
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type HoldId } from '../names.ts';
import { inSeries, placedHolds } from './series.ts';

function placed(begins: readonly number[] | undefined) {
  let made = 0;
  const newId = (): HoldId => brand(`h${++made}`);
  return placedHolds({ begins, minutes: 1 }, { now: 1_000, newId });
}

const shown = (begins?: readonly number[]): string[] =>
  placed(begins).all.map(
    ({ id, from, until, isPlanned, series = '-' }) =>
      `${id} ${from}-${until} ${isPlanned === true ? 'planned' : 'now'} ${series}`,
  );

test('without a beginning it is now', () => assert.deepEqual(shown(), ['h1 1000-61000 now -']));
test('a beginning that is over is now', () => {
  assert.deepEqual(shown([10]), ['h1 1000-61000 now -']);
});
test('one that is to come is planned', () => {
  assert.deepEqual(shown([1_001]), ['h1 1001-61001 planned -']);
});
test('several are a series of holds, each with its own end; the same instant is one', () => {
  assert.deepEqual(shown([900, 1_000, 100_000]), [
    'h1 1000-61000 now h1',
    'h2 100000-160000 planned h1',
  ]);
});
test('who is of a series', () => {
  const [one, other] = placed([1_000, 2_000]).all;
  assert.ok(one && other && inSeries(one, other));
  const alone = placed(undefined).first;
  assert.ok(inSeries(alone, alone));
  assert.ok(!inSeries({ ...alone, id: brand('x') }, alone));
});

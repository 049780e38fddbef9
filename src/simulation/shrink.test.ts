import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shrink } from './shrink.ts';

const numbers = Array.from({ length: 40 }, (_, index) => index);

function check(title: string, needed: readonly number[], trialsMax: number): void {
  test(title, async () => {
    const asked: (readonly number[])[] = [];
    const { kept, trials } = await shrink(numbers, async (some) => {
      asked.push(some);
      return needed.every((one) => some.includes(one));
    });
    assert.deepEqual(kept, needed);
    assert.ok(trials <= trialsMax, `${trials} trials`);
    for (const some of asked) {
      assert.deepEqual(
        some,
        some.toSorted((left, right) => left - right),
      );
    }
  });
}

check('what fails without any event needs none of them', [], 1);
check('one event is found among forty', [17], 16);
check('two events far apart are found', [3, 38], 80);
check('three events that need each other are found', [0, 19, 21], 120);

test('it ends after so many trials, with what still fails', async () => {
  const needed = [1, 11, 21, 31];
  const { kept, trials } = await shrink(
    numbers,
    async (some) => needed.every((one) => some.includes(one)),
    20,
  );
  assert.equal(trials, 20);
  assert.ok(needed.every((one) => kept.includes(one)));
});

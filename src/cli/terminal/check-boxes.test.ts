/** Check boxes, by the keys that a person presses. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseBoxes, type Keys } from './check-boxes.ts';

const boxes = [
  { value: 'a', label: 'First', isTicked: true },
  { value: 'b', label: 'Second', isTicked: false },
];

async function pressed(...names: readonly string[]) {
  const drawn: string[] = [];
  let isHeard = true;
  const keys: Keys = {
    draw: (text) => void drawn.push(text),
    hear(key) {
      queueMicrotask(() => {
        for (const name of names) if (isHeard) key(name);
      });
      return () => {
        isHeard = false;
      };
    },
  };
  const answer = await chooseBoxes(keys, { question: 'Which?', boxes });
  return { answer, drawn };
}

for (const [keys, expected] of [
  [['return'], ['a']],
  [
    ['down', 'space', 'return'],
    ['a', 'b'],
  ],
  [['j', 'j', 'j', 'space', 'k', 'space', 'return'], ['b']],
  [['up', 'space', 'up', 'space', 'return'], ['b']],
  [['space', 'return', 'space', 'return'], ['a']],
  [['down', 'give-up', 'return'], null],
] as const) {
  test(`${keys.join(', ')} answers ${String(expected)}`, async () => {
    assert.deepEqual((await pressed(...keys)).answer, expected);
  });
}

test('what is ticked and where one stands is drawn', async () => {
  const { drawn } = await pressed('down', 'return');
  assert.deepEqual(drawn, [
    'Which?\n> [x] First\n  [ ] Second',
    'Which?\n  [x] First\n> [ ] Second',
  ]);
});

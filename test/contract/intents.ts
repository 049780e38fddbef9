/** What a file of intents promises to whoever reads it after any kill. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Intents } from '#ports/installer.ts';

export type IntentsFixture = {
  /** As any later process finds them. */
  open(): Intents;
  /** Lines cut in the middle, or changed: counted from the first, or from the last (-1). */
  spoil(line: number): void;
};

const line = (number: number): object => ({ type: 'line', number });

export function intentsContract(name: string, make: () => IntentsFixture): void {
  describe(`intents: ${name}`, () => {
    test('there are none before one was written', () => {
      assert.deepEqual(make().open().read(), []);
    });

    test('lines are read in the order in which they were written, by later processes too', () => {
      const { open } = make();
      const intents = open();
      for (const number of [1, 2, 3]) intents.append(line(number));
      assert.deepEqual(intents.read(), [line(1), line(2), line(3)]);
      assert.deepEqual(open().read(), [line(1), line(2), line(3)]);
    });

    test('a rewritten file holds just those lines, and goes on after them', () => {
      const { open } = make();
      for (const number of [1, 2, 3]) open().append(line(number));
      open().rewrite([line(7)]);
      assert.deepEqual(open().read(), [line(7)]);
      open().append(line(8));
      assert.deepEqual(open().read(), [line(7), line(8)]);
      open().rewrite([]);
      assert.deepEqual(open().read(), []);
    });

    test('a torn last line is cut away, and the next one stands after the good ones', () => {
      const { open, spoil } = make();
      for (const number of [1, 2]) open().append(line(number));
      spoil(-1);
      assert.deepEqual(open().read(), [line(1)]);
      open().append(line(3));
      assert.deepEqual(open().read(), [line(1), line(3)]);
    });

    test('after damage nothing behind it is believed', () => {
      const { open, spoil } = make();
      for (const number of [1, 2, 3]) open().append(line(number));
      spoil(1);
      assert.deepEqual(open().read(), [line(1)]);
      assert.deepEqual(open().read(), [line(1)]);
    });
  });
}

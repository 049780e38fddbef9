/** What the recommendation of a reboot promises (D9). */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { RebootFlag } from '#ports/computer.ts';

export type RebootFlagFixture = {
  /** As any later process of the same boot finds it. */
  open(): RebootFlag;
  /** The machine starts anew; whoever opens it afterwards lives in that boot. */
  reboot(): Promise<void>;
  /** From now on the disk takes nothing. */
  refuse(): Promise<void>;
  mend(): Promise<void>;
};

export function rebootFlagContract(name: string, make: () => Promise<RebootFlagFixture>): void {
  describe(`reboot flag: ${name}`, () => {
    test('nothing is recommended before it was', async () => {
      const { open } = await make();
      assert.equal(await open().read(), null);
    });

    test('the last reason is remembered by all processes of this boot, and by none of the next', async () => {
      const { open, reboot } = await make();
      for (const reason of ['program 1.0.0', 'program 1.0.1']) {
        assert.equal((await open().set(reason)).ok, true);
        for (const process of [open(), open()]) assert.equal(await process.read(), reason);
      }
      await reboot();
      for (const process of [open(), open()]) assert.equal(await process.read(), null);
      await open().set('program 1.0.2');
      assert.equal(await open().read(), 'program 1.0.2');
      await reboot();
      assert.equal(await open().read(), null);
    });

    test('a reboot of which nobody asked ends it all the same', async () => {
      const { open, reboot } = await make();
      await open().set('program 1.0.0');
      await reboot();
      await reboot();
      assert.equal(await open().read(), null);
    });

    test('a reason is kept to 500 characters', async () => {
      const { open } = await make();
      await open().set('long '.repeat(200));
      assert.equal(await open().read(), 'long '.repeat(100));
    });

    test('a disk that takes nothing refuses, and the earlier reason stays', async () => {
      const { open, refuse, mend } = await make();
      await open().set('program 1.0.0');
      await refuse();
      assert.equal((await open().set('program 1.0.1')).ok, false);
      await mend();
      assert.equal(await open().read(), 'program 1.0.0');
    });
  });
}

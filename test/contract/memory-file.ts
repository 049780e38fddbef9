/** What a small file that is replaced whole promises to whoever reads it after any kill. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { MemoryFile } from '#ports/computer.ts';

export type MemoryFileFixture = {
  /** As any later process finds it. */
  open(): MemoryFile;
  /** Leaves something there that cannot be understood. */
  spoil(): Promise<void>;
  /** From now on the disk takes nothing. */
  refuse(): Promise<void>;
  /** And takes everything again. */
  mend(): Promise<void>;
};

export function memoryFileContract(name: string, make: () => Promise<MemoryFileFixture>): void {
  describe(`memory file: ${name}`, () => {
    test('there is none before one was written', async () => {
      const { open } = await make();
      assert.equal(await open().read(), null);
    });

    test('what was written last is read, whole, by later processes too', async () => {
      const { open } = await make();
      const file = open();
      const content = { list: [1, 2, 3], text: '配信', nothing: null, within: { deep: true } };
      assert.deepEqual(await file.write({ before: 1 }), { ok: true, value: null });
      assert.deepEqual(await file.write(content), { ok: true, value: null });
      assert.deepEqual(await file.read(), content);
      assert.deepEqual(await open().read(), content);
    });

    test('what cannot be understood is said; setting it aside loses nothing; then one can write', async () => {
      const { open, spoil } = await make();
      await open().write({ before: 1 });
      await spoil();
      assert.equal(await open().read(), undefined);
      await open().setAside();
      assert.equal(await open().read(), undefined);
      await open().write({ after: 1 });
      assert.deepEqual(await open().read(), { after: 1 });
    });

    test('a disk that takes nothing refuses, and what was there stays', async () => {
      const { open, refuse, mend } = await make();
      await open().write({ before: 1 });
      await refuse();
      const refused = await open().write({ after: 1 });
      assert.equal(refused.ok, false);
      await mend();
      assert.deepEqual(await open().read(), { before: 1 });
      assert.equal((await open().write({ after: 2 })).ok, true);
      assert.deepEqual(await open().read(), { after: 2 });
    });
  });
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { brand, type ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { openDiskBudget } from './disk-budget.ts';

const server = brand<ServerId>('a1');

function budget(bytes: number) {
  const disk = { free: bytes };
  return { disk, ...openDiskBudget({ server, bytesFree: () => Promise.resolve(disk.free) }) };
}

test('two downloads that ask at once do not get the same space', async () => {
  const { reserve } = budget(100);
  const [first, second] = await Promise.all([reserve(60), reserve(60)]);
  assert(first.ok);
  assert.deepEqual(second, {
    ok: false,
    because: problem('DISK_TOO_SMALL', { server, bytesFree: 40, bytesNeeded: 60 }),
  });
  first.value.end();
  assert((await reserve(60)).ok);
});

test('what is written is taken from the disk, and not counted twice', async () => {
  const { reserve, disk } = budget(100);
  const first = await reserve(60);
  assert(first.ok);
  disk.free = 70;
  first.value.written(30);
  assert((await reserve(40)).ok);
  assert(!(await reserve(1)).ok);
});

test('in any order, no more is promised than the disk has left', async () => {
  const steps = fc.array(
    fc.record({
      bytes: fc.integer({ min: 0, max: 60 }),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    { maxLength: 30 },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (asked) => {
      const { reserve, disk } = budget(100);
      let owed = 0;
      for (const { bytes, part } of asked) {
        const got = await reserve(bytes);
        if (!got.ok) continue;
        const written = Math.floor(bytes * part);
        disk.free -= written;
        got.value.written(written);
        owed += bytes - written;
        assert(owed <= disk.free, `${owed} are promised of ${disk.free}`);
      }
    }),
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openSerial } from './serial.ts';

test('one after the other, whatever became of the one before, and nothing handed on', async () => {
  const serial = openSerial();
  const seen: string[] = [];
  const act =
    (name: string, end: () => number) =>
    async (...handed: unknown[]) => {
      seen.push(`${name} begins with ${handed.length}`);
      await Promise.resolve();
      seen.push(`${name} ends`);
      return end();
    };
  const fails = (): never => {
    throw new Error('failed');
  };
  const first = serial(act('first', () => 1));
  const second = serial(act('second', fails));
  const third = serial(act('third', () => 3));
  assert.equal(await first, 1);
  await assert.rejects(second, /failed/);
  assert.equal(await third, 3);
  assert.deepEqual(
    seen,
    ['first', 'second', 'third'].flatMap((name) => [`${name} begins with 0`, `${name} ends`]),
  );
});

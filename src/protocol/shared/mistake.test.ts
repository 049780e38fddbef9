import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { detailOf, mistakeCharactersMax } from './mistake.ts';

const schema = z.strictObject({
  with: z.record(z.string(), z.number()).optional(),
  list: z.array(z.object({ size: z.int() })).optional(),
});

function detail(input: unknown): string {
  const parsed = schema.safeParse(input);
  assert.ok(!parsed.success);
  return detailOf(parsed.error);
}

test('it says where, and what was expected', () => {
  assert.match(detail({ list: [{ size: 1 }, { size: 'x' }] }), /^list\.1\.size: Invalid input/);
});

test('whatever was sent as a name, a mistake fits into a line', () => {
  const long = 'x'.repeat(1_000_000);
  for (const input of [{ [long]: 1 }, { with: { [long]: 'no number' } }]) {
    assert.ok(detail(input).length <= mistakeCharactersMax);
  }
  assert.match(detail({ with: { [long]: 'no number' } }), /Invalid input/);
});

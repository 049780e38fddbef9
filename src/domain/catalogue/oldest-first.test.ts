import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oldestFirst } from './oldest-first.ts';
import type { Ordering } from './version.ts';

function check(name: string, versions: string, ordering: Ordering, expected: string): void {
  test(`oldest first: ${name}`, () => {
    const items = versions.split(' ').map((version) => ({ version, ordering }));
    const sorted = oldestFirst(items).map(({ version }) => version);
    assert.equal(sorted.join(' '), expected);
  });
}

check('a decimal', '5.7 5.80 5.58', 'decimal', '5.58 5.7 5.80');
check('dotted integers', '5.7 5.80 5.58', 'dotted', '5.7 5.58 5.80');
check('what cannot be read is never the newest', '3 new 1 ?', 'counter', 'new ? 1 3');

test('oldest first: the ordering that was named last', () => {
  const items = [
    { version: '5.7', ordering: 'decimal' },
    { version: '5.58', ordering: 'dotted' },
  ] as const;
  assert.deepEqual(oldestFirst(items), items);
  assert.deepEqual(oldestFirst([]), []);
});

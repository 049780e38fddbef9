import assert from 'node:assert/strict';
import { test } from 'node:test';
import { informationServerBehind } from './order.ts';

const cases = [
  ['an older one is behind', '5.70.1000', true],
  ['the same version is not', '5.80.1179', false],
  ['a newer one is not', '5.80.1180', false],
  ['one of a checkout has no version that could be compared', '0.0.0-development', false],
] as const;

for (const [name, running, isBehind] of cases) {
  test(`before its servers, the information server: ${name}`, () => {
    const target = '5.80.1179';
    const because = informationServerBehind('decimal', { running, target });
    assert.deepEqual(
      because,
      isBehind ? { code: 'INFORMATION_SERVER_BEHIND', with: { running, target } } : null,
    );
  });
}

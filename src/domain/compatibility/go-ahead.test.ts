import assert from 'node:assert/strict';
import { test } from 'node:test';
import { goAheadCodes, goAheadPossible } from './go-ahead.ts';

test('what a plan may name is what a person may take upon himself', () => {
  assert.ok(goAheadCodes.includes('ALL_IN_ONE_GROUP'));
  assert.ok(!goAheadCodes.includes('DISK_TOO_SMALL'));
  for (const code of goAheadCodes) assert.ok(goAheadPossible(code), code);
  for (const code of ['DISK_TOO_SMALL', 'CONTROL_MANAGER_UNSEEN', 'LEASE_OVER'] as const) {
    assert.equal(goAheadPossible(code), false, code);
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindOf, problem, type Problem } from './problem.ts';

test('the kind of a problem is that of its code; of one that is not known here it is a plain no', () => {
  assert.equal(kindOf(problem('RANGE_EMPTY', { min: '1', max: '1' })), 'usage');
  for (const code of ['NEWER_THAN_US', 'toString']) {
    const foreign: unknown = { code, with: {} };
    assert.equal(kindOf(foreign as Problem), 'no', code);
  }
});

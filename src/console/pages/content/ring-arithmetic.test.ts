import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decidedCount } from '#domain/ring/evidence.ts';
import { countsRead, nextLookOf } from './ring-arithmetic.ts';

const counts = {
  given: 40,
  healthy: 30,
  pending: 4,
  trying: 3,
  vanished: 1,
  failedBy: { health: 2 },
};
const gate = { percentMin: 95, healthyMin: 10, sampleMin: 10, soakSeconds: 60, decideSeconds: 600 };

test('while a ring is open only who has said how it goes is judged', () => {
  assert.equal(decidedCount(countsRead({ state: 'open', counts })), 33);
});

test('at its last, who has it and says nothing counts, and whom it did not reach does not', () => {
  const read = countsRead({ state: 'inconclusive', counts });
  assert.equal(decidedCount(read), 36);
  assert.deepEqual(read.failedBy, { health: 2, network: 4, timeout: 3 });
});

test('an open ring is decided in its time, a soak ends, and nothing else comes of itself', () => {
  assert.equal(nextLookOf({ state: 'open', since: 1_000, gate }), 601_000);
  assert.equal(nextLookOf({ state: 'soaking', since: 1_000, gate }), 61_000);
  for (const state of ['waiting', 'inconclusive', 'passed', 'failed'] as const) {
    assert.equal(nextLookOf({ state, since: 1_000, gate }), null, state);
  }
  assert.equal(nextLookOf({ state: 'open', since: 1_000, gate: null }), null);
});

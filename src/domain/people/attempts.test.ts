import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  afterFailure,
  afterSuccess,
  attemptLimits,
  noAttempts,
  secondsToWait,
  takenBack,
  type Attempt,
  type Attempts,
} from './attempts.ts';

const { failuresPerAccountMax, failuresPerAddressMax, failuresPerPairMax, windowMs } =
  attemptLimits;
const desk: Attempt = { account: 'sato', address: '192.0.2.1' };
const now = 1_000_000;

function failed(attempts: Attempts, count: number, attempt: (index: number) => Attempt): Attempts {
  let all = attempts;
  for (let index = 0; index < count; index++) all = afterFailure(all, attempt(index), now);
  return all;
}

const strangers = (index: number): Attempt => ({ ...desk, address: `198.51.100.${index % 250}` });

test('an account is heard until it failed too often, and again when that is long ago', () => {
  const once = failed(noAttempts, failuresPerAccountMax - 1, () => desk);
  assert.equal(secondsToWait(once, desk, now), null);
  const often = failed(noAttempts, failuresPerAccountMax, () => desk);
  assert.equal(secondsToWait(often, desk, now), windowMs / 1_000);
  assert.equal(secondsToWait(often, desk, now + windowMs - 1), 1);
  assert.equal(secondsToWait(often, desk, now + windowMs), null);
});

test('a clock that is set back keeps nobody out for longer', () => {
  const often = failed(noAttempts, failuresPerAccountMax, () => desk);
  assert.equal(secondsToWait(often, desk, now - 1), null);
});

test('an address that tries many accounts is heard no more', () => {
  const many = failed(noAttempts, failuresPerAddressMax, (index) => ({
    account: `person-${index}`,
    address: desk.address,
  }));
  assert.ok(secondsToWait(many, desk, now) !== null);
  assert.equal(secondsToWait(many, { ...desk, address: '192.0.2.2' }, now), null);
});

test('no flood from elsewhere keeps an administrator out where he came in before', () => {
  const came = afterSuccess(noAttempts, desk, now);
  const flooded = failed(came, 10_000, strangers);
  assert.equal(secondsToWait(flooded, desk, now), null);
  assert.ok(secondsToWait(flooded, { ...desk, address: '203.0.113.9' }, now) !== null);
});

test('where he came in before, a few wrong passwords of his own are counted by themselves', () => {
  const came = afterSuccess(noAttempts, desk, now);
  const wrong = failed(came, failuresPerPairMax, () => desk);
  assert.ok(secondsToWait(wrong, desk, now) !== null);
  assert.equal(secondsToWait(afterSuccess(wrong, desk, now), desk, now), null);
});

test('what was counted beforehand and came in is as if it had never been counted', () => {
  const once = afterFailure(noAttempts, desk, now);
  const counted = afterFailure(once, desk, now);
  assert.deepEqual(takenBack(counted, desk), once);
  assert.deepEqual(takenBack(once, desk), noAttempts);
});

test('what is remembered is bounded, whoever tries whatever', () => {
  const before = Array.from({ length: attemptLimits.rememberedMax }, (_, index) => {
    return [`address earlier-${index}`, { since: now, failures: 1 }] as const;
  });
  const full: Attempts = { ...noAttempts, counts: new Map(before) };
  const many = failed(full, 50, (index) => ({ account: `p${index}`, address: `a${index}` }));
  assert.equal(many.counts.size, attemptLimits.rememberedMax);
  assert.ok(many.counts.has('account p49') && many.counts.has('address a0'));
  assert.ok(!many.counts.has('address earlier-0'), 'the oldest goes first');
});

test('within a window nobody tries more often than the largest limit', () => {
  const attempt = fc.record({
    account: fc.constantFrom('sato', 'mori'),
    address: fc.constantFrom('a', 'b', 'c'),
  });
  fc.assert(
    fc.property(fc.array(attempt, { maxLength: 120 }), (all) => {
      let attempts = noAttempts;
      const tried = new Map<string, number>();
      for (const one of all) {
        if (secondsToWait(attempts, one, now) !== null) continue;
        attempts = afterFailure(attempts, one, now);
        for (const key of [`account ${one.account}`, `address ${one.address}`]) {
          tried.set(key, (tried.get(key) ?? 0) + 1);
        }
      }
      for (const [key, count] of tried) {
        const max = key.startsWith('account') ? failuresPerAccountMax : failuresPerAddressMax;
        assert.ok(count <= max, key);
      }
    }),
  );
});

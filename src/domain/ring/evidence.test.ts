import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Thresholds } from '../gate/gate.ts';
import { causes } from '../names.ts';
import {
  countsAtLast,
  decidedCount,
  failsAnyhow,
  noCounts,
  passesAnyhow,
  sumOfCounts,
  type RingCounts,
} from './evidence.ts';
import { countsOf } from './ring.testing.ts';

const rule: Required<Thresholds> = { percentMin: 95, healthyMin: 1, sampleMin: 1 };

function check(
  name: string,
  given: Partial<Required<Thresholds>>,
  counts: Partial<Omit<RingCounts, 'given'>>,
  expected: 'passes' | 'fails' | 'open',
): void {
  test(`ring: ${name}`, () => {
    const of = { ...rule, ...given };
    const whole = countsOf(counts);
    const passes = passesAnyhow(of, whole);
    const fails = failsAnyhow(of, whole);
    assert.equal(passes ? 'passes' : fails ? 'fails' : 'open', expected);
  });
}

check('nobody proves nothing', {}, {}, 'open');
check('a sample of zero still needs one server', { sampleMin: 0, healthyMin: 0 }, {}, 'open');
check('one server, healthy', {}, { healthy: 1 }, 'passes');
check('one server, failed', {}, { failedBy: { health: 1 } }, 'fails');
check('one server, vanished', {}, { vanished: 1 }, 'fails');
check('all without a network', {}, { failedBy: { network: 9 } }, 'open');
check('19 of 20 is exactly 95 %', {}, { healthy: 19, failedBy: { timeout: 1 } }, 'passes');
check('18 of 19 is not', {}, { healthy: 18, failedBy: { timeout: 1 } }, 'fails');
check('the part is there, the count is not', { healthyMin: 5 }, { healthy: 4 }, 'open');
check('and now the count', { healthyMin: 5 }, { healthy: 5 }, 'passes');
check(
  'the count is there, the part is not',
  { healthyMin: 5 },
  { healthy: 9, vanished: 1 },
  'fails',
);
check('who still tries it may spoil it', {}, { healthy: 9, trying: 1 }, 'open');
check('or cannot any more', {}, { healthy: 19, trying: 1 }, 'passes');
check('lost already, whoever is on the way', {}, { pending: 18, failedBy: { hook: 1 } }, 'fails');
check('not lost while one more could do', {}, { pending: 19, failedBy: { hook: 1 } }, 'open');
check('zero percent, and nobody has said a word', { percentMin: 0 }, { pending: 3 }, 'open');
check(
  'zero percent passes on any word',
  { percentMin: 0, healthyMin: 0 },
  { vanished: 1 },
  'passes',
);

const count = fc.nat(30);
const counts = fc
  .record({
    healthy: count,
    pending: count,
    trying: count,
    vanished: count,
    failedBy: fc.record(Object.fromEntries(causes.map((cause) => [cause, fc.nat(5)]))),
  })
  .map(countsOf);
const rules = fc.record({
  percentMin: fc.oneof(fc.constantFrom(0, 50, 95, 99.67, 100), fc.integer({ min: 0, max: 100 })),
  healthyMin: fc.nat(20),
  sampleMin: fc.nat(20),
});

test('ring: whoever is on the way, nothing both passes and fails anyhow', () => {
  fc.assert(
    fc.property(rules, counts, (of, seen) => {
      assert.ok(!(passesAnyhow(of, seen) && failsAnyhow(of, seen)));
    }),
  );
});

test('ring: what passes or fails anyhow still does, however those on the way end', () => {
  fc.assert(
    fc.property(rules, counts, fc.nat(100), fc.nat(100), (of, seen, one, other) => {
      const way = seen.pending + seen.trying;
      const well = Math.floor((way * Math.min(one, 100)) / 100);
      const gone = Math.floor(((way - well) * Math.min(other, 100)) / 100);
      const failed = way - well - gone;
      const ended = countsOf({
        healthy: seen.healthy + well,
        vanished: seen.vanished + gone,
        failedBy: { ...seen.failedBy, health: (seen.failedBy.health ?? 0) + failed },
      });
      if (passesAnyhow(of, seen)) assert.ok(passesAnyhow(of, ended));
      if (failsAnyhow(of, seen)) assert.ok(failsAnyhow(of, ended));
    }),
  );
});

test('ring: a server that joins well, or whose network fails, never turns a pass into a failure', () => {
  fc.assert(
    fc.property(rules, counts, (of, seen) => {
      if (!passesAnyhow(of, seen)) return;
      assert.ok(passesAnyhow(of, countsOf({ ...seen, healthy: seen.healthy + 1 })));
      const network = (seen.failedBy.network ?? 0) + 1;
      const failedBy = { ...seen.failedBy, network };
      assert.ok(!failsAnyhow(of, countsOf({ ...seen, failedBy })));
    }),
  );
});

test('ring: one more that vanished never helps', () => {
  fc.assert(
    fc.property(rules, counts, (of, seen) => {
      const more = countsOf({ ...seen, vanished: seen.vanished + 1 });
      // Only a sample that was too small may become large enough by it.
      if (passesAnyhow(of, more))
        assert.ok(decidedCount(more) <= of.sampleMin || passesAnyhow(of, seen));
      if (failsAnyhow(of, seen)) assert.ok(failsAnyhow(of, more));
    }),
  );
});

test('ring: at last everybody is decided, and nobody is lost from the sum', () => {
  fc.assert(
    fc.property(counts, (seen) => {
      const last = countsAtLast(seen);
      assert.equal(last.given, seen.given);
      assert.deepEqual(countsOf(last), last);
      assert.equal(last.pending + last.trying, 0);
      assert.equal(decidedCount(last), last.given - (last.failedBy.network ?? 0));
    }),
  );
});

test('ring: counts of sites add up, in any order', () => {
  fc.assert(
    fc.property(fc.array(counts), (all) => {
      const sum = sumOfCounts(all);
      assert.deepEqual(sumOfCounts(all.toReversed()), sum);
      assert.equal(
        sum.given,
        all.reduce((total, { given }) => total + given, 0),
      );
      assert.deepEqual(countsOf(sum), sum);
    }),
  );
  assert.deepEqual(sumOfCounts([]), noCounts);
});

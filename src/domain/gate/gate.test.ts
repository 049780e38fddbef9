import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { brand, type GroupName } from '../names.ts';
import { judge, type GateCounts, type GateRule } from './gate.ts';

const group = brand<GroupName>('A');

function check(
  name: string,
  rule: Partial<GateRule>,
  counts: Partial<GateCounts>,
  expected: 'pass' | 'fail' | 'inconclusive',
): void {
  test(`gate: ${name}`, () => {
    const verdict = judge(
      { percentMin: 95, sampleMin: 1, soakSeconds: 0, ...rule },
      { leased: 0, healthy: 0, vanished: 0, failedBy: {}, ...counts },
      group,
    );
    assert.equal(verdict.verdict, expected);
  });
}

check('38 of 40 is exactly 95%', {}, { leased: 40, healthy: 38 }, 'pass');
check('37 of 40 is not', {}, { leased: 40, healthy: 37 }, 'fail');
check('299 of 300 is not 99.67%', { percentMin: 99.67 }, { leased: 300, healthy: 299 }, 'fail');
check('nothing leased proves nothing', {}, {}, 'inconclusive');
check('sample of zero still needs one server', { sampleMin: 0 }, {}, 'inconclusive');
check('one server, healthy', {}, { leased: 1, healthy: 1 }, 'pass');
check('one server, vanished', {}, { leased: 1, healthy: 0, vanished: 1 }, 'fail');
check('fewer than the sample', { sampleMin: 10 }, { leased: 9, healthy: 9 }, 'inconclusive');
check('exactly the sample', { sampleMin: 10 }, { leased: 10, healthy: 10 }, 'pass');
check(
  'the network never condemns',
  {},
  { leased: 3, healthy: 2, failedBy: { network: 1 } },
  'pass',
);
check('I16: all networks down', {}, { leased: 3, failedBy: { network: 3 } }, 'inconclusive');
check('health does', {}, { leased: 3, healthy: 2, failedBy: { health: 1 } }, 'fail');
check('zero percent demanded', { percentMin: 0 }, { leased: 1, healthy: 0 }, 'pass');

test('gate: one more healthy server never turns a pass into a fail', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.nat(200),
      fc.integer({ min: 0, max: 100 }),
      (leased, healthyRaw, percentMin) => {
        const healthy = Math.min(healthyRaw, leased - 1);
        const rule = { percentMin, sampleMin: 1, soakSeconds: 0 };
        const counts = { leased, vanished: 0, failedBy: {} };
        const before = judge(rule, { ...counts, healthy }, group).verdict;
        const after = judge(rule, { ...counts, healthy: healthy + 1 }, group).verdict;
        assert.ok(!(before === 'pass' && after !== 'pass'));
      },
    ),
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type GroupName, type ServerId } from '../names.ts';
import { firstRows } from './first-rows.ts';
import { planOf } from './site.testing.ts';

const plan = planOf();

function check(
  form: 'upgrade' | 'deployment',
  withInformationServer: boolean,
  expected: readonly [state: string, ownHoldSince: number | null],
): void {
  test(`first rows: ${form}, information server ${withInformationServer ? 'too' : 'not'}`, () => {
    const { head } = firstRows({ ...plan, form }, { startedAt: 50, withInformationServer });
    assert.deepEqual([head.state, head.ownHoldSince], expected);
    assert.equal(head.withInformationServer, withInformationServer);
    assert.equal(head.mixedUntil, 50 + plan.mixedDaysMax * 24 * 60 * 60 * 1_000);
  });
}

check('upgrade', true, ['self-staging', 50]);
check('upgrade', false, ['baseline', null]);
check('deployment', true, ['baseline', null]);
check('deployment', false, ['baseline', null]);

test('first rows: every group and server of the plan, waiting', () => {
  const { groups, servers } = firstRows(plan, { startedAt: 50, withInformationServer: true });
  assert.deepEqual([...groups.keys()], ['A', 'B']);
  assert.equal(groups.get(brand<GroupName>('B'))?.counts.waiting, 3);
  assert.equal(servers.size, 6);
  assert.equal(servers.get(brand<ServerId>('b3'))?.group, 'B');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type GroupName, type UpgradeId } from '../names.ts';
import { mayApproveGroup, mayDirect, type Direction } from './directions.ts';
import type { GroupState, HeadState } from './state.ts';

const upgrade = brand<UpgradeId>('autumn');
const name = brand<GroupName>('A');

/** `go`, or the code of the refusal. */
function check(
  state: HeadState,
  turn: GroupState | null,
  expected: Readonly<Record<Direction, boolean>>,
): void {
  test(`${state}, ${turn ?? 'no group'}`, () => {
    for (const wanted of ['pause', 'resume', 'stop'] as const) {
      const verdict = mayDirect({ upgrade, state, turn }, wanted);
      assert.equal(verdict.go, expected[wanted], wanted);
      if (!verdict.go) assert.equal(verdict.because.code, 'UPGRADE_NOT_IN_STATE');
    }
  });
}

check('self-staging', 'waiting', { pause: true, resume: false, stop: true });
check('groups', 'switching', { pause: true, resume: false, stop: true });
check('groups', 'inconclusive', { pause: true, resume: true, stop: true });
check('paused', 'failed', { pause: false, resume: true, stop: true });
check('finished', 'passed', { pause: false, resume: false, stop: false });
check('stopped', null, { pause: false, resume: false, stop: false });

function checkApproval(state: HeadState, group: GroupState, expected: string): void {
  test(`${state}: approval of a group that is ${group}`, () => {
    const verdict = mayApproveGroup({ upgrade, state }, { name, state: group });
    assert.equal(verdict.go ? 'go' : verdict.because.code, expected);
  });
}

checkApproval('groups', 'waiting', 'go');
checkApproval('groups', 'inconclusive', 'go');
checkApproval('paused', 'failed', 'go');
checkApproval('paused', 'inconclusive', 'UPGRADE_NOT_IN_STATE');
checkApproval('stopped', 'waiting', 'UPGRADE_NOT_IN_STATE');
checkApproval('groups', 'switching', 'GROUP_NOT_WAITING_FOR_PERSON');
checkApproval('groups', 'passed', 'GROUP_NOT_WAITING_FOR_PERSON');

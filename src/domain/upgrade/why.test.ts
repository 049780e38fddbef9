import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type ComponentName, type Digest, type GroupName, type ServerId } from '../names.ts';
import { problem, type Problem } from '../problem.ts';
import type { PlannedGroup, UpgradePlan } from './plan.ts';
import {
  newGroup,
  newServer,
  serverSuccessors,
  type ServerState,
  type UpgradeGroup,
  type UpgradeHead,
  type UpgradeServer,
} from './state.ts';
import { why } from './why.ts';
import { exampleHead, examplePlan } from './upgrade.testing.ts';

const now = 1_000;
const release = {
  component: brand<ComponentName>('program'),
  version: '5.80.1179',
  digest: brand<Digest>('b'.repeat(64)),
};
const [groupA, groupB] = [brand<GroupName>('A'), brand<GroupName>('B')];

function planned(name: GroupName, from: number): PlannedGroup {
  const gate = { percentMin: 95, sampleMin: 1, soakSeconds: 10 };
  const rest = { windows: [], hold: 'servers', approve: false, gate } as const;
  return { name, servers: [brand<ServerId>(`${name}1`)], from, ...rest };
}

function planWith(fromOfB: number): UpgradePlan {
  return examplePlan({ release, groups: [planned(groupA, 0), planned(groupB, fromOfB)] });
}

const head = exampleHead(planWith(0), {});

const ofHead = problem('PAUSED_BY_PERSON', { who: 'mori' });
const ofGroup = problem('WINDOW_CLOSED', { opens: 9_000 });
const ofRow = problem('SWITCH_RETURNED', { version: '5.80.1179', cause: 'crash', detail: '' });
const staging = problem('STAGING', { version: '5.80.1179' });
const upToDate = problem('SERVER_UP_TO_DATE', { version: '5.80.1179' });
const notOpen = (group: string, state: string): Problem =>
  problem('GROUP_NOT_OPEN', { group, state });

type Case = {
  readonly row: ServerState;
  readonly rowBecause?: Problem;
  readonly group?: Problem;
  readonly head?: Partial<UpgradeHead>;
  /** When the day of its group begins; default: it has begun. */
  readonly from?: number;
  readonly inNoGroupOfPlan?: true;
};

function check(what: string, one: Case, expected: Problem): void {
  test(`why: ${what}`, () => {
    const plan = planWith(one.from ?? 0);
    const name = one.inNoGroupOfPlan === true ? brand<GroupName>('gone') : groupB;
    const group: UpgradeGroup = { ...newGroup(name, 1, 0), because: one.group ?? null };
    const row: UpgradeServer = {
      ...newServer(brand<ServerId>('B1'), name),
      state: one.row,
      because: one.rowBecause ?? null,
    };
    assert.deepEqual(why({ plan, head: { ...head, ...one.head }, group, row, now }), expected);
  });
}

const everythingSpeaks = {
  rowBecause: ofRow,
  group: ofGroup,
  head: { because: ofHead },
  from: now + 1,
} as const;

check('who is there needs no other reason', { row: 'upgraded', ...everythingSpeaks }, upToDate);
for (const row of ['returned', 'vanished', 'held'] as const) {
  check(`${row}: its own end, whatever else stands`, { row, ...everythingSpeaks }, ofRow);
  check(`${row} without a reason: the head's`, { row, head: { because: ofHead } }, ofHead);
}
check('the head before server and group', { row: 'staged', ...everythingSpeaks, from: 0 }, ofHead);
for (const row of ['staging', 'staged', 'leased', 'switching', 'proving', 'absent'] as const) {
  check(`${row}: its own before its group's`, { row, rowBecause: ofRow, group: ofGroup }, ofRow);
}
check(
  "waiting: its group's, an own one is of an earlier day",
  { row: 'waiting', rowBecause: ofRow, group: ofGroup },
  ofGroup,
);
check('the group before its day', { row: 'staged', group: ofGroup, from: now + 1 }, ofGroup);
check(
  'before the day of its group',
  { row: 'waiting', from: now + 1 },
  problem('GROUP_BEFORE_DAY', { group: 'B', from: now + 1 }),
);
check('on the instant at which its day begins', { row: 'staged', from: now }, staging);
check('waiting for the turn of another group', { row: 'waiting' }, notOpen('A', 'before'));
check(
  'waiting until the information server is done',
  { row: 'waiting', head: { state: 'self-staging' } },
  notOpen('A', 'self-staging'),
);
check('waiting with no turn left', { row: 'waiting', head: { turn: 2 } }, notOpen('B', 'before'));
check(
  'waiting in a group that the plan does not name',
  { row: 'waiting', inNoGroupOfPlan: true, from: now + 1 },
  notOpen('A', 'before'),
);
check('on its way, nothing against it', { row: 'staging' }, staging);

test('why: every state of a server has an answer with nothing but itself to go by', () => {
  const plan = planWith(0);
  const group = newGroup(groupB, 1, 0);
  for (const state of Object.keys(serverSuccessors) as ServerState[]) {
    const row = { ...newServer(brand<ServerId>('B1'), groupB), state };
    const { code } = why({ plan, head, group, row, now });
    const expected = { upgraded: 'SERVER_UP_TO_DATE', waiting: 'GROUP_NOT_OPEN' };
    assert.equal(code, Object.entries(expected).find(([name]) => name === state)?.[1] ?? 'STAGING');
  }
});

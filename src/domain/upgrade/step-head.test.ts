/** Whose hold stands when, what a pause leaves behind, and who is named for it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problem } from '../problem.ts';
import type { HeadEvent, HeadStep } from './event.ts';
import type { PlannedGroup } from './plan.ts';
import type { GroupState, ServerState, UpgradeHead } from './state.ts';
import { pause } from './moves.ts';
import { stepHead } from './step-head.ts';
import { exampleInput, examplePlanned, exampleRow, type ExampleSite } from './upgrade.testing.ts';

const told = ({ commands }: HeadStep): readonly string[] =>
  commands.map((one) => {
    if (one.type === 'record') return `record ${one.kind}`;
    if (one.type === 'release-hold') return `release ${one.key}`;
    return one.type === 'want-agent' ? `agent ${one.wanted}` : one.type;
  });

// -- the information server's own hold -----------------------------------------------------------

type Own = {
  readonly first?: Partial<PlannedGroup>;
  readonly stop?: boolean;
  readonly ownHoldSince?: number | null;
};

function agentReady({ first = {}, stop = false, ownHoldSince = 10 }: Own): HeadStep {
  const groups = [examplePlanned('A', { hold: 'site', from: 100, ...first })];
  const facts: ExampleSite = {
    plan: { groups, agent: { upgrade: true, stop } },
    head: { state: 'agent', ownHoldSince },
    group: { state: 'waiting' },
  };
  return stepHead(exampleInput(facts), { type: 'agent-ready' }, 100);
}

function checkOwn(name: string, own: Own, expected: readonly string[], since: number | null): void {
  test(`own hold: ${name}`, () => {
    const next = agentReady(own);
    assert.deepEqual(told(next), ['record upgrade-groups', ...expected]);
    assert.equal(next.head.ownHoldSince, since);
    assert.equal(next.head.agentStopped, expected.includes('agent stopped'));
  });
}

const released = ['release information-server'];
checkOwn('stays until the first group ends, when that goes on at once', {}, [], 10);
checkOwn(
  'and the agent stands still meanwhile, where the plan says so',
  { stop: true },
  ['agent stopped', 'record agent-stopped'],
  10,
);
checkOwn(
  'goes when the first group holds its servers only',
  { first: { hold: 'servers' } },
  released,
  null,
);
checkOwn('goes when the first group has another day', { first: { from: 101 } }, released, null);
checkOwn('stays when its day was yesterday', { first: { from: 50 } }, [], 10);
checkOwn(
  'goes when the first group waits for approval',
  { first: { approve: true } },
  released,
  null,
);
checkOwn('goes without stopping the agent', { first: { from: 101 }, stop: true }, released, null);
checkOwn('there is none', { ownHoldSince: null }, [], null);
checkOwn('there is none to stop the agent for', { ownHoldSince: null, stop: true }, [], null);

test('own hold: stays on every way before the groups', () => {
  const facts: ExampleSite = { head: { state: 'baseline', ownHoldSince: 10 } };
  const next = stepHead(exampleInput(facts), { type: 'baseline-laid' }, 100);
  assert.equal(next.head.state, 'agent');
  assert.equal(next.head.ownHoldSince, 10);
  assert.deepEqual(told(next), ['record upgrade-agent', 'upgrade-agent']);
});

test('own hold: goes when the group whose turn it is has another day', () => {
  const groups = [
    examplePlanned('A', { hold: 'site', from: 50 }),
    examplePlanned('B', { hold: 'site', from: 200 }),
  ];
  const facts: ExampleSite = {
    plan: { groups },
    head: { state: 'agent', ownHoldSince: 10, turn: 1 },
    group: { state: 'waiting' },
  };
  const next = stepHead(exampleInput(facts), { type: 'agent-ready' }, 100);
  assert.deepEqual(told(next), ['record upgrade-groups', ...released, 'follow']);
});

test('own hold: without a first group nothing goes on at once', () => {
  const input = exampleInput({ head: { state: 'agent', ownHoldSince: 10 } });
  const empty = {
    ...input,
    plan: { ...input.plan, groups: [] },
    group: { ...input.group, state: 'waiting' as const },
  };
  assert.deepEqual(told(stepHead(empty, { type: 'agent-ready' }, 100)), [
    'record upgrade-groups',
    ...released,
  ]);
});

test('an information server that runs less again is upgraded first when people resume', () => {
  const input = exampleInput({ head: { state: 'groups' }, group: { state: 'waiting' } });
  const because = problem('INFORMATION_SERVER_BEHIND', { running: '5.70', target: '5.80' });
  const behind = stepHead(input, { type: 'effect-failed', because }, 100);
  assert.equal(behind.head.resumeTo, 'self-staging');
  const resumed = stepHead({ ...input, ...behind }, { type: 'resumed', who: 'p' }, 200);
  assert.equal(resumed.head.state, 'self-staging');
  assert.equal(resumed.head.ownHoldSince, 200);
});

test('a second approval of a group changes nothing and is not recorded', () => {
  const input = exampleInput({ head: { state: 'groups' }, group: { state: 'waiting' } });
  const event: HeadEvent = { type: 'approved', group: input.group.name, who: 'p' };
  const once = stepHead(input, event, 100);
  assert.deepEqual(told(once), ['record group-approved']);
  const twice = stepHead({ ...input, ...once }, event, 200);
  assert.deepEqual(told(twice), []);
  assert.equal(twice.group, once.group);
});

// -- the way to the groups -----------------------------------------------------------------------

for (const [name, plan, head, expected] of [
  ['whole', {}, {}, 'agent'],
  ['whole, without the agent', { agent: { upgrade: false, stop: false } }, {}, 'groups'],
  ['of servers alone', {}, { withInformationServer: false }, 'groups'],
  ['by deployment', {}, { form: 'deployment' }, 'groups'],
] as const) {
  test(`after the baseline of an upgrade ${name}: ${expected}`, () => {
    const input = exampleInput({ plan, head: { state: 'baseline', ...head } });
    assert.equal(stepHead(input, { type: 'baseline-laid' }, 100).head.state, expected);
  });
}

for (const [resumeTo, head, since] of [
  ['baseline', {}, 100],
  ['self-staging', {}, 100],
  ['baseline', { withInformationServer: false }, null],
  ['baseline', { form: 'deployment' }, null],
  ['groups', {}, null],
] as const) {
  test(`resumed to ${resumeTo}, ${JSON.stringify(head)}: own hold since ${since}`, () => {
    const input = exampleInput({ head: { state: 'paused', resumeTo, ...head } });
    const next = stepHead(input, { type: 'resumed', who: 'mori' }, 100);
    assert.equal(next.head.state, resumeTo);
    assert.equal(next.head.ownHoldSince, since);
  });
}

test('resumed with a group without a verdict: paused goes on, running tries again', () => {
  const group = { state: 'inconclusive' } as const;
  const paused = { state: 'paused', resumeTo: 'groups' } as const;
  const resumed: HeadEvent = { type: 'resumed', who: 'mori' };
  const after = (head: Partial<UpgradeHead>) => stepHead(exampleInput({ head, group }), resumed, 9);
  assert.equal(after(paused).group.state, 'inconclusive');
  assert.equal(after({}).group.state, 'staging');
});

for (const [state, head, isApproved] of [
  ['waiting', 'groups', true],
  ['waiting', 'stopped', false],
  ['waiting', 'finished', false],
  ['switching', 'groups', false],
] as const) {
  test(`approved, group ${state} of an upgrade ${head}: ${isApproved ? 'noted' : 'nothing'}`, () => {
    const input = exampleInput({ head: { state: head }, group: { state } });
    const group = input.group.name;
    const next = stepHead(input, { type: 'approved', group, who: 'mori' }, 100);
    assert.equal(next.group.approved, isApproved);
    assert.equal(next.commands.length > 0, isApproved);
  });
}

// -- a pause -------------------------------------------------------------------------------------

const personPauses: HeadEvent = { type: 'paused', who: 'mori' };
const effectFails: HeadEvent = { type: 'effect-failed', because: problem('LAUNCHER_ABSENT', {}) };

for (const [event, because, who] of [
  [personPauses, 'PAUSED_BY_PERSON', { who: 'mori' }],
  [effectFails, 'LAUNCHER_ABSENT', {}],
] as const) {
  test(`pause: recorded for ${because}, with a person if there is one`, () => {
    const kind = 'upgrade-paused';
    const [recorded] = stepHead(exampleInput({}), event, 100).commands;
    assert.deepEqual(recorded, { type: 'record', kind, server: null, detail: { because }, ...who });
  });
}

type Left = {
  readonly group: GroupState;
  readonly rows?: readonly ServerState[];
  readonly head?: Partial<UpgradeHead>;
};

/** A tick of an upgrade that is paused: what still stands goes as soon as it may. */
function checkLeft(name: string, left: Left, expected: readonly string[], to: GroupState): void {
  test(`pause: ${name}`, () => {
    const head = { state: 'paused', resumeTo: 'groups', ...left.head } as const;
    const rows = (left.rows ?? []).map((state) => exampleRow(state));
    const input = exampleInput({ head, rows, group: { state: left.group, lockedAt: 50 } });
    const next = stepHead(input, { type: 'tick' }, 100);
    assert.deepEqual(told(next), expected);
    assert.equal(next.group.state, to);
    if (expected.length === 0) return assert.equal(next.group, input.group);
    assert.equal(next.head.ownHoldSince, null);
    assert.equal(next.head.agentStopped, false);
  });
}

const own = { ownHoldSince: 10 };
checkLeft(
  'a hold stays while one is in flight',
  { group: 'switching', rows: ['leased'] },
  [],
  'switching',
);
checkLeft(
  'and goes with the last',
  { group: 'switching', rows: ['staged'] },
  ['release A'],
  'staging',
);
for (const group of ['holding', 'checking', 'restoring'] as const) {
  checkLeft(`a hold goes from ${group}`, { group }, ['release A'], 'staging');
}
checkLeft('where none stands nothing is to be done', { group: 'staging' }, [], 'staging');
checkLeft(
  'the own hold does not wait for what is in flight outside a lock',
  { group: 'staging', rows: ['leased'], head: own },
  ['release A', 'release information-server'],
  'staging',
);
checkLeft(
  'an agent that stands still without a hold starts too',
  { group: 'switching', head: { agentStopped: true } },
  ['release A', 'agent running', 'record agent-started'],
  'staging',
);
checkLeft(
  'what has stopped stays so',
  { group: 'stopped', head: { state: 'stopped', resumeTo: null } },
  [],
  'stopped',
);
test('pause: what does not run cannot be paused', () => {
  for (const state of ['paused', 'stopped', 'finished'] as const) {
    const input = exampleInput({ head: { state } });
    assert.throws(() => pause(input, problem('LAUNCHER_ABSENT', {}), 100), /invariant: resumable/);
  }
});
checkLeft(
  'who stopped the agent starts it again',
  { group: 'switching', head: { ...own, agentStopped: true } },
  ['release A', 'release information-server', 'agent running', 'record agent-started'],
  'staging',
);

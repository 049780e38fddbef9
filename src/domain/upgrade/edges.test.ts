/**
 * Every state × every event × the facts that matter, through the steps themselves: the edges that
 * they walk are exactly those of the tables. No edge stands in a table for nothing.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type Digest, type GroupName, type LeaseId, type ServerId } from '../names.ts';
import { problem } from '../problem.ts';
import type { HeadEvent, ServerEvent, StepInput } from './event.ts';
import type { UpgradePlan } from './plan.ts';
import {
  groupSuccessors,
  headSuccessors,
  newGroup,
  newServer,
  recount,
  serverSuccessors,
  type GroupState,
  type HeadState,
  type ResumableState,
  type ServerState,
  type UpgradeGroup,
  type UpgradeHead,
  type UpgradeServer,
} from './state.ts';
import { stepHead } from './step-head.ts';
import { stepServer } from './step-server.ts';
import { exampleHead, examplePlan, targetDigest } from './upgrade.testing.ts';

const target = targetDigest;
const other = brand<Digest>('a'.repeat(64));
const server = brand<ServerId>('a1');
const a = brand<GroupName>('A');
const lease = { id: brand<LeaseId>('1'), grantedAt: 0, until: 60_000 };

const serverStates = Object.keys(serverSuccessors) as ServerState[];
const groupStates = Object.keys(groupSuccessors) as GroupState[];
const headStates = Object.keys(headSuccessors) as HeadState[];
const resumable: readonly ResumableState[] = ['self-staging', 'baseline', 'agent', 'groups'];

function planOf(facts: {
  readonly groups: number;
  readonly agent: boolean;
  readonly local?: 'all';
}): UpgradePlan {
  const group = {
    name: a,
    servers: [server],
    from: 0,
    windows: [{ from: 0, until: 1_000_000 }],
    hold: 'servers',
    approve: false,
    gate: { percentMin: 95, sampleMin: 1, soakSeconds: 0 },
    local: facts.local,
  } as const;
  const groups = [group, { ...group, name: brand<GroupName>('B') }].slice(0, facts.groups);
  const agent = { upgrade: facts.agent, stop: true };
  return examplePlan({ groups, agent, inFlightMax: 5, holdMinutesMax: 10 });
}

function headOf(state: HeadState, change: Partial<UpgradeHead> = {}): UpgradeHead {
  const resumeTo = state === 'paused' ? 'groups' : null;
  return exampleHead(examplePlan({}), { state, resumeTo, ...change });
}

function rowOf(state: ServerState): UpgradeServer {
  const isLeased = ['leased', 'switching', 'proving'].includes(state);
  const ended = ['upgraded', 'returned', 'vanished'].includes(state);
  return {
    ...newServer(server, a),
    state,
    lease: isLeased ? lease : null,
    wasLeased: isLeased || ended,
    deadline: isLeased || state === 'staged' ? 60_000 : null,
    cause: state === 'returned' ? 'health' : null,
  };
}

function groupOf(state: GroupState, rows: readonly UpgradeServer[]): UpgradeGroup {
  return { ...newGroup(a, 0, 0), state, lockedAt: 0, ...recount(rows) };
}

function inputOf(head: UpgradeHead, group: UpgradeGroup, plan: UpgradePlan): StepInput {
  return { plan, head, group, site: { inFlight: 0, inFlightMax: 5, heldBy: null, proving: false } };
}

const serverEvents: readonly ServerEvent[] = [
  ...[true, false].flatMap((present) =>
    [target, other, null].flatMap((running) =>
      [true, false].map((retry) => ({ type: 'opened', present, running, retry }) as const),
    ),
  ),
  ...[target, other, null].map((running) => ({ type: 'seen', running, against: null }) as const),
  { type: 'seen', running: other, against: problem('SERVER_ABSENT', { server }) },
  { type: 'staged' },
  { type: 'not-stageable', cause: 'disk', because: problem('DISK_FULL', { path: '/' }) },
  { type: 'lease-requested', digest: target, lease: lease.id },
  { type: 'lease-confirmed', lease: lease.id },
  { type: 'installed' },
  { type: 'returned', cause: 'health', detail: '' },
  { type: 'disconnected' },
  { type: 'staging-closed' },
  { type: 'deadline', connected: true },
  { type: 'deadline', connected: false },
];

const headEvents: readonly HeadEvent[] = [
  { type: 'started' },
  { type: 'tick' },
  { type: 'self-staged' },
  { type: 'self-committed' },
  { type: 'self-returned', cause: 'crash' },
  { type: 'baseline-laid' },
  { type: 'agent-ready' },
  { type: 'agent-returned', cause: 'crash' },
  { type: 'effect-failed', because: problem('LAUNCHER_ABSENT', {}) },
  { type: 'hold-placed' },
  { type: 'checked', drifts: 0, lockedAt: 0 },
  { type: 'checked', drifts: 2, lockedAt: 0 },
  { type: 'restored', lockedAt: 0 },
  { type: 'approved', group: a, who: 'mori' },
  { type: 'paused', who: 'mori' },
  { type: 'resumed', who: 'mori' },
  { type: 'stopped', who: 'mori' },
];

/** Before a deadline, after it, after the longest hold, and outside the window. */
const instants = [1_000, 60_000, 600_000, 2_000_000];

function edgesOf(table: Readonly<Record<string, readonly string[]>>): string[] {
  return Object.entries(table)
    .flatMap(([from, successors]) => successors.map((to) => `${from} > ${to}`))
    .toSorted();
}

test('the steps of a server walk every edge of its table, and no other', () => {
  const walked = new Set<string>();
  const facts = { groups: 1, agent: true };
  const plans = [planOf(facts), planOf({ ...facts, local: 'all' })];
  for (const state of serverStates) {
    for (const groupState of groupStates) {
      for (const headState of headStates) {
        for (const event of serverEvents) {
          for (const now of instants) {
            for (const plan of plans) {
              const row = rowOf(state);
              const group = groupOf(groupState, [row]);
              const next = stepServer(inputOf(headOf(headState), group, plan), row, event, now);
              if (next.server.state !== state) walked.add(`${state} > ${next.server.state}`);
              assert.deepEqual(next.group.counts, recount([next.server]).counts);
            }
          }
        }
      }
    }
  }
  assert.deepEqual([...walked].toSorted(), edgesOf(serverSuccessors));
});

test('the steps of an upgrade walk every edge of head and group, and no other', () => {
  const heads = new Set<string>();
  const groups = new Set<string>();
  for (const input of everyInput()) {
    for (const event of headEvents) {
      for (const now of instants) {
        const next = stepHead(input, event, now);
        const [head, group] = [input.head.state, input.group.state];
        if (next.head.state !== head) heads.add(`${head} > ${next.head.state}`);
        if (next.group.state !== group) groups.add(`${group} > ${next.group.state}`);
      }
    }
  }
  assert.deepEqual([...heads].toSorted(), edgesOf(headSuccessors));
  assert.deepEqual([...groups].toSorted(), edgesOf(groupSuccessors));
});

function* everyInput(): Generator<StepInput> {
  const lost = problem('GATE_FAILED', { group: a, healthy: 0, leased: 1, percentMin: 95 });
  for (const headState of headStates) {
    const ways = headState === 'paused' ? resumable : [null];
    for (const resumeTo of ways) {
      for (const because of headState === 'paused' ? [null, lost] : [null]) {
        for (const groupState of groupStates) {
          for (const state of serverStates) {
            for (const facts of [1, 2].map((count) => ({ groups: count, agent: count === 1 }))) {
              const head = headOf(headState, { resumeTo, because });
              yield inputOf(head, groupOf(groupState, [rowOf(state)]), planOf(facts));
            }
          }
        }
      }
    }
  }
}

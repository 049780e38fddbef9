import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type Digest, type GroupName, type LeaseId, type ServerId } from '../names.ts';
import { problem, type ProblemCode } from '../problem.ts';
import type { Verdict } from '../result.ts';
import type { SiteFacts, StepInput } from './event.ts';
import { becauseOfWindow, mayConfirm, mayGo, mayLease, windowAt } from './lease.ts';
import type { Interval } from './plan.ts';
import {
  groupSuccessors,
  headSuccessors,
  newGroup,
  newServer,
  serverSuccessors,
  type GroupState,
  type HeadState,
  type ServerState,
  type UpgradeServer,
} from './state.ts';
import { exampleHead, examplePlan, targetDigest } from './upgrade.testing.ts';

const a = brand<GroupName>('A');
const b = brand<GroupName>('B');
const server = brand<ServerId>('a1');
const lease = { id: brand<LeaseId>('1'), grantedAt: 0, until: 60 };
const held = problem('SITE_ON_HOLD', { hold: 'h1', reason: 'audit' });
const always: readonly Interval[] = [];

type Facts = {
  readonly head?: HeadState;
  readonly group?: GroupState;
  readonly windows?: readonly Interval[];
  readonly site?: Partial<SiteFacts>;
};

function inputOf(facts: Facts): StepInput {
  const planned = (name: GroupName, windows: readonly Interval[]) => ({
    name,
    servers: [server],
    from: 0,
    windows,
    hold: 'servers' as const,
    approve: false,
    gate: { percentMin: 95, sampleMin: 1, soakSeconds: 0 },
  });
  // The other group never opens: its windows must not be taken for those of this one.
  const never = [{ from: 0, until: 0 }];
  const plan = examplePlan({ groups: [planned(b, never), planned(a, facts.windows ?? always)] });
  return {
    plan,
    head: exampleHead(plan, { state: facts.head ?? 'groups' }),
    group: { ...newGroup(a, 1, 0), state: facts.group ?? 'switching' },
    site: { inFlight: 0, inFlightMax: 2, heldBy: null, proving: false, ...facts.site },
  };
}

function rowOf(state: ServerState, change: Partial<UpgradeServer> = {}): UpgradeServer {
  return { ...newServer(server, a), state, ...change };
}

const said = (verdict: Verdict): string => (verdict.go ? 'go' : verdict.because.code);

function check(name: string, facts: Facts, expected: 'go' | ProblemCode): void {
  test(`lease: ${name}`, () => {
    const input = inputOf(facts);
    assert.equal(said(mayGo(input, 50)), expected);
    // Every reason against going is one against the lease and against its confirmation.
    assert.equal(
      said(mayLease(input, rowOf('staged'), { digest: targetDigest, now: 50 })),
      expected,
    );
    for (const state of ['leased', 'switching'] as const) {
      const row = rowOf(state, { lease });
      assert.equal(said(mayConfirm(input, row, { lease: lease.id, now: 50 })), expected);
    }
  });
}

for (const state of Object.keys(headSuccessors) as HeadState[]) {
  const open = state === 'groups' || state === 'finished';
  check(`upgrade ${state}`, { head: state }, open ? 'go' : 'GROUP_NOT_OPEN');
}
for (const state of Object.keys(groupSuccessors) as GroupState[]) {
  const open = state === 'switching' || state === 'passed';
  check(`group ${state}`, { group: state }, open ? 'go' : 'GROUP_NOT_OPEN');
}
check('within the window', { windows: [{ from: 50, until: 51 }] }, 'go');
check('before the window', { windows: [{ from: 51, until: 90 }] }, 'WINDOW_CLOSED');
check('after the window', { windows: [{ from: 0, until: 50 }] }, 'WINDOW_CLOSED');
check('under a hold', { site: { heldBy: held } }, 'SITE_ON_HOLD');
check(
  'while the information server proves',
  { site: { proving: true } },
  'INFORMATION_SERVER_PROVING',
);

test('lease: an upgrade that does not run says why it does not', () => {
  const input = inputOf({});
  const because = problem('PAUSED_BY_PERSON', { who: 'mori' });
  const paused = { ...input, head: { ...input.head, state: 'paused', because } as const };
  assert.deepEqual(mayGo(paused, 50), { go: false, because });
});

test('lease: a row that is not staged gets none', () => {
  for (const state of Object.keys(serverSuccessors) as ServerState[]) {
    const verdict = mayLease(inputOf({}), rowOf(state), { digest: targetDigest, now: 50 });
    assert.equal(said(verdict), state === 'staged' ? 'go' : 'GROUP_NOT_OPEN', state);
  }
});

test('lease: for another digest there is none', () => {
  const digest = brand<Digest>('a'.repeat(64));
  assert.equal(
    said(mayLease(inputOf({}), rowOf('staged'), { digest, now: 50 })),
    'DIGEST_NOT_WANTED',
  );
});

test('lease: the last place in flight is given, and none after it', () => {
  const asked = { digest: targetDigest, now: 50 };
  for (const [inFlight, expected] of [
    [0, 'go'],
    [1, 'go'],
    [2, 'IN_FLIGHT_LIMIT'],
    [3, 'IN_FLIGHT_LIMIT'],
  ] as const) {
    const input = inputOf({ site: { inFlight } });
    assert.equal(said(mayLease(input, rowOf('staged'), asked)), expected, String(inFlight));
    // Who holds a lease has its place already.
    const row = rowOf('leased', { lease });
    assert.equal(said(mayConfirm(input, row, { lease: lease.id, now: 50 })), 'go');
  }
});

function checkConfirm(
  name: string,
  row: UpgradeServer,
  asked: { readonly lease?: string; readonly now?: number },
  expected: 'go' | ProblemCode,
): void {
  test(`confirm: ${name}`, () => {
    const verdict = mayConfirm(inputOf({}), row, { lease: lease.id, now: 50, ...asked });
    assert.equal(said(verdict), expected);
  });
}

for (const state of Object.keys(serverSuccessors) as ServerState[]) {
  const mayBegin = state === 'leased' || state === 'switching';
  checkConfirm(`row ${state}`, rowOf(state, { lease }), {}, mayBegin ? 'go' : 'LEASE_OVER');
}
checkConfirm('no lease', rowOf('leased'), {}, 'LEASE_UNKNOWN');
checkConfirm('another lease', rowOf('leased', { lease }), { lease: '2' }, 'LEASE_UNKNOWN');
checkConfirm('its last instant', rowOf('leased', { lease }), { now: 59 }, 'go');
checkConfirm('its end', rowOf('leased', { lease }), { now: 60 }, 'LEASE_OVER');

function checkWindow(
  name: string,
  windows: readonly Interval[],
  expected: ReturnType<typeof windowAt>,
): void {
  test(`window: ${name}`, () => assert.deepEqual(windowAt(windows, 50), expected));
}

const until = (opens: number | null) => ({ open: false, opens }) as const;
checkWindow('none is always open', [], { open: true });
checkWindow('its first instant counts', [{ from: 50, until: 60 }], { open: true });
checkWindow('its last instant counts', [{ from: 40, until: 51 }], { open: true });
checkWindow('its end does not', [{ from: 40, until: 50 }], until(null));
checkWindow('opens in an instant', [{ from: 51, until: 60 }], until(51));
checkWindow('an empty one never opens', [{ from: 50, until: 50 }], until(null));
checkWindow(
  'opens with the first of those to come, in any order',
  [
    { from: 70, until: 80 },
    { from: 60, until: 65 },
    { from: 90, until: 95 },
    { from: 10, until: 20 },
  ],
  until(60),
);

test('window: the reason names when it opens, or that it never does', () => {
  assert.equal(becauseOfWindow([{ from: 50, until: 60 }], 50), null);
  assert.deepEqual(becauseOfWindow([{ from: 60, until: 70 }], 50)?.with, { opens: 60 });
  assert.deepEqual(becauseOfWindow([{ from: 10, until: 20 }], 50)?.with, { opens: 'never' });
});

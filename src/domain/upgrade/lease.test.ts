import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problem, type ProblemCode } from '../problem.ts';
import type { Verdict } from '../result.ts';
import type { SiteFacts } from './event.ts';
import { becauseOfWindow, mayConfirm, mayGo, mayLease, windowAt } from './lease.ts';
import type { Interval } from './plan.ts';
import {
  groupSuccessors,
  headSuccessors,
  serverSuccessors,
  type GroupState,
  type HeadState,
  type ServerState,
  type UpgradeServer,
} from './state.ts';
import {
  exampleInput,
  exampleLease,
  examplePlanned,
  exampleRow,
  oldDigest,
  targetDigest,
} from './upgrade.testing.ts';

const held = problem('SITE_ON_HOLD', { hold: 'h1', reason: 'audit' });
const lease = { ...exampleLease, until: 60 };

type Facts = {
  readonly head?: HeadState;
  readonly group?: GroupState;
  readonly windows?: readonly Interval[];
  readonly site?: Partial<SiteFacts>;
};

function inputOf({ head = 'groups', group = 'switching', windows = [], site = {} }: Facts) {
  // The other group never opens: its windows must not be taken for those of this one.
  const other = examplePlanned('B', { windows: [{ from: 0, until: 0 }] });
  const groups = [other, examplePlanned('A', { windows })];
  return exampleInput({ plan: { groups }, head: { state: head }, group: { state: group }, site });
}

const said = (verdict: Verdict): string => (verdict.go ? 'go' : verdict.because.code);

function check(name: string, facts: Facts, expected: 'go' | ProblemCode): void {
  test(`lease: ${name}`, () => {
    const input = inputOf(facts);
    assert.equal(said(mayGo(input, 50)), expected);
    // Every reason against going is one against the lease and against its confirmation.
    assert.equal(
      said(mayLease(input, exampleRow('staged'), { digest: targetDigest, now: 50 })),
      expected,
    );
    for (const state of ['leased', 'switching'] as const) {
      const row = exampleRow(state, { lease });
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
    const verdict = mayLease(inputOf({}), exampleRow(state), { digest: targetDigest, now: 50 });
    assert.equal(said(verdict), state === 'staged' ? 'go' : 'GROUP_NOT_OPEN', state);
  }
});

test('lease: for another digest there is none', () => {
  assert.equal(
    said(mayLease(inputOf({}), exampleRow('staged'), { digest: oldDigest, now: 50 })),
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
    assert.equal(said(mayLease(input, exampleRow('staged'), asked)), expected, String(inFlight));
    // Who holds a lease has its place already.
    const row = exampleRow('leased', { lease });
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
  checkConfirm(`row ${state}`, exampleRow(state, { lease }), {}, mayBegin ? 'go' : 'LEASE_OVER');
}
checkConfirm('no lease', exampleRow('leased'), {}, 'LEASE_UNKNOWN');
checkConfirm('another lease', exampleRow('leased', { lease }), { lease: '2' }, 'LEASE_UNKNOWN');
checkConfirm('its last instant', exampleRow('leased', { lease }), { now: 59 }, 'go');
checkConfirm('its end', exampleRow('leased', { lease }), { now: 60 }, 'LEASE_OVER');

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

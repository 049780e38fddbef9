/** What one event makes of one row, where the row is what it is about: edges have their own test. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brand, type Cause, type LeaseId } from '../names.ts';
import { problem, type ProblemCode } from '../problem.ts';
import type { ServerEvent, ServerStep } from './event.ts';
import {
  groupSuccessors,
  headSuccessors,
  serverSuccessors,
  type GroupState,
  type HeadState,
  type ServerState,
  type UpgradeServer,
} from './state.ts';
import { stepServer } from './step-server.ts';
import {
  exampleInput,
  exampleLease,
  exampleRow,
  exampleServer,
  oldDigest,
  targetDigest,
  type ExampleSite,
} from './upgrade.testing.ts';

type Expected = {
  readonly state: ServerState;
  readonly because?: ProblemCode | null;
  readonly cause?: Cause | null;
  readonly deadline?: number | null;
  /** Kinds of command; a record as `record <kind>`. */
  readonly commands?: readonly string[];
};

const now = 1_000;

function step(row: UpgradeServer, event: ServerEvent, facts: ExampleSite & { now?: number } = {}) {
  return stepServer(exampleInput({ rows: [row], ...facts }), row, event, facts.now ?? now);
}

const commandsOf = ({ commands }: ServerStep): readonly string[] =>
  commands.map((one) => (one.type === 'record' ? `record ${one.kind}` : one.type));

function check(name: string, next: ServerStep, expected: Expected): void {
  test(`server: ${name}`, () => {
    const { server } = next;
    assert.equal(server.state, expected.state);
    if (expected.because !== undefined)
      assert.equal(server.because?.code ?? null, expected.because);
    if (expected.cause !== undefined) assert.equal(server.cause, expected.cause);
    if (expected.deadline !== undefined) assert.equal(server.deadline, expected.deadline);
    if (expected.commands !== undefined) assert.deepEqual(commandsOf(next), expected.commands);
  });
}

/** Not even a row that reads the same: nothing is to be written. */
function checkSame(name: string, row: UpgradeServer, next: ServerStep): void {
  test(`server: ${name}: nothing changes`, () => {
    assert.equal(next.server, row);
    assert.deepEqual(next.commands, []);
  });
}

const leased = { lease: exampleLease, wasLeased: true, deadline: exampleLease.until };

// -- away ----------------------------------------------------------------------------------------

const gone: ServerEvent = { type: 'disconnected' };
const staging = { group: { state: 'staging' } } as const;

check('away while it downloads', step(exampleRow('staging'), gone, staging), {
  state: 'staging',
  deadline: now + 600_000,
});
check('away while its group switches', step(exampleRow('staged'), gone), {
  state: 'staged',
  deadline: now + 60_000,
});
{
  const row = exampleRow('staged');
  checkSame('away when it has staged and others have not', row, step(row, gone, staging));
  const switching = exampleRow('switching', leased);
  checkSame('away while it switches', switching, step(switching, gone));
}

{
  const row = exampleRow('staging', { deadline: 5 });
  checkSame('away again: the first time counts', row, step(row, gone, staging));
}

for (const state of Object.keys(serverSuccessors) as ServerState[]) {
  const row = exampleRow(state);
  const next = step(row, { type: 'staging-closed' }, staging);
  const name = `${state} when staging closes`;
  if (state === 'staging' || state === 'waiting')
    check(name, next, { state: 'absent', because: 'STAGING' });
  else if (state === 'local') check(name, next, { state: 'absent', commands: [] });
  else checkSame(name, row, next);
}

for (const [deadline, late] of [
  [null, false],
  [now + 1, false],
  [now, true],
  [now - 1, true],
] as const) {
  const row = exampleRow('leased', { ...leased, deadline });
  const next = step(row, { type: 'deadline', connected: true });
  if (late) check(`deadline ${deadline}`, next, { state: 'staged', because: 'LEASE_OVER' });
  else checkSame(`deadline ${deadline}`, row, next);
}
check(
  'a lease that lapsed while it was away',
  step(exampleRow('leased', { ...leased, deadline: now }), { type: 'deadline', connected: false }),
  { state: 'absent', because: 'SERVER_ABSENT', commands: ['record lease-lapsed', 'nudge'] },
);

// -- its group opens -----------------------------------------------------------------------------

const opened = (running: typeof targetDigest | null, retry: boolean): ServerEvent => ({
  type: 'opened',
  present: true,
  running,
  retry,
});

for (const state of ['waiting', 'staging', 'absent', 'returned', 'vanished', 'held'] as const) {
  check(
    `${state}, runs the release already`,
    step(exampleRow(state), opened(targetDigest, false)),
    {
      state: 'upgraded',
      commands: ['record server-upgraded'],
    },
  );
}
for (const state of ['returned', 'vanished', 'held'] as const) {
  const row = exampleRow(state);
  checkSame(`${state}, without a retry`, row, step(row, opened(oldDigest, false)));
  check(`${state}, tried again`, step(row, opened(oldDigest, true)), {
    state: 'staging',
    commands: ['want'],
  });
}

for (const state of ['absent', 'vanished'] as const) {
  const row = exampleRow(state);
  const away: ServerEvent = { type: 'opened', present: false, running: null, retry: true };
  checkSame(`${state}, and still not here`, row, step(row, away));
}

// -- seen ----------------------------------------------------------------------------------------

const seen = (running: typeof targetDigest, against: ProblemCode | null = null): ServerEvent => ({
  type: 'seen',
  running,
  against: against === null ? null : problem('SERVER_ABSENT', { server: exampleServer }),
});

for (const state of Object.keys(groupSuccessors) as GroupState[]) {
  const row = exampleRow('absent');
  const next = step(row, seen(oldDigest), { group: { state } });
  const name = `absent, seen again in a group ${state}`;
  if (['waiting', 'failed', 'stopped'].includes(state)) checkSame(name, row, next);
  else check(name, next, { state: 'staging', commands: ['want'] });
}
for (const state of Object.keys(headSuccessors) as HeadState[]) {
  const row = exampleRow('absent');
  const next = step(row, seen(oldDigest), { head: { state } });
  const name = `absent, seen again in an upgrade ${state}`;
  if (state === 'groups' || state === 'finished') check(name, next, { state: 'staging' });
  else checkSame(name, row, next);
}
check(
  'absent, seen again as what may not have the release',
  step(exampleRow('absent'), seen(oldDigest, 'SERVER_ABSENT')),
  { state: 'held', because: 'SERVER_ABSENT', cause: 'precondition', commands: [] },
);

for (const state of ['waiting', 'staging', 'staged', 'switching', 'vanished', 'held'] as const) {
  const row = exampleRow(state);
  checkSame(`${state}, seen with the old version`, row, step(row, seen(oldDigest)));
}
for (const state of ['upgraded', 'proving'] as const) {
  const row = exampleRow(state, leased);
  checkSame(`${state}, seen with the release`, row, step(row, seen(targetDigest)));
}
for (const state of ['switching', 'vanished'] as const) {
  check(`${state}, seen with the release`, step(exampleRow(state, leased), seen(targetDigest)), {
    state: 'proving',
    deadline: now + 60_000,
    commands: ['record server-seen-new'],
  });
}
for (const state of ['waiting', 'staging', 'absent', 'returned', 'held'] as const) {
  check(`${state}, seen with the release`, step(exampleRow(state), seen(targetDigest)), {
    state: 'upgraded',
  });
}
check('upgraded, seen with the old version', step(exampleRow('upgraded'), seen(oldDigest)), {
  state: 'returned',
  cause: 'unknown',
});
for (const [state, running] of [
  ['switching', targetDigest],
  ['upgraded', oldDigest],
] as const) {
  const row = exampleRow(state, leased);
  const next = step(row, seen(running), { head: { withInformationServer: false } });
  checkSame(`${state}, seen, when the release has no daemon of its own`, row, next);
}

// -- leases --------------------------------------------------------------------------------------

const asked: ServerEvent = {
  type: 'lease-requested',
  digest: targetDigest,
  lease: exampleLease.id,
};

for (const state of ['leased', 'switching'] as const) {
  const row = exampleRow(state, leased);
  const late = step(row, asked, { now: exampleLease.until - 1 });
  check(`${state}, asks anew in the last instant of its lease`, late, {
    state,
    commands: ['grant'],
  });
  test(`server: ${state}, asks anew: it is the same lease`, () => {
    const [grant] = late.commands;
    assert.deepEqual(grant, { type: 'grant', server: exampleServer, lease: exampleLease });
  });
}
check(
  'leased, asks anew when its lease is over',
  step(exampleRow('leased', leased), asked, { now: exampleLease.until }),
  {
    state: 'leased',
    commands: ['refuse'],
  },
);
for (const state of ['staging', 'proving', 'upgraded', 'returned', 'vanished'] as const) {
  check(`${state}, asks for a lease`, step(exampleRow(state, leased), asked), {
    state,
    commands: ['refuse'],
  });
}

check('leased without a lease', step(exampleRow('leased'), asked), {
  state: 'leased',
  commands: ['refuse'],
});
const late = exampleRow('absent', { because: problem('STAGING', { version: '5.80.1179' }) });
check('staged too late for its group', step(late, asked), {
  state: 'staging',
  commands: ['refuse', 'want'],
});
check(
  'staged too late for a group that stopped',
  step(late, asked, { group: { state: 'stopped' } }),
  {
    state: 'absent',
    commands: ['refuse'],
  },
);
for (const row of [
  exampleRow('absent', { because: problem('SERVER_ABSENT', { server: exampleServer }) }),
  exampleRow('held', { because: late.because }),
]) {
  check(`${row.state} because of ${row.because?.code}, asks for a lease`, step(row, asked), {
    state: row.state,
    commands: ['refuse'],
  });
}

const refused = ['confirm', 'record lease-refused'];
for (const state of ['staged', 'returned', 'proving', 'vanished'] as const) {
  const row = exampleRow(state, leased);
  const next = step(row, { type: 'lease-confirmed', lease: exampleLease.id });
  check(`${state}, asks whether it may go`, next, { state, because: null, commands: refused });
}
{
  const row = exampleRow('leased', leased);
  const next = step(row, { type: 'lease-confirmed', lease: brand<LeaseId>('another') });
  check('leased, asks whether it may go by another lease', next, {
    state: 'leased',
    commands: refused,
  });
}

const confirmed: ServerEvent = { type: 'lease-confirmed', lease: exampleLease.id };
check('leased, may go', step(exampleRow('leased', leased), confirmed), {
  state: 'switching',
  deadline: exampleLease.until + 60_000,
  commands: ['confirm', 'record server-switching'],
});
{
  const row = exampleRow('switching', leased);
  const next = step(row, confirmed);
  check('told to go a second time: answered, not recorded', next, {
    state: 'switching',
    commands: ['confirm'],
  });
  test('server: told to go a second time: its row stays', () => assert.equal(next.server, row));
}

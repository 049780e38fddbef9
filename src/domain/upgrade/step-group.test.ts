/** The bounds of a group's waiting, and what it asks for, one tick at a time. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { problem } from '../problem.ts';
import type { Command, HeadEvent, HeadStep } from './event.ts';
import type { PlannedGroup } from './plan.ts';
import type { GroupState, ServerState } from './state.ts';
import { stepHead } from './step-head.ts';
import { exampleInput, examplePlanned, exampleRow, type ExampleSite } from './upgrade.testing.ts';

type Facts = ExampleSite & {
  readonly planned?: Partial<PlannedGroup>;
  readonly states?: readonly ServerState[];
  /** Group B comes after group A. */
  readonly more?: boolean;
};

function step(facts: Facts, now: number, event: HeadEvent = { type: 'tick' }): HeadStep {
  const groups = [examplePlanned('A', facts.planned)];
  if (facts.more === true) groups.push(examplePlanned('B', { hold: 'site' }));
  const rows = (facts.states ?? []).map((state) =>
    exampleRow(state, { wasLeased: state === 'upgraded' || state === 'returned' }),
  );
  const plan = { groups, ...facts.plan };
  return stepHead(exampleInput({ rows, ...facts, plan }), event, now);
}

const told = ({ commands }: HeadStep): readonly string[] =>
  commands.map((one) => (one.type === 'record' ? `record ${one.kind}` : one.type));

function check(
  name: string,
  next: HeadStep,
  expected: {
    readonly state: GroupState;
    readonly head?: string;
    readonly told?: readonly string[];
  },
): void {
  test(`group: ${name}`, () => {
    assert.equal(next.group.state, expected.state);
    assert.equal(next.head.state, expected.head ?? 'groups');
    if (expected.told !== undefined) assert.deepEqual(told(next), expected.told);
  });
}

const commandOf = ({ commands }: HeadStep, type: Command['type']): Command | undefined =>
  commands.find((one) => one.type === type);

const minute = 60_000;

// -- until it is locked --------------------------------------------------------------------------

const waiting = { group: { state: 'waiting' }, planned: { from: 100 } } as const;
check('the instant before its day', step(waiting, 99), { state: 'waiting', told: [] });
check('its day', step(waiting, 100), {
  state: 'staging',
  told: ['record group-staging', 'open-group'],
});

const ahead = {
  ...waiting,
  planned: { from: 10 * minute },
  plan: { stageAheadMinutes: 4 },
} as const;
check('so long before its day it may not yet download', step(ahead, 6 * minute - 1), {
  state: 'waiting',
  told: [],
});
check('it downloads before its day', step(ahead, 6 * minute), {
  state: 'staging',
  told: ['record group-staging', 'open-group'],
});
check(
  'it waits for approval before it downloads',
  step({ ...ahead, planned: { ...ahead.planned, approve: true } }, 6 * minute),
  { state: 'waiting', told: [] },
);
check(
  'installers are not awaited before its day',
  step({ ...ahead, planned: { ...ahead.planned, local: 'all' } }, 6 * minute),
  { state: 'waiting', told: [] },
);
const early = {
  group: { state: 'staging', since: 6 * minute },
  planned: { from: 10 * minute },
  plan: { stageMinutesMax: 1, stageAheadMinutes: 4 },
} as const;
const allEarly: Facts = { ...early, states: ['staged'] };
check('all have staged before its day: nothing is held', step(allEarly, 10 * minute - 1), {
  state: 'staging',
  told: [],
});
check('all staged early, and its day comes', step(allEarly, 10 * minute), {
  state: 'holding',
  told: ['record group-locked', 'place-hold'],
});
check(
  'nobody is left to switch, before its day: the next group is not begun early',
  step({ ...early, states: ['absent'] }, 10 * minute - 1),
  { state: 'staging', told: [] },
);
const lateOne: Facts = { ...early, states: ['staged', 'staging'] };
check('nobody is given up before its day', step(lateOne, 10 * minute - 1), {
  state: 'staging',
  told: [],
});
check('and on its day, who has not staged is', step(lateOne, 10 * minute), {
  state: 'staging',
  told: ['close-staging'],
});

const staging = { group: { state: 'staging', since: 100 }, plan: { stageMinutesMax: 1 } } as const;
const one: Facts = { ...staging, states: ['staged', 'staging'] };
check('one has not staged', step(one, 100), { state: 'staging', told: [] });
check('one has not begun', step({ ...staging, states: ['staged', 'waiting'] }, 100), {
  state: 'staging',
  told: [],
});
check('the instant before its time to stage is over', step(one, 99 + minute), {
  state: 'staging',
  told: [],
});
check('its time to stage is over', step(one, 100 + minute), {
  state: 'staging',
  told: ['close-staging'],
});
check('all have staged', step({ ...staging, states: ['staged'] }, 100), {
  state: 'holding',
  told: ['record group-locked', 'place-hold'],
});
const closed = { windows: [{ from: 0, until: 50 }] };
check('its window is closed', step({ ...staging, states: ['staged'], planned: closed }, 100), {
  state: 'staging',
  told: [],
});
check(
  'its window is closed, but one is in flight already: that is not left without its hold',
  step({ ...staging, states: ['staged', 'leased'], planned: closed }, 100),
  { state: 'holding', told: ['record group-locked', 'place-hold'] },
);
test('group: the hold is its own, and lasts as the plan says', () => {
  const states: readonly ServerState[] = ['staged'];
  for (const hold of ['servers', 'site'] as const) {
    const next = step({ ...staging, states, planned: { hold }, more: true }, 100);
    assert.deepEqual(commandOf(next, 'place-hold'), {
      type: 'place-hold',
      key: 'A',
      form: hold,
      group: 'A',
      until: 100 + 120 * minute,
    });
  }
});
test('group: a reason that stands already is not written again', () => {
  const groups = [examplePlanned('A', waiting.planned)];
  const input = exampleInput({ plan: { groups }, group: waiting.group });
  const { group } = stepHead(input, { type: 'tick' }, 50);
  assert.notEqual(group, input.group);
  assert.equal(stepHead({ ...input, group }, { type: 'tick' }, 60).group, group);
  // Another value of it is another reason.
  const because = problem('GROUP_BEFORE_DAY', { group: 'A', from: 99 });
  const other = { ...group, because };
  assert.deepEqual(stepHead({ ...input, group: other }, { type: 'tick' }, 60).group, group);
});

// -- the locked step -----------------------------------------------------------------------------

const drifted = (restores: number): HeadStep =>
  step({ group: { state: 'checking', lockedAt: 5, restores } }, 10, {
    type: 'checked',
    drifts: 2,
    lockedAt: 5,
  });
for (const restores of [0, 1]) {
  check(`drift after ${restores} restores is restored`, drifted(restores), {
    state: 'restoring',
    told: ['record catalogue-drifted', 'restore-catalogue'],
  });
  test(`group: restore ${restores + 1} is counted`, () =>
    assert.equal(drifted(restores).group.restores, restores + 1));
}
check('drift after two restores needs a person', drifted(2), { state: 'staging', head: 'paused' });
test('group: what was restored in vain is said', () =>
  assert.deepEqual(
    drifted(2).head.because,
    problem('RESTORE_NOT_ENOUGH', { group: 'A', count: 2 }),
  ));

const paused = { head: { state: 'paused', resumeTo: 'groups' } } as const;
check(
  'a hold that is placed when the upgrade is paused opens nothing',
  step({ ...paused, group: { state: 'holding', lockedAt: 5 } }, 10, { type: 'hold-placed' }),
  { state: 'holding', head: 'paused', told: [] },
);
check(
  'a clean catalogue when the upgrade is paused opens nothing',
  step({ ...paused, group: { state: 'checking', lockedAt: 5 } }, 10, {
    type: 'checked',
    drifts: 0,
    lockedAt: 5,
  }),
  { state: 'checking', head: 'paused', told: [] },
);

// -- switching -----------------------------------------------------------------------------------

const switching = {
  group: { state: 'switching', lockedAt: 100 },
  plan: { holdMinutesMax: 1 },
} as const;
const nudged = (states: readonly ServerState[], inFlightMax: number): Command | undefined =>
  commandOf(step({ ...switching, states, plan: { holdMinutesMax: 1, inFlightMax } }, 100), 'nudge');
for (const [states, inFlightMax, count] of [
  [['staged'], 3, 1],
  [['staged', 'staged'], 1, 1],
  [['staged', 'staged', 'leased'], 2, 1],
  [['staged', 'staged', 'staged'], 2, 2],
  [['staged', 'leased', 'proving'], 2, null],
  [['leased'], 3, null],
] as const) {
  test(`group: ${states.join()} under a limit of ${inFlightMax} asks ${count ?? 'nobody'}`, () => {
    const expected = count === null ? undefined : { type: 'nudge', group: 'A', count };
    assert.deepEqual(nudged(states, inFlightMax), expected);
  });
}
for (const [reason, site] of [
  ['a hold is over the site', { heldBy: problem('SITE_ON_HOLD', { hold: 'h', reason: 'r' }) }],
  ['the information server proves itself', { proving: true }],
] as const) {
  test(`group: while ${reason}, nobody is asked to ask`, () => {
    assert.equal(
      commandOf(step({ ...switching, states: ['staged'], site }, 100), 'nudge'),
      undefined,
    );
  });
}
check(
  'the instant before its hold is over',
  step({ ...switching, states: ['staged'] }, 99 + minute),
  {
    state: 'switching',
  },
);
check('its hold is over', step({ ...switching, states: ['staged'] }, 100 + minute), {
  state: 'staging',
  head: 'paused',
});

// -- soak and gate -------------------------------------------------------------------------------

const settling: Facts = {
  group: { state: 'settling', since: 100 },
  planned: { gate: { percentMin: 95, sampleMin: 1, soakSeconds: 1 } },
  states: ['upgraded'],
};
check('the instant before it has soaked', step(settling, 1_099), { state: 'settling', told: [] });
check('it has soaked, and is the last', step(settling, 1_100), {
  state: 'passed',
  head: 'finished',
  told: ['record group-passed', 'nudge', 'record upgrade-finished'],
});
check('it has soaked, and another comes', step({ ...settling, more: true }, 1_100), {
  state: 'passed',
  told: ['record group-passed', 'nudge'],
});
const ofTwo = { gate: { percentMin: 95, sampleMin: 2, soakSeconds: 1 } };
check('all are upgraded, but too few to prove it', step({ ...settling, planned: ofTwo }, 1_100), {
  state: 'inconclusive',
});
check(
  'one that was lost is back and still has to prove itself: it is judged when it has',
  step({ ...settling, states: ['upgraded', 'proving'] }, 1_100),
  { state: 'settling', told: [] },
);
check('its gate fails', step({ ...settling, states: ['upgraded', 'returned'] }, 1_100), {
  state: 'failed',
  head: 'paused',
});
check('its gate proves nothing', step({ ...settling, states: ['absent'] }, 1_100), {
  state: 'inconclusive',
  told: ['record gate-inconclusive'],
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Change } from './entries.ts';
import { restartDelay, step, type Step } from './decide.ts';
import { limits } from './limits.ts';
import {
  stateOf,
  successors,
  type Command,
  type Conduct,
  type Event,
  type Standing,
  type Track,
} from './track.ts';

const now = 1_000_000;
const change: Change = {
  from: 'old',
  to: 'new',
  fromGeneration: 4,
  generation: 5,
  tag: 'lease 7',
  proveSeconds: 60,
};
const reason = { cause: 'crash', detail: 'it crashed' };
const run = 3;

const standings: { readonly [State in Standing['state']]: Standing } = {
  committed: { state: 'committed' },
  preparing: { state: 'preparing', change },
  proving: { state: 'proving', change, attempts: 1, probes: 0 },
  probing: { state: 'probing', change, probes: 1 },
  returning: { state: 'returning', change, reason },
  trying: { state: 'trying', previous: { generation: 3, slot: 'older' } },
};

function conduct(changes: Partial<Conduct> = {}): Conduct {
  return { exits: 0, exitsInRow: 0, said: 'nothing', everStarted: false, ...changes };
}

function track(state: Standing['state'], changes: Partial<Track> = {}): Track {
  return {
    services: ['one', 'two'],
    standing: standings[state],
    committed: { generation: 4, slot: 'old' },
    previous: { generation: 3, slot: 'older' },
    wanted: 'running',
    outcome: null,
    generationMax: state === 'committed' || state === 'trying' ? 4 : 5,
    run,
    conduct: { one: conduct(), two: conduct() },
    ...changes,
  };
}

const proven: Event = { type: 'said', run, service: 'one', what: 'proven' };
const otherProven = { one: conduct(), two: conduct({ said: 'proven' }) };
const bothHealthy = { one: conduct({ said: 'healthy' }), two: conduct({ said: 'proven' }) };
const timeOver: Event = { type: 'time-over', run };
const ask: Event = {
  type: 'asked',
  slot: 'new',
  slotThere: true,
  proveSeconds: 60,
  tag: 'lease 7',
};
const leaking: Event = {
  type: 'over-limit',
  run,
  service: 'one',
  what: 'memory',
  detail: 'one takes 600 MiB',
};
const unaccepted: Event = { type: 'unaccepted', run, detail: 'no session for 24 h' };

function exit(changes: Partial<Extract<Event, { type: 'exited' }>> = {}): Event {
  const end = { status: 1, detail: 'status 1', ranMilliseconds: 100 };
  return { type: 'exited', run, service: 'one', ...end, ...changes };
}

function shape(commands: readonly Command[]): string[] {
  return commands.map((command) => {
    switch (command.do) {
      case 'stop':
      case 'publish':
      case 'log':
      case 'make-generation':
      case 'share-runtime':
        return command.do;
      case 'journal':
        return `journal ${command.entry.type}`;
      case 'start':
        return `start ${command.place.slot}`;
      case 'point-current':
        return `current ${command.generation}`;
      case 'keep-generations':
        return `keep ${command.generations.join(' ')}`;
      case 'tell':
        return `tell ${command.event.type}`;
      case 'restart':
        return `restart ${command.service} ${command.milliseconds}`;
      case 'end':
        return `end ${command.service}`;
      case 'alarm':
        return `alarm ${command.milliseconds}`;
    }
  });
}

function check(
  title: string,
  from: Track,
  event: Event,
  to: Standing['state'],
  commands: readonly string[],
): void {
  it(title, () => {
    const next = step(from, event, now);
    assert.equal(next.track.standing.state, to);
    assert.deepEqual(shape(next.commands), commands);
  });
}

const undo = ['stop', 'current 4', 'keep 4 3', 'start old', 'journal undone', 'publish'];
const back = ['current 4', 'keep 4 3', 'journal returned', 'tell returned'];
const forward = [
  'journal forward',
  'stop',
  'journal attempt',
  'start new',
  'alarm 300000',
  'publish',
];
const prove = ['journal attempt', 'start new', 'alarm 60000', 'publish'];

describe('every edge', () => {
  check('committed > preparing', track('committed'), ask, 'preparing', [
    'journal switch',
    'share-runtime',
    'stop',
    'make-generation',
    'current 5',
    'journal switched',
    'tell prepared',
  ]);
  check('preparing > proving', track('preparing'), { type: 'prepared' }, 'proving', prove);
  check(
    'preparing > committed: the disk refused',
    track('preparing'),
    { type: 'unprepared', cause: 'disk', detail: 'full' },
    'committed',
    undo,
  );
  check(
    'proving > committed: the last service proved itself',
    track('proving', { conduct: otherProven }),
    proven,
    'committed',
    ['journal committed', 'publish', 'keep 5 4'],
  );
  check(
    'proving > probing: all healthy, no session in time',
    track('proving', { conduct: bothHealthy }),
    timeOver,
    'probing',
    ['stop', 'start old', 'alarm 60000', 'publish'],
  );
  check('proving > returning: not healthy in time', track('proving'), timeOver, 'returning', [
    'journal returning',
    'stop',
    ...back,
  ]);
  check(
    'probing > proving: the old has no session either',
    track('probing'),
    timeOver,
    'proving',
    forward,
  );
  check(
    'probing > returning: the old has a session; it need not be started again',
    track('probing', { conduct: otherProven }),
    proven,
    'returning',
    ['journal returning', ...back],
  );
  check(
    'returning > committed',
    track('returning'),
    { type: 'returned', oldRuns: false },
    'committed',
    ['start old', 'publish'],
  );
});

describe('every start', () => {
  const started: Event = { type: 'started' };
  check('committed runs', track('committed'), started, 'committed', ['start old', 'publish']);
  check('preparing is undone', track('preparing'), started, 'preparing', ['tell unprepared']);
  check('proving goes on', track('proving'), started, 'proving', prove);
  check('returning goes on', track('returning'), started, 'returning', [
    'journal returning',
    'stop',
    ...back,
  ]);
  const third: Standing = { state: 'proving', change, attempts: limits.attemptsMax, probes: 0 };
  check(
    'after three launchers that died, back',
    track('proving', { standing: third }),
    started,
    'returning',
    ['journal returning', 'stop', ...back],
  );
  check('stopped stays stopped', track('committed', { wanted: 'stopped' }), started, 'committed', [
    'publish',
  ]);
});

describe('what stays where it is', () => {
  const twice = { one: conduct({ exits: 2, exitsInRow: 2 }), two: conduct() };
  check('the first exit while proving', track('proving'), exit(), 'proving', ['restart one 0']);
  check('the third goes back', track('proving', { conduct: twice }), exit(), 'returning', [
    'journal returning',
    'stop',
    ...back,
  ]);
  check(
    'the third of the old while probing',
    track('probing', { conduct: twice }),
    exit(),
    'proving',
    forward,
  );
  check(
    'a committed one is never given up',
    track('committed', { conduct: twice }),
    exit(),
    'committed',
    ['restart one 2000'],
  );
  check(
    'wrong settings wait long, and are told',
    track('committed'),
    exit({ status: 78 }),
    'committed',
    ['log', `restart one ${limits.settingsRestartMilliseconds}`],
  );
  check('a second switch', track('proving'), { ...ask, slot: 'newer' }, 'proving', ['log']);
  check('a switch to what runs', track('committed'), { ...ask, slot: 'old' }, 'committed', [
    'journal answered',
    'publish',
  ]);
  check('a slot that is not there', track('committed'), { ...ask, slotThere: false }, 'committed', [
    'journal answered',
    'publish',
  ]);
  const stop: Event = { type: 'wanted', wanted: 'stopped' };
  check('stopped by a person', track('committed'), stop, 'committed', [
    'journal wanted',
    'stop',
    'publish',
  ]);
  check('stopped while proving', track('proving'), stop, 'proving', [
    'journal wanted',
    'stop',
    'publish',
  ]);
  check(
    'started again, it proves itself from the beginning',
    track('proving', { wanted: 'stopped' }),
    { type: 'wanted', wanted: 'running' },
    'proving',
    ['journal wanted', ...prove],
  );
  check(
    'prepared while stopped',
    track('preparing', { wanted: 'stopped' }),
    { type: 'prepared' },
    'proving',
    ['publish'],
  );
  check('the end of the launcher while proving', track('proving'), { type: 'ending' }, 'proving', [
    'journal paused',
    'stop',
  ]);
});

describe('a daemon that is of no use', () => {
  check('takes too much while proving: back', track('proving'), leaking, 'returning', [
    'journal returning',
    'stop',
    'current 4',
    'keep 4 3',
    'journal returned',
    'tell returned',
  ]);
  check('takes too much later: starts afresh', track('committed'), leaking, 'committed', [
    'log',
    'end one',
  ]);
  check('of an earlier run: nothing', track('committed', { run: 4 }), leaking, 'committed', []);
  check('has no session for a day: the previous one', track('committed'), unaccepted, 'trying', [
    'log',
    'stop',
    'start older',
    'alarm 300000',
    'publish',
  ]);
  check(
    'without a previous one it goes on',
    track('committed', { previous: null }),
    unaccepted,
    'committed',
    [],
  );
  check(
    'the previous one is accepted, and stays',
    track('trying', { conduct: otherProven }),
    proven,
    'committed',
    ['current 3', 'journal answered', 'publish'],
  );
  const again = ['stop', 'start old', 'publish'];
  check('it is not: back to the newer', track('trying'), timeOver, 'committed', again);
  const twice = { one: conduct({ exits: 2 }), two: conduct() };
  check('it does not start', track('trying', { conduct: twice }), exit(), 'committed', again);
  check('a switch meanwhile is refused', track('trying'), ask, 'trying', ['log']);
  check(
    'a person stops it meanwhile',
    track('trying'),
    { type: 'wanted', wanted: 'stopped' },
    'committed',
    ['journal wanted', 'stop', 'publish'],
  );
});

/** Neither what runs afterwards, nor what one would go back to, nor what still has to prove itself. */
function keepsWhatRuns({ track: after, commands }: Step): void {
  for (const command of commands) {
    if (command.do !== 'keep-generations') continue;
    const { committed, previous, standing } = after;
    const needed = [committed.generation, ...(previous === null ? [] : [previous.generation])];
    if (standing.state === 'proving' || standing.state === 'probing') {
      needed.push(standing.change.generation);
    }
    const removed = needed.filter((generation) => !command.generations.includes(generation));
    assert.deepEqual(removed, [], `removed in ${standing.state}`);
  }
}

it('no event leads anywhere that the table does not allow', () => {
  const events: readonly Event[] = [
    ask,
    proven,
    timeOver,
    exit(),
    exit({ status: 78 }),
    { type: 'prepared' },
    { type: 'unprepared', cause: 'disk', detail: 'full' },
    { type: 'returned', oldRuns: false },
    leaking,
    unaccepted,
    { type: 'wanted', wanted: 'stopped' },
    { type: 'ending' },
  ];
  const conducts = [undefined, otherProven, bothHealthy];
  const seen = new Set<string>();
  for (const state of Object.keys(successors) as Standing['state'][]) {
    for (const event of events) {
      for (const one of conducts) {
        const from = track(state, one === undefined ? {} : { conduct: one });
        const next = step(from, event, now);
        keepsWhatRuns(next);
        const to = next.track.standing.state;
        if (to !== state) seen.add(`${state} > ${to}`);
      }
    }
  }
  const table = Object.entries(successors).flatMap(([from, all]) =>
    all.map((to) => `${from} > ${to}`),
  );
  assert.deepEqual([...seen].toSorted(), table.toSorted());
});

it('what daemons of an earlier run did no longer matters', () => {
  for (const event of [proven, timeOver, exit({ status: 78 })]) {
    const before = track('proving', { conduct: otherProven, run: run + 1 });
    assert.deepEqual(step(before, event, now), { track: before, commands: [] });
  }
});

it('the cause of a return tells a version that never started from one that crashed', () => {
  const cases: readonly [Partial<Conduct>, number, string][] = [
    [{}, 100, 'start'],
    [{}, limits.startMillisecondsMax, 'crash'],
    [{ everStarted: true }, 100, 'crash'],
  ];
  for (const [before, ranMilliseconds, cause] of cases) {
    const from = track('proving', { conduct: { one: conduct({ exits: 2, ...before }) } });
    const { standing } = step(from, exit({ ranMilliseconds }), now).track;
    assert.equal(standing.state === 'returning' && standing.reason.cause, cause);
  }
});

it('restarts at once, then ever later, and begins again after a steady time', () => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 100].map((exits) => restartDelay(exits, 1));
  assert.deepEqual(delays, [0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  const often = { one: conduct({ exits: 9, exitsInRow: 9 }), two: conduct() };
  const ranMilliseconds = limits.steadyMilliseconds;
  const next = step(track('committed', { conduct: often }), exit({ ranMilliseconds }), now);
  assert.deepEqual(shape(next.commands), ['restart one 0']);
});

it('daemons are told the slot that runs and the other one that is kept', () => {
  const told = (state: Standing['state']) => {
    const { slot, previous, phase } = stateOf(track(state));
    return [slot, previous, phase];
  };
  assert.deepEqual(told('committed'), ['old', 'older', 'committed']);
  assert.deepEqual(told('proving'), ['new', 'old', 'proving']);
  assert.deepEqual(told('probing'), ['old', 'new', 'proving']);
});

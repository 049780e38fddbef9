import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { brand, type RingName } from '../names.ts';
import type { RingCounts } from './evidence.ts';
import { countsOf, exampleGate, ringNamed } from './ring.testing.ts';
import {
  isOpenTo,
  newRollout,
  nextLook,
  passByPerson,
  ringSuccessors,
  rolloutState,
  stepRollout,
  waitsFor,
  type RingGate,
  type RingState,
  type RollingRing,
} from './rollout.ts';

const second = 1_000;
const first = brand<RingName>('first');

/** What is seen at each second, by ring; then which states the rings have. */
function check(
  name: string,
  gate: Partial<RingGate>,
  seen: readonly (readonly [atSeconds: number, ...counts: Parameters<typeof countsOf>[0][]])[],
  expected: readonly RingState[],
): void {
  test(`rollout: ${name}`, () => {
    let rings = newRollout([ringNamed('first', gate), ringNamed('rest', gate)]);
    for (const [at, ...counts] of seen) {
      rings = stepRollout(rings, (place) => countsOf(counts[place] ?? {}), at * second).rings;
    }
    assert.deepEqual(
      rings.map(({ progress }) => progress.state),
      expected,
    );
  });
}

const well = { healthy: 5 };
check('opens its first ring at once', {}, [[0, {}]], ['open', 'waiting']);
check(
  'soaks as soon as it passes',
  {},
  [
    [0, {}],
    [9, well],
  ],
  ['soaking', 'waiting'],
);
check(
  'opens the next after the soak',
  {},
  [
    [0, {}],
    [9, well],
    [69, well],
  ],
  ['passed', 'open'],
);
check(
  'not a moment before',
  {},
  [
    [0, {}],
    [9, well],
    [68.9, well],
  ],
  ['soaking', 'waiting'],
);
check(
  'begins the soak anew where one falls silent meanwhile',
  {},
  [
    [0, {}],
    [9, well],
    [50, { healthy: 4, pending: 1 }],
    [60, well],
    [69, well],
  ],
  ['soaking', 'waiting'],
);
check(
  'stops at the first that cannot be made up for',
  {},
  [
    [0, {}],
    [5, { pending: 4, failedBy: { health: 1 } }],
  ],
  ['failed', 'waiting'],
);
check(
  'fails in the soak',
  {},
  [
    [0, {}],
    [9, well],
    [30, { healthy: 4, vanished: 1 }],
  ],
  ['failed', 'waiting'],
);
check(
  'with everybody offline is inconclusive in the end',
  {},
  [
    [0, {}],
    [600, {}],
  ],
  ['inconclusive', 'waiting'],
);
check(
  'with everybody behind a dead link too',
  {},
  [
    [0, {}],
    [600, { pending: 5 }],
  ],
  ['inconclusive', 'waiting'],
);
check(
  'fails where all have it and none says a word',
  {},
  [
    [0, {}],
    [600, { trying: 5 }],
  ],
  ['failed', 'waiting'],
);
check(
  'waits no longer for a few slow links',
  {},
  [
    [0, {}],
    [600, { healthy: 4, pending: 1 }],
    [660, { healthy: 4, pending: 1 }],
  ],
  ['passed', 'open'],
);
check(
  'goes on from inconclusive when evidence comes after all',
  {},
  [
    [0, {}],
    [600, {}],
    [700, well],
    [760, well],
  ],
  ['passed', 'open'],
);
check(
  'fails from inconclusive too',
  {},
  [
    [0, {}],
    [600, {}],
    [700, { failedBy: { health: 1 } }],
  ],
  ['failed', 'waiting'],
);
check(
  'ends where nobody stands in the last ring',
  {},
  [
    [0, {}],
    [9, well],
    [69, well],
    [669, well, {}],
  ],
  ['passed', 'passed'],
);
check(
  'a failure of the second ring is one of the whole',
  {},
  [
    [0, {}],
    [9, well],
    [69, well],
    [75, well, { failedBy: { timeout: 1 } }],
  ],
  ['passed', 'failed'],
);

test('rollout: who may have it, and what it waits for', () => {
  const two = newRollout([ringNamed('first'), ringNamed('rest')]);
  assert.deepEqual([isOpenTo(two, 0), isOpenTo(two, 1), waitsFor(two)], [false, false, null]);
  const open = stepRollout(two, () => countsOf({}), 0).rings;
  assert.deepEqual([isOpenTo(open, 0), isOpenTo(open, 1)], [true, false]);
  assert.equal(waitsFor(open)?.name, first);
  assert.equal(nextLook(open), exampleGate.decideSeconds * second);
  const failed = stepRollout(open, () => countsOf({ vanished: 1 }), 5).rings;
  assert.deepEqual([isOpenTo(failed, 0), rolloutState(failed)], [false, 'failed']);
  assert.equal(nextLook(failed), null);
});

test('rollout: a person passes what is inconclusive, and nothing else', () => {
  const by = { who: 'mori', now: 700 * second };
  const open = stepRollout(newRollout([ringNamed('first')]), () => countsOf({}), 0).rings;
  const no = passByPerson(open, first, by);
  assert.equal('code' in no && no.code, 'RING_NOT_WAITING_FOR_PERSON');
  assert.ok('code' in passByPerson(open, brand<RingName>('other'), by));
  const waiting = stepRollout(open, () => countsOf({}), 600 * second);
  // It is the last one as well: where nobody was given it, it ends by itself.
  assert.equal(rolloutState(waiting.rings), 'passed');
  const silent = stepRollout(open, () => countsOf({ pending: 2 }), 600 * second).rings;
  assert.equal(rolloutState(silent), 'inconclusive');
  const passed = passByPerson(silent, first, by);
  assert.ok(!('code' in passed));
  assert.deepEqual(passed[0]?.progress, { state: 'passed', at: by.now, who: 'mori' });
});

const gates = fc.record({
  percentMin: fc.constantFrom(0, 50, 95, 100),
  healthyMin: fc.nat(4),
  sampleMin: fc.nat(4),
  soakSeconds: fc.constantFrom(0, 5, 60),
  decideSeconds: fc.constantFrom(0, 30, 600),
});
const some = fc
  .record({
    healthy: fc.nat(6),
    pending: fc.nat(3),
    trying: fc.nat(3),
    vanished: fc.nat(1),
    failedBy: fc.record({ health: fc.nat(1), network: fc.nat(2) }),
  })
  .map(countsOf);
const moments = fc.array(fc.tuple(fc.nat(200), fc.tuple(some, some, some)), { maxLength: 12 });

/** A whole history: at each moment servers may have joined, left, failed or come back. */
function play(
  gate: RingGate,
  history: readonly (readonly [number, readonly RingCounts[]])[],
  look: (before: readonly RollingRing[], after: readonly RollingRing[], now: number) => void,
): void {
  let now = 0;
  let rings = newRollout(['first', 'second', 'rest'].map((name) => ringNamed(name, gate)));
  for (const [wait, counts] of history) {
    now += wait * second;
    const of = (place: number): RingCounts => counts[place] ?? countsOf({});
    const stepped = stepRollout(rings, of, now).rings;
    look(rings, stepped, now);
    // Asked twice it says the same.
    const again = stepRollout(stepped, of, now);
    assert.deepEqual([again.rings, again.moves], [stepped, []]);
    rings = stepped;
  }
}

test('rollout: whatever is seen, no ring opens before the one before it has passed', () => {
  fc.assert(
    fc.property(gates, moments, (gate, history) => {
      play(gate, history, (_, after) => {
        for (const [place, { progress }] of after.entries()) {
          const previous = after[place - 1];
          if (progress.state === 'waiting' || previous === undefined) continue;
          assert.equal(previous.progress.state, 'passed');
        }
      });
    }),
  );
});

test('rollout: no ring passes before its soak is over, and what failed stays so', () => {
  fc.assert(
    fc.property(gates, moments, (gate, history) => {
      const soaking = new Map<string, number>();
      play(gate, history, (before, after, now) => {
        for (const [place, { name, progress }] of after.entries()) {
          const was = before[place]?.progress.state;
          if (was === 'failed') assert.equal(progress.state, 'failed');
          if (progress.state === 'soaking' && was !== 'soaking') soaking.set(name, now);
          if (progress.state !== 'passed' || was === 'passed') continue;
          const since = soaking.get(name) ?? now;
          const isSoaked = now >= since + gate.soakSeconds * second;
          const isEmptyLast = place === after.length - 1;
          assert.ok((was === 'soaking' && isSoaked) || gate.soakSeconds === 0 || isEmptyLast);
        }
      });
    }),
  );
});

test('rollout: after a failure nobody may have it any more', () => {
  fc.assert(
    fc.property(gates, moments, (gate, history) => {
      play(gate, history, (_, after) => {
        if (rolloutState(after) !== 'failed') return;
        for (const place of after.keys()) assert.equal(isOpenTo(after, place), false);
      });
    }),
  );
});

test('rollout: every state that the table names can follow, and no other does', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(gates, moments, (gate, history) => {
      let rings = newRollout([ringNamed('first', gate), ringNamed('rest', gate)]);
      let now = 0;
      for (const [wait, counts] of history) {
        now += wait * second;
        const before = rings.map(({ progress }) => progress.state);
        const step = stepRollout(rings, (place) => counts[place] ?? countsOf({}), now);
        for (const [place, ring] of rings.entries()) {
          let from = before[place] ?? 'waiting';
          for (const { to } of step.moves.filter((move) => move.ring === ring.name)) {
            seen.add(`${from} ${to.state}`);
            from = to.state;
          }
        }
        rings = step.rings;
      }
    }),
    { numRuns: 500 },
  );
  const allowed = Object.entries(ringSuccessors).flatMap(([from, next]) =>
    next.map((to) => `${from} ${to}`),
  );
  assert.deepEqual(
    [...seen].filter((one) => !allowed.includes(one)),
    [],
  );
  for (const one of ['open soaking', 'open failed', 'soaking open', 'inconclusive soaking']) {
    assert.ok(seen.has(one), one);
  }
});

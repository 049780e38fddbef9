/**
 * Content on its way through rings: the states of a ring, which may follow which, and when.
 *
 * One ring after the other. A ring opens when the one before it has passed; it passes on a count
 * AND a part of healthy servers over a minimum sample, held for a soak time; one that fails ends the
 * whole, and the content goes back from wherever it went. One that proves nothing in its time is
 * inconclusive: it waits for more evidence, or for a person, and says so.
 *
 * Level-triggered: what comes next follows from the states, the counts and the time alone, so
 * asking twice changes nothing. Absent: which servers, or which sites, stand in a ring.
 */

import type { Thresholds } from '../gate/gate.ts';
import type { Instant, RingName } from '../names.ts';
import { problem, type Problem } from '../problem.ts';
import type { RecordKind } from '../record/kinds.ts';
import { go, invariant, noGo, type Verdict } from '../result.ts';
import {
  countsAtLast,
  decidedCount,
  failsAnyhow,
  passesAnyhow,
  type RingCounts,
} from './evidence.ts';

export type RingGate = Thresholds & {
  readonly healthyMin: number;
  /** For so long it must go on passing before the next ring opens. */
  readonly soakSeconds: number;
  /** Without a verdict for so long after it opened, it is inconclusive. */
  readonly decideSeconds: number;
};

export type Ring = { readonly name: RingName; readonly gate: RingGate };

export type RingProgress =
  | { readonly state: 'waiting' }
  | { readonly state: 'open'; readonly openedAt: Instant }
  /** It passes at present; `since`: for so long. */
  | { readonly state: 'soaking'; readonly openedAt: Instant; readonly since: Instant }
  | { readonly state: 'inconclusive'; readonly openedAt: Instant; readonly because: Problem }
  /** `who`: the person that took it upon himself; null: its gate. */
  | { readonly state: 'passed'; readonly at: Instant; readonly who: string | null }
  | { readonly state: 'failed'; readonly at: Instant; readonly because: Problem };

export type RingState = RingProgress['state'];

/** From each state, the states that may follow it. */
export const ringSuccessors = {
  waiting: ['open'],
  open: ['soaking', 'inconclusive', 'passed', 'failed'],
  soaking: ['open', 'passed', 'failed'],
  inconclusive: ['soaking', 'passed', 'failed'],
  passed: [],
  failed: [],
} as const satisfies Record<RingState, readonly RingState[]>;

/** A ring together with how far it is. */
export type RollingRing = Ring & { readonly progress: RingProgress };

/** What happened to a ring in a step, for the record. */
export type RingMove = {
  readonly ring: RingName;
  readonly to: RingProgress;
  readonly counts: RingCounts;
};

/** Which states are lines of the record; a soak that begins anew is none. */
export const ringKinds = {
  waiting: null,
  open: 'ring-opened',
  soaking: null,
  inconclusive: 'ring-inconclusive',
  passed: 'ring-passed',
  failed: 'ring-failed',
} as const satisfies Record<RingState, RecordKind | null>;

export type RolloutStep<Rolling extends RollingRing = RollingRing> = {
  readonly rings: readonly Rolling[];
  readonly moves: readonly RingMove[];
};

export type RolloutState = 'running' | 'inconclusive' | 'passed' | 'failed';

export function newRollout(rings: readonly Ring[]): readonly RollingRing[] {
  invariant(rings.length > 0, 'content goes through one ring at least');
  return rings.map((ring) => ({ ...ring, progress: { state: 'waiting' } }));
}

export function rolloutState(rings: readonly RollingRing[]): RolloutState {
  const states = rings.map(({ progress }) => progress.state);
  if (states.includes('failed')) return 'failed';
  if (states.includes('inconclusive')) return 'inconclusive';
  return states.every((state) => state === 'passed') ? 'passed' : 'running';
}

/** Whether who stands in that ring may have the content. */
export function isOpenTo(rings: readonly RollingRing[], place: number): boolean {
  const progress = rings[place]?.progress;
  return progress !== undefined && progress.state !== 'waiting' && rolloutState(rings) !== 'failed';
}

/** Why it does not go on to whoever waits; null: nothing keeps it. */
export function waitsFor(rings: readonly RollingRing[]): RollingRing | null {
  return rings.find(({ progress: { state } }) => state !== 'waiting' && state !== 'passed') ?? null;
}

/** Everything that has become possible, in one step. `countsOf` answers for the place of a ring. */
export function stepRollout<Rolling extends RollingRing>(
  before: readonly Rolling[],
  countsOf: (place: number) => RingCounts,
  now: Instant,
): RolloutStep<Rolling> {
  const rings = [...before];
  const moves: RingMove[] = [];
  for (const [place, ring] of before.entries()) {
    if (rolloutState(rings) === 'failed') break;
    const previous = rings[place - 1];
    if (previous !== undefined && previous.progress.state !== 'passed') break;
    const counts = countsOf(place);
    const isLast = place === before.length - 1;
    // A ring may go several states on at once; each is a move of its own in the record.
    let { progress } = ring;
    for (let next = nextOf(ring, progress); next !== null; next = nextOf(ring, progress)) {
      progress = changed(progress, next);
      moves.push({ ring: ring.name, to: progress, counts });
    }
    rings[place] = { ...ring, progress };

    function nextOf(of: Ring, from: RingProgress): RingProgress | null {
      return nextProgress(of, from, { counts, isLast, now });
    }
  }
  return { rings, moves };
}

type Seen = { readonly counts: RingCounts; readonly isLast: boolean; readonly now: Instant };

function nextProgress(ring: Ring, progress: RingProgress, seen: Seen): RingProgress | null {
  const { now } = seen;
  switch (progress.state) {
    case 'waiting':
      return { state: 'open', openedAt: now };
    case 'passed':
    case 'failed':
      return null;
    case 'open':
    case 'soaking':
    case 'inconclusive': {
      const isAtLast = now >= progress.openedAt + ring.gate.decideSeconds * 1_000;
      const counts = isAtLast ? countsAtLast(seen.counts) : seen.counts;
      if (failsAnyhow(ring.gate, counts)) return failedBy(ring, counts, now);
      if (passesAnyhow(ring.gate, counts)) return soaked(ring, progress, now);
      return undecided(ring, progress, { ...seen, counts, isAtLast });
    }
  }
}

type Undecided = Extract<RingProgress, { readonly openedAt: Instant }>;

function soaked({ gate }: Ring, progress: Undecided, now: Instant): RingProgress | null {
  const { openedAt } = progress;
  if (progress.state !== 'soaking') return { state: 'soaking', openedAt, since: now };
  const isOver = now >= progress.since + gate.soakSeconds * 1_000;
  return isOver ? { state: 'passed', at: now, who: null } : null;
}

function undecided(
  { name, gate }: Ring,
  progress: Undecided,
  { counts, isLast, isAtLast, now }: Seen & { readonly isAtLast: boolean },
): RingProgress | null {
  const { openedAt } = progress;
  if (progress.state === 'soaking') return { state: 'open', openedAt };
  if (progress.state === 'inconclusive' || !isAtLast) return null;
  // It opens nothing after it: where nobody was given anything, there is nothing to wait for.
  if (isLast && counts.given === 0) return { state: 'passed', at: now, who: null };
  const { healthyMin, sampleMin } = gate;
  const values = { healthy: counts.healthy, judged: decidedCount(counts), healthyMin, sampleMin };
  const because = problem('RING_INCONCLUSIVE', { ring: name, ...values });
  return { state: 'inconclusive', openedAt, because };
}

function failedBy({ name, gate }: Ring, counts: RingCounts, now: Instant): RingProgress {
  const { healthy } = counts;
  const { percentMin } = gate;
  const values = { ring: name, healthy, judged: decidedCount(counts), percentMin };
  return { state: 'failed', at: now, because: problem('RING_FAILED', values) };
}

/** The only way from one state to the next. */
function changed(from: RingProgress, to: RingProgress): RingProgress {
  const allowed: readonly RingState[] = ringSuccessors[from.state];
  invariant(allowed.includes(to.state), `a ring went from ${from.state} to ${to.state}`);
  return to;
}

/** Only a ring that proved nothing waits for a person. */
export function mayPassByPerson({
  ring,
  state,
}: {
  readonly ring: RingName;
  readonly state: RingState;
}): Verdict {
  return state === 'inconclusive'
    ? go
    : noGo(problem('RING_NOT_WAITING_FOR_PERSON', { ring, state }));
}

/** A person takes it upon himself that an inconclusive ring counts as passed. */
export function passByPerson<Rolling extends RollingRing>(
  rings: readonly Rolling[],
  name: RingName,
  { who, now }: { readonly who: string; readonly now: Instant },
): readonly Rolling[] | Problem {
  const ring = rings.find((one) => one.name === name);
  const verdict = mayPassByPerson({ ring: name, state: ring?.progress.state ?? 'waiting' });
  if (!verdict.go) return verdict.because;
  invariant(ring !== undefined, 'a ring that waits for a person is one of them');
  const progress = changed(ring.progress, { state: 'passed', at: now, who });
  return rings.map((one) => (one === ring ? { ...one, progress } : one));
}

/** When a step may bring something although nothing happens; null: never. */
export function nextLook(rings: readonly RollingRing[]): Instant | null {
  for (const { progress, gate } of rings) {
    if (progress.state === 'open') return progress.openedAt + gate.decideSeconds * 1_000;
    if (progress.state === 'soaking') return progress.since + gate.soakSeconds * 1_000;
    if (progress.state !== 'passed') return null;
  }
  return null;
}

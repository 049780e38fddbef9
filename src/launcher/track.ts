/**
 * The words of the launcher's decisions: what a track is, what can happen to it, what can be
 * done with it, and what daemons are told of it. Pure; decide.ts holds the decisions.
 */

import type { Outcome, TrackState } from '#protocol/launcher/messages.ts';
import type { Change, Entry, Intent, Wanted } from './entries.ts';

/** A generation and the slot it stands for. */
export type Place = { readonly generation: number; readonly slot: string };

export type Reason = { readonly cause: string; readonly detail: string };

export type Standing =
  | { readonly state: 'committed' }
  /** Intent written; services stopping, the new generation being made. */
  | { readonly state: 'preparing'; readonly change: Change }
  /** The new version runs (unless a person stopped the track) and has to prove itself. */
  | {
      readonly state: 'proving';
      readonly change: Change;
      readonly attempts: number;
      readonly probes: number;
    }
  /** The old version runs once more, to learn whether the network or the new one is at fault. */
  | { readonly state: 'probing'; readonly change: Change; readonly probes: number }
  | { readonly state: 'returning'; readonly change: Change; readonly reason: Reason }
  /** Long after the commit, the previous version runs to learn whether it is accepted above. */
  | { readonly state: 'trying'; readonly previous: Place };

/** From each state, the states that may follow it. Staying is always allowed. */
export const successors = {
  committed: ['preparing', 'trying'],
  preparing: ['proving', 'committed'],
  proving: ['committed', 'probing', 'returning'],
  probing: ['proving', 'returning'],
  returning: ['committed'],
  trying: ['committed'],
} as const satisfies Record<Standing['state'], readonly Standing['state'][]>;

/** What one service did since its track was started last. */
export type Conduct = {
  readonly exits: number;
  readonly exitsInRow: number;
  readonly said: 'nothing' | 'healthy' | 'proven';
  /** It was healthy once, or ran for a while: a later end is a crash, not a failure to start. */
  readonly everStarted: boolean;
};

export type Track = {
  readonly services: readonly string[];
  readonly standing: Standing;
  /** The committed generation: where a return goes to while a switch is open. */
  readonly committed: Place;
  readonly previous: Place | null;
  readonly wanted: Wanted;
  readonly outcome: Outcome | null;
  readonly generationMax: number;
  /** Counts starts and stops; what daemons of an earlier run did no longer matters. */
  readonly run: number;
  readonly conduct: { readonly [service: string]: Conduct };
};

export type Event =
  | { readonly type: 'started' }
  | {
      readonly type: 'asked';
      readonly slot: string;
      readonly slotThere: boolean;
      readonly proveSeconds: number;
      readonly tag: string;
    }
  | { readonly type: 'prepared' }
  | { readonly type: 'unprepared'; readonly cause: string; readonly detail: string }
  | {
      readonly type: 'said';
      readonly run: number;
      readonly service: string;
      readonly what: 'healthy' | 'proven';
    }
  | {
      readonly type: 'exited';
      readonly run: number;
      readonly service: string;
      readonly status: number | null;
      readonly detail: string;
      readonly ranMilliseconds: number;
    }
  | { readonly type: 'time-over'; readonly run: number }
  | {
      readonly type: 'over-limit';
      readonly run: number;
      readonly service: string;
      readonly what: 'memory' | 'hang';
      readonly detail: string;
    }
  /** Committed for long, and never accepted by a tier above that answers. */
  | { readonly type: 'unaccepted'; readonly run: number; readonly detail: string }
  | { readonly type: 'wanted'; readonly wanted: Wanted }
  | { readonly type: 'returned'; readonly oldRuns: boolean }
  | { readonly type: 'ending' };

/** An entry of the intent file before it gets its time. */
type Timeless<One> = One extends Entry ? Omit<One, 'at'> : never;

export type Command =
  | { readonly do: 'journal'; readonly entry: Timeless<Entry> }
  | { readonly do: 'stop' }
  | { readonly do: 'start'; readonly place: Place; readonly run: number }
  | {
      readonly do: 'restart';
      readonly service: string;
      readonly run: number;
      readonly milliseconds: number;
    }
  /** Of one service alone; its end is told as any other. */
  | { readonly do: 'end'; readonly service: string; readonly run: number }
  | { readonly do: 'share-runtime'; readonly slot: string }
  | { readonly do: 'make-generation'; readonly change: Change }
  | { readonly do: 'point-current'; readonly generation: number }
  | { readonly do: 'keep-generations'; readonly generations: readonly number[] }
  | { readonly do: 'alarm'; readonly run: number; readonly milliseconds: number }
  /** This event comes before any that waits. */
  | { readonly do: 'tell'; readonly event: Event }
  | { readonly do: 'log'; readonly event: string; readonly detail: string }
  | { readonly do: 'publish' };

/** The track of a launcher that starts, from its intent file and its folders. */
export function trackAtStart(facts: {
  readonly services: readonly string[];
  readonly intent: Intent;
  readonly current: Place;
  readonly previousOf: (generation: number) => Place | null;
  readonly generationMax: number;
}): Track {
  const { open, wanted, outcome } = facts.intent;
  const committed =
    open === null
      ? facts.current
      : { generation: open.change.fromGeneration, slot: open.change.from };
  return {
    services: facts.services,
    standing: standingOf(open),
    committed,
    previous: facts.previousOf(committed.generation),
    wanted,
    outcome,
    generationMax: Math.max(facts.generationMax, facts.intent.generationMax),
    run: 0,
    conduct: {},
  };
}

function standingOf(open: Intent['open']): Standing {
  if (open === null) return { state: 'committed' };
  const { change } = open;
  switch (open.state) {
    case 'preparing':
      return { state: 'preparing', change };
    case 'proving':
      return { state: 'proving', change, attempts: open.attempts, probes: 0 };
    case 'returning':
      return { state: 'returning', change, reason: { cause: open.cause, detail: open.detail } };
  }
}

/** What daemons are told of a track. */
export function stateOf(track: Track): TrackState {
  const { standing, committed, previous, wanted, outcome } = track;
  const phase = standing.state === 'committed' ? 'committed' : 'proving';
  if (standing.state === 'proving' || standing.state === 'returning') {
    return { slot: standing.change.to, previous: standing.change.from, phase, wanted, outcome };
  }
  if (standing.state === 'trying') {
    const { slot } = standing.previous;
    return { slot, previous: committed.slot, phase, wanted, outcome };
  }
  const other = standing.state === 'probing' ? standing.change.to : (previous?.slot ?? null);
  return { slot: committed.slot, previous: other, phase, wanted, outcome };
}

/** Nothing is being switched, and every service that is to run has said that it works. */
export function isCalm({ standing, wanted, services, conduct }: Track): boolean {
  if (standing.state !== 'committed') return false;
  return wanted === 'stopped' || services.every((name) => isWell(conduct[name]));
}

const isWell = (one: Conduct | undefined): boolean => one !== undefined && one.said !== 'nothing';

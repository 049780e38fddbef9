/**
 * What one server made of the content of its ring, as far as it has said so; and how the words of a
 * whole ring are counted. The latest word counts: who failed and then took it is healthy.
 */

import type { Cause, ComponentName, Instant, RingName, ServerId } from '../names.ts';
import { noCounts, type RingCounts } from './evidence.ts';

export type OutcomeState = 'given' | 'there' | 'healthy' | 'failed';

export type RingOutcome = {
  readonly component: ComponentName;
  readonly server: ServerId;
  /** Where it stood when it was given. */
  readonly ring: RingName;
  /** `given`: told to take it; `there`: it is on its disk. */
  readonly state: OutcomeState;
  /** Why it failed; null: it did not. */
  readonly cause: Cause | null;
  /** In words of the server itself. */
  readonly detail: string | null;
  readonly at: Instant;
  /** Since when it has no session; null: it has one. */
  readonly silentSince: Instant | null;
};

export type OutcomeWord =
  | { readonly word: 'there' | 'healthy' }
  | { readonly word: 'failed'; readonly cause: Cause; readonly detail: string | null }
  | { readonly word: 'silent' | 'heard' };

export function outcomeAfter(before: RingOutcome, said: OutcomeWord, at: Instant): RingOutcome {
  switch (said.word) {
    case 'silent':
      return before.silentSince === null ? { ...before, silentSince: at } : before;
    case 'heard':
      return { ...before, silentSince: null };
    case 'there':
      // Staged is no news of one that works with it already, or could not.
      return before.state === 'given' ? { ...before, state: 'there', at } : before;
    case 'healthy':
      return { ...before, state: 'healthy', cause: null, detail: null, at, silentSince: null };
    case 'failed': {
      const { cause, detail } = said;
      return { ...before, state: 'failed', cause, detail, at, silentSince: null };
    }
  }
}

/** Silence shorter than this is a restart, or a link that was lost for a moment. */
export const vanishedAfterMs = 5 * 60_000;

/** Outcomes that count alike, and how many there are of them. */
export type Tally = Pick<RingOutcome, 'ring' | 'state' | 'cause'> & {
  readonly silence: 'none' | 'short' | 'long';
  readonly count: number;
};

export function countsOfTally(tallies: readonly Tally[], ring: RingName): RingCounts {
  const counts = { ...noCounts, failedBy: { ...noCounts.failedBy } };
  for (const { state, cause, silence, count, ...one } of tallies) {
    if (one.ring !== ring) continue;
    counts.given += count;
    if (state === 'failed') {
      const named = cause ?? 'unknown';
      counts.failedBy[named] = (counts.failedBy[named] ?? 0) + count;
    } else if (silence === 'long') counts.vanished += count;
    else if (silence === 'short') counts.pending += count;
    else if (state === 'healthy') counts.healthy += count;
    else if (state === 'there') counts.trying += count;
    else counts.pending += count;
  }
  return counts;
}

/**
 * How far a normal server is with one thing that it should have: the states, and which may follow
 * which. docs/protocol/normal-server.md draws the same table.
 */

import type { Cause, Digest, Fence, LeaseId } from '#domain/names.ts';
import type { Problem } from '#domain/problem.ts';
import { invariant } from '#domain/result.ts';
import type { WantedItem } from '#protocol/normal-server/messages.ts';
import { limits } from './limits.ts';

/** A permission to switch once, counted here from before it was asked for. */
export type HeldLease = { readonly id: LeaseId; readonly until: number };

export type Progress =
  /** Nothing of it is here. */
  | { readonly state: 'idle' }
  | { readonly state: 'downloading' }
  /** Complete on the disk; asks for a lease at `askAt`. Content needs none. */
  | { readonly state: 'staged'; readonly askAt: number }
  | { readonly state: 'asking'; readonly request: number; readonly since: number }
  /** What precedes the switch is being done. */
  | { readonly state: 'leased'; readonly lease: HeldLease }
  | { readonly state: 'confirming'; readonly lease: HeldLease; readonly deadline: number }
  | { readonly state: 'switching' }
  | { readonly state: 'proving' }
  | { readonly state: 'installed' }
  /** The version before runs again. Tried anew only when a higher fence still wants it. */
  | { readonly state: 'returned'; readonly return: Return }
  /** It did not come to a switch; tried anew at `retryAt`. */
  | {
      readonly state: 'failed';
      readonly because: Problem;
      readonly cause: Cause;
      readonly retryAt: number;
    };

export type ProgressState = Progress['state'];

export type Return = {
  readonly digest: Digest;
  /** What was wanted when it failed. */
  readonly fence: Fence;
  readonly cause: Cause;
  readonly detail: string;
};

/** From each state, the states that may follow it while the same digest stays wanted. */
export const successors = {
  idle: ['downloading'],
  downloading: ['staged', 'failed'],
  staged: ['asking', 'switching'],
  asking: ['leased', 'staged', 'returned', 'failed'],
  leased: ['confirming', 'staged', 'returned', 'idle'],
  confirming: ['switching', 'staged', 'returned', 'failed'],
  switching: ['proving', 'installed', 'returned', 'failed'],
  proving: ['installed', 'returned', 'failed'],
  // Other content, whose switch was still under way when this was wanted again, took its place.
  installed: ['idle'],
  returned: ['idle'],
  failed: ['idle'],
} as const satisfies Record<ProgressState, readonly ProgressState[]>;

export type Item = {
  readonly wanted: WantedItem;
  readonly progress: Progress;
  /** Failures in a row, for the pause before the next attempt. */
  readonly failures: number;
};

/** The only way from one state to the next. */
export function change(item: Item, progress: Progress): Item {
  const allowed: readonly ProgressState[] = successors[item.progress.state];
  invariant(
    allowed.includes(progress.state),
    `${item.wanted.component} went from ${item.progress.state} to ${progress.state}`,
  );
  return { ...item, progress };
}

/** When a decision is due although nothing happens; null: never. */
export function nextDue(items: readonly Item[], fetchFrom: number, now: number): number | null {
  let next: number | null = null;
  for (const { progress } of items) {
    const due = dueOf(progress, fetchFrom);
    // What is overdue and was not done waits for an event, not for time.
    if (due !== null && due > now && (next === null || due < next)) next = due;
  }
  return next;
}

function dueOf(progress: Progress, fetchFrom: number): number | null {
  switch (progress.state) {
    case 'idle':
      return fetchFrom;
    case 'staged':
      return progress.askAt;
    case 'asking':
      return progress.since + limits.askMilliseconds;
    case 'leased':
      return progress.lease.until;
    case 'confirming':
      return progress.deadline;
    case 'failed':
      return progress.retryAt;
    case 'downloading':
    case 'switching':
    case 'proving':
    case 'installed':
    case 'returned':
      return null;
  }
}

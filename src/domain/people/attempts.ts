/**
 * How often a password may be tried. Counted for each address, and for each account over all
 * addresses from which it never came in before: whoever floods an account from elsewhere slows
 * down strangers only, never the addresses from which its owner works. Tokens are not counted:
 * they cannot be guessed.
 */

import type { Instant } from '../names.ts';

export const attemptLimits = {
  windowMs: 15 * 60_000,
  /** Failures from one address, whatever account. */
  failuresPerAddressMax: 20,
  /** Failures of one account from one address where it came in before. */
  failuresPerPairMax: 10,
  /** Failures of one account from all other addresses together. */
  failuresPerAccountMax: 10,
  /** What is remembered at most; the oldest goes first. */
  rememberedMax: 10_000,
} as const;

type Count = { readonly since: Instant; readonly failures: number };

/** Counters by a key that says of what; and where accounts came in. */
export type Attempts = {
  readonly counts: ReadonlyMap<string, Count>;
  readonly known: ReadonlyMap<string, Instant>;
};

export const noAttempts: Attempts = { counts: new Map(), known: new Map() };

export type Attempt = { readonly account: string; readonly address: string };

/** Null: it may be tried; else how many seconds later. */
export function secondsToWait(attempts: Attempts, attempt: Attempt, now: Instant): number | null {
  let seconds: number | null = null;
  for (const { key, max } of countersOf(attempts, attempt)) {
    const count = live(attempts.counts.get(key), now);
    if (count === null || count.failures < max) continue;
    const left = Math.ceil((count.since + attemptLimits.windowMs - now) / 1_000);
    seconds = Math.max(seconds ?? 1, left);
  }
  return seconds;
}

export function afterFailure(attempts: Attempts, attempt: Attempt, now: Instant): Attempts {
  const counts = new Map(attempts.counts);
  for (const { key } of countersOf(attempts, attempt)) {
    const { since, failures } = live(counts.get(key), now) ?? { since: now, failures: 0 };
    counts.delete(key);
    counts.set(key, { since, failures: failures + 1 });
  }
  return { ...attempts, counts: bounded(counts) };
}

/** It was counted beforehand, and did not fail. */
export function takenBack(attempts: Attempts, attempt: Attempt): Attempts {
  const counts = new Map(attempts.counts);
  for (const { key } of countersOf(attempts, attempt)) {
    const count = counts.get(key);
    if (count === undefined) continue;
    if (count.failures <= 1) counts.delete(key);
    else counts.set(key, { ...count, failures: count.failures - 1 });
  }
  return { ...attempts, counts };
}

/** What failed before no longer counts against this account here; elsewhere it does. */
export function afterSuccess(attempts: Attempts, attempt: Attempt, now: Instant): Attempts {
  const key = pairOf(attempt);
  const known = new Map(attempts.known);
  known.delete(key);
  known.set(key, now);
  const counts = new Map(attempts.counts);
  counts.delete(`pair ${key}`);
  return { counts, known: bounded(known) };
}

function countersOf(
  { known }: Attempts,
  attempt: Attempt,
): readonly { readonly key: string; readonly max: number }[] {
  const { account, address } = attempt;
  const pair = pairOf(attempt);
  const own = known.has(pair)
    ? { key: `pair ${pair}`, max: attemptLimits.failuresPerPairMax }
    : { key: `account ${account}`, max: attemptLimits.failuresPerAccountMax };
  return [{ key: `address ${address}`, max: attemptLimits.failuresPerAddressMax }, own];
}

/** No name of an account has a space. */
function pairOf({ account, address }: Attempt): string {
  return `${account} ${address}`;
}

/** One that began later than now was counted before a clock was set back. */
function live(count: Count | undefined, now: Instant): Count | null {
  if (count === undefined || now < count.since) return null;
  return now < count.since + attemptLimits.windowMs ? count : null;
}

function bounded<Value>(all: Map<string, Value>): ReadonlyMap<string, Value> {
  for (const key of all.keys()) {
    if (all.size <= attemptLimits.rememberedMax) break;
    all.delete(key);
  }
  return all;
}

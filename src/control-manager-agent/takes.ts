/**
 * Fetches what the information server told to take, and nothing else. Level-triggered: the newest
 * word replaces the one before, and repeating it harms nobody.
 */

import type { Digest, Fence } from '#domain/names.ts';
import type { Problem } from '#domain/problem.ts';
import type { Clock } from '#ports/clock.ts';
import type { Inbox, InboxItem } from '#ports/inbox.ts';
import { limits } from './limits.ts';

export type Report = { readonly fence: Fence; readonly digest: Digest } & (
  | { readonly because: null }
  | { readonly because: Problem }
);

export type Takes = {
  take(order: { readonly fence: Fence; readonly items: readonly InboxItem[] }): void;
  /** The control manager is there again: what failed is tried at once. */
  tryAgain(): void;
  /** The information server is there anew and knows nothing: everything may be said again. */
  forgetReports(): void;
  /** What is wanted now. */
  digests(): readonly Digest[];
  close(): void;
};

type Wanted = {
  readonly item: InboxItem;
  fence: Fence;
  state: 'waiting' | 'running' | 'delivered' | 'failed';
  /** Of the monotonic clock: not before then. */
  notBefore: number;
  readonly stop: AbortController;
};

export function openTakes(options: {
  readonly clock: Clock;
  readonly inbox: Inbox;
  report(report: Report): void;
}): Takes {
  const { clock, inbox } = options;
  const wanted = new Map<Digest, Wanted>();
  /** Of a file only one fetch at a time, a stopped one that still lets go of it included. */
  const fetches = new Map<Digest, Promise<unknown>>();
  let cancel = (): void => undefined;
  let closed = false;

  function pump(): void {
    cancel();
    if (closed) return;
    const now = clock.monotonic();
    let running = [...wanted.values()].filter((one) => one.state === 'running').length;
    let next = Infinity;
    for (const one of wanted.values()) {
      if (one.state !== 'waiting' && one.state !== 'failed') continue;
      if (one.notBefore > now) next = Math.min(next, one.notBefore);
      else if (running < limits.downloadsAtOnceMax) {
        running += 1;
        void fetch(one);
      }
    }
    if (next < Infinity) cancel = clock.after(next - now, pump);
  }

  async function fetch(one: Wanted): Promise<void> {
    one.state = 'running';
    const { digest } = one.item;
    await fetches.get(digest);
    const fetching = inbox.fetch(one.item, one.stop.signal);
    fetches.set(digest, fetching);
    const fetched = await fetching;
    if (fetches.get(digest) === fetching) fetches.delete(digest);
    if (one.stop.signal.aborted) return pump();
    const pause = fetched.ok ? limits.reportedAgainMilliseconds : limits.failedAgainMilliseconds;
    one.state = fetched.ok ? 'delivered' : 'failed';
    one.notBefore = clock.monotonic() + pause;
    options.report({ fence: one.fence, digest, because: fetched.ok ? null : fetched.because });
    pump();
  }

  return {
    take({ fence, items }) {
      const named = new Map(items.map((item) => [item.digest, item]));
      for (const [digest, one] of wanted) {
        if (named.has(digest)) continue;
        one.stop.abort();
        wanted.delete(digest);
      }
      for (const [digest, item] of named) {
        const known = wanted.get(digest);
        const stop = new AbortController();
        if (!known) wanted.set(digest, { item, fence, state: 'waiting', notBefore: 0, stop });
        else {
          known.fence = fence;
          // Asked for although it was delivered: the file is looked at, and reported, once more.
          if (known.state === 'delivered') known.state = 'waiting';
        }
      }
      pump();
    },
    tryAgain() {
      for (const one of wanted.values()) if (one.state === 'failed') one.notBefore = 0;
      pump();
    },
    forgetReports() {
      for (const one of wanted.values()) if (one.state === 'delivered') one.notBefore = 0;
    },
    digests: () => [...wanted.keys()],
    close() {
      closed = true;
      cancel();
      for (const one of wanted.values()) one.stop.abort();
    },
  };
}

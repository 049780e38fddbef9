/**
 * Fetches what the information server told to take, and nothing else. Level-triggered: the newest
 * word replaces the one before, and repeating it harms nobody.
 */

import type { Digest, Fence } from '#domain/names.ts';
import type { Problem } from '#domain/problem.ts';
import type { Clock } from '#ports/clock.ts';
import type { Inbox, InboxItem } from '#ports/inbox.ts';
import { limits } from './limits.ts';

export type Report = {
  readonly fence: Fence;
  readonly digest: Digest;
  /** null: the file stands complete in the inbox. */
  readonly because: Problem | null;
};

type Wanted = {
  readonly item: InboxItem;
  fence: Fence;
  state: 'waiting' | 'running' | 'delivered' | 'failed';
  /** Of the monotonic clock: not before then. */
  notBefore: number;
  readonly stop: AbortController;
};

export type TakesOptions = {
  readonly clock: Clock;
  readonly inbox: Inbox;
  readonly report: (report: Report) => void;
};

export class Takes {
  readonly #options: TakesOptions;
  readonly #wanted = new Map<Digest, Wanted>();
  /** Of a file only one fetch at a time, a stopped one that still lets go of it included. */
  readonly #fetches = new Map<Digest, Promise<unknown>>();
  #cancel = (): void => undefined;
  #closed = false;

  constructor(options: TakesOptions) {
    this.#options = options;
  }

  take({ fence, items }: { fence: Fence; items: readonly InboxItem[] }): void {
    const named = new Map(items.map((item) => [item.digest, item]));
    for (const [digest, one] of this.#wanted) {
      if (named.has(digest)) continue;
      one.stop.abort();
      this.#wanted.delete(digest);
    }
    for (const [digest, item] of named) {
      const known = this.#wanted.get(digest);
      if (known) {
        known.fence = fence;
        // Asked for although it was delivered: the file is looked at, and reported, once more.
        if (known.state === 'delivered') known.state = 'waiting';
      } else {
        const stop = new AbortController();
        this.#wanted.set(digest, { item, fence, state: 'waiting', notBefore: 0, stop });
      }
    }
    this.#pump();
  }

  /** The control manager is there again: what failed is tried at once. */
  tryAgain(): void {
    for (const one of this.#wanted.values()) if (one.state === 'failed') one.notBefore = 0;
    this.#pump();
  }

  /** The information server is there anew and knows nothing: everything may be said again. */
  forgetReports(): void {
    for (const one of this.#wanted.values()) if (one.state === 'delivered') one.notBefore = 0;
  }

  /** What is wanted now. */
  digests(): readonly Digest[] {
    return [...this.#wanted.keys()];
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
    for (const one of this.#wanted.values()) one.stop.abort();
  }

  #pump(): void {
    this.#cancel();
    if (this.#closed) return;
    const { clock } = this.#options;
    const now = clock.monotonic();
    const all = [...this.#wanted.values()];
    let running = all.filter((one) => one.state === 'running').length;
    let next = Infinity;
    for (const one of all) {
      if (one.state !== 'waiting' && one.state !== 'failed') continue;
      if (one.notBefore > now) next = Math.min(next, one.notBefore);
      else if (running < limits.downloadsAtOnceMax) {
        running += 1;
        void this.#bring(one);
      }
    }
    if (next < Infinity) this.#cancel = clock.after(next - now, () => this.#pump());
  }

  async #bring(one: Wanted): Promise<void> {
    const { clock, inbox, report } = this.#options;
    one.state = 'running';
    const { digest } = one.item;
    await this.#fetches.get(digest);
    const fetching = inbox.fetch(one.item, one.stop.signal);
    this.#fetches.set(digest, fetching);
    const fetched = await fetching;
    if (this.#fetches.get(digest) === fetching) this.#fetches.delete(digest);
    if (one.stop.signal.aborted) return this.#pump();
    const pause = fetched.ok ? limits.reportedAgainMilliseconds : limits.failedAgainMilliseconds;
    one.state = fetched.ok ? 'delivered' : 'failed';
    one.notBefore = clock.monotonic() + pause;
    report({ fence: one.fence, digest, because: fetched.ok ? null : fetched.because });
    this.#pump();
  }
}

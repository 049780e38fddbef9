/**
 * Virtual time: events in the order of their instants, and among equals in the order in which they
 * were asked for. Nothing waits for the machine's own clock.
 *
 * `run` lets the promises that an event set off come to their end before time goes on; `runNow` is
 * for worlds without promises.
 */

import TinyQueue from 'tinyqueue';

export type Scheduled = {
  readonly time: number;
  readonly order: number;
  /** null: cancelled. */
  act: (() => void) | null;
};

/** May end a run early, before the next event. */
export type Until = { readonly time?: number; readonly events?: number; isOver?(): boolean };

export class Schedule {
  readonly #queue = new TinyQueue<Scheduled>([], earlier);
  #now: number;
  #order = 0;
  #events = 0;

  constructor(startsAt = 0) {
    this.#now = startsAt;
  }

  /** Milliseconds of virtual time. */
  get now(): number {
    return this.#now;
  }

  /** Events that have happened. */
  get events(): number {
    return this.#events;
  }

  /** What lies in the past happens now. */
  at(time: number, act: () => void): Scheduled {
    this.#order += 1;
    const event = { time: Math.max(time, this.#now), order: this.#order, act };
    this.#queue.push(event);
    return event;
  }

  after(milliseconds: number, act: () => void): Scheduled {
    return this.at(this.#now + milliseconds, act);
  }

  /** Ends when nothing is left to happen, or `until` says so. */
  run(until: Until = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      const pump = (): void => {
        try {
          if (!this.#one(until)) return resolve();
        } catch (error) {
          return reject(error instanceof Error ? error : new Error(String(error)));
        }
        // All promises settle before a tick, however long their chains are; see the test.
        queueMicrotask(() => process.nextTick(pump));
        return undefined;
      };
      queueMicrotask(() => process.nextTick(pump));
    });
  }

  runNow(until: Until = {}): void {
    while (this.#one(until));
  }

  #one(until: Until): boolean {
    if (until.isOver?.() === true) return false;
    if (until.events !== undefined && this.#events >= until.events) return false;
    let next = this.#queue.peek();
    while (next?.act === null) {
      this.#queue.pop();
      next = this.#queue.peek();
    }
    if (next === undefined) return false;
    if (until.time !== undefined && next.time > until.time) {
      this.#now = until.time;
      return false;
    }
    this.#queue.pop();
    this.#now = next.time;
    this.#events += 1;
    const { act } = next;
    next.act = null;
    act?.();
    return true;
  }
}

export function cancel(event: Scheduled): void {
  event.act = null;
}

function earlier(left: Scheduled, right: Scheduled): number {
  // Not their difference: a number with a fraction would be a piece of memory each time.
  if (left.time !== right.time) return left.time < right.time ? -1 : 1;
  return left.order - right.order;
}

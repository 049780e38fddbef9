/**
 * Virtual time: events in the order of their instants, and among equals in the order in which they
 * were asked for. Nothing waits for the machine's own clock.
 *
 * `run` lets the promises that an event set off come to their end before time goes on; `runNow` is
 * for worlds without promises.
 */

import { EventQueue, type Scheduled } from './event-queue.ts';

export type { Scheduled };

/** May end a run early, before the next event. */
export type Until = { readonly time?: number; readonly events?: number; isOver?(): boolean };

export class Schedule {
  readonly #queue = new EventQueue();
  #now: number;
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
    const event = { time: Math.max(time, this.#now), act };
    this.#queue.add(event);
    return event;
  }

  after(milliseconds: number, act: () => void): Scheduled {
    return this.at(this.#now + milliseconds, act);
  }

  /** Ends when nothing is left to happen, or `until` says so. */
  run(until: Until = {}): Promise<void> {
    const settled = Promise.resolve();
    return new Promise((resolve, reject) => {
      const pump = (): void => {
        try {
          if (!this.#one(until)) return resolve();
        } catch (error) {
          return reject(error instanceof Error ? error : new Error(String(error)));
        }
        // All promises settle before a tick, however long their chains are; see the test.
        void settled.then(atNextTick);
        return undefined;
      };
      const atNextTick = (): void => process.nextTick(pump);
      void settled.then(atNextTick);
    });
  }

  runNow(until: Until = {}): void {
    while (this.#one(until));
  }

  #one(until: Until): boolean {
    if (until.isOver?.() === true) return false;
    if (until.events !== undefined && this.#events >= until.events) return false;
    const time = this.#queue.nextTime();
    if (time === null) return false;
    if (until.time !== undefined && time > until.time) {
      this.#now = until.time;
      return false;
    }
    const next = this.#queue.take();
    this.#now = time;
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

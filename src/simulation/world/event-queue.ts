/**
 * The events of a schedule that have not happened yet: the earliest first, and among equals the one
 * that was added first. What was cancelled stays until its turn would come.
 *
 * A heap of four branches, its instants in an array of plain numbers: a fleet has hundreds of
 * thousands of events waiting, scattered over a memory that is far larger than the processor's
 * caches, and comparing two of them must not look there.
 */

import { invariant } from '#domain/result.ts';

export type Scheduled = {
  readonly time: number;
  /** null: cancelled, or it has happened. */
  act: (() => void) | null;
};

const branches = 4;
const sizeAtFirst = 1_024;

export class EventQueue {
  #times = new Float64Array(sizeAtFirst);
  /** A number for each event, rising in the order in which they were added. */
  #orders = new Float64Array(sizeAtFirst);
  readonly #events: Scheduled[] = [];
  #added = 0;

  add(event: Scheduled): void {
    const place = this.#events.length;
    if (place === this.#times.length) this.#grow();
    this.#added += 1;
    this.#events.push(event);
    this.#rise(place, event.time, this.#added, event);
  }

  /** When the earliest is due that was not cancelled; null: none is left. */
  nextTime(): number | null {
    for (let first = this.#events[0]; first !== undefined; first = this.#events[0]) {
      if (first.act !== null) return this.#times[0] ?? null;
      this.take();
    }
    return null;
  }

  /** The earliest, cancelled or not, out of the queue. */
  take(): Scheduled {
    const first = this.#events[0];
    const last = this.#events.pop();
    invariant(first !== undefined && last !== undefined, 'an event is left');
    const left = this.#events.length;
    if (left > 0) this.#sink(this.#times[left] ?? 0, this.#orders[left] ?? 0, last);
    return first;
  }

  #rise(from: number, time: number, order: number, event: Scheduled): void {
    let place = from;
    while (place > 0) {
      const above = (place - 1) >> 2;
      // Whoever was added later never goes before an equal.
      if ((this.#times[above] ?? 0) <= time) break;
      this.#move(above, place);
      place = above;
    }
    this.#put(place, time, order, event);
  }

  #sink(time: number, order: number, event: Scheduled): void {
    const { length } = this.#events;
    let place = 0;
    for (let child = 1; child < length; child = place * branches + 1) {
      const least = this.#leastFrom(child, Math.min(child + branches, length));
      if (!this.#isBefore(least, time, order)) break;
      this.#move(least, place);
      place = least;
    }
    this.#put(place, time, order, event);
  }

  #leastFrom(first: number, end: number): number {
    let least = first;
    for (let place = first + 1; place < end; place++) {
      if (this.#isBefore(place, this.#times[least] ?? 0, this.#orders[least] ?? 0)) least = place;
    }
    return least;
  }

  #isBefore(place: number, time: number, order: number): boolean {
    const other = this.#times[place] ?? 0;
    return other === time ? (this.#orders[place] ?? 0) < order : other < time;
  }

  #move(from: number, to: number): void {
    const event = this.#events[from];
    if (event !== undefined) {
      this.#put(to, this.#times[from] ?? 0, this.#orders[from] ?? 0, event);
    }
  }

  #put(place: number, time: number, order: number, event: Scheduled): void {
    this.#times[place] = time;
    this.#orders[place] = order;
    this.#events[place] = event;
  }

  #grow(): void {
    const [times, orders] = [this.#times, this.#orders];
    this.#times = new Float64Array(2 * times.length);
    this.#times.set(times);
    this.#orders = new Float64Array(2 * orders.length);
    this.#orders.set(orders);
  }
}

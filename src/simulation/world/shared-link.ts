/**
 * Transfers over one link as fluid flows: all that are under way share its bandwidth equally, none
 * faster than its own limit. The cost of a flow that begins or ends is the logarithm of their
 * number, however many there are.
 *
 * How: with equal shares the link has served every flow the same number of bytes since any instant.
 * That number, the service, is kept once for all; a flow ends when the service reaches its mark.
 */

import TinyQueue from 'tinyqueue';
import { cancel, type Schedule, type Scheduled } from './schedule.ts';

/** Added to an instant of our days, anything much smaller is lost, and time would stand still. */
const millisecondsMin = 0.001;

export type Flow = {
  readonly bytes: number;
  /** Of what it is given, this share is lost on the way and sent again. */
  readonly lossShare: number;
  /** The service at which it began and at which it is complete. */
  readonly from: number;
  readonly mark: number;
  done: (() => void) | null;
};

/** Less than a byte is a rounding of ours: who is told that all arrived also gets all. */
const roundingBytes = 0.5;

export class SharedLink {
  readonly #schedule: Schedule;
  readonly #flows = new TinyQueue<Flow>([], (left, right) => left.mark - right.mark);
  #bytesPerSecondEach: number;
  #bytesPerSecond: number;
  #count = 0;
  /** Bytes that each flow under way has been given since the beginning. */
  #service = 0;
  #servedAt: number;
  #carried = 0;
  #next: Scheduled | null = null;

  constructor(options: {
    readonly schedule: Schedule;
    readonly bytesPerSecond: number;
    /** What one flow can take at most, such as the port of a server. */
    readonly bytesPerSecondEach?: number;
  }) {
    this.#schedule = options.schedule;
    this.#servedAt = options.schedule.now;
    this.#bytesPerSecond = options.bytesPerSecond;
    this.#bytesPerSecondEach = options.bytesPerSecondEach ?? Infinity;
  }

  get flows(): number {
    return this.#count;
  }

  get bytesPerSecond(): number {
    return this.#bytesPerSecond;
  }

  /** Bytes that have crossed it, those of broken transfers and those that were lost behind it too. */
  get bytesCarried(): number {
    this.#serve();
    return this.#carried;
  }

  begin(bytes: number, done: () => void, lossShare = 0): Flow {
    this.#serve();
    const from = this.#service;
    const flow: Flow = { bytes, lossShare, from, mark: from + bytes / (1 - lossShare), done };
    this.#flows.push(flow);
    this.#count += 1;
    this.#plan();
    return flow;
  }

  /** Bytes of it that have arrived. */
  arrived(flow: Flow): number {
    this.#serve();
    if (flow.mark - this.#service <= roundingBytes) return flow.bytes;
    return Math.floor((this.#service - flow.from) * (1 - flow.lossShare));
  }

  /** Gives it up; what arrived stays carried. */
  break(flow: Flow): void {
    if (flow.done === null) return;
    this.#serve();
    flow.done = null;
    this.#count -= 1;
    this.#plan();
  }

  /** 0: nothing moves until it is set again. `each`: what one flow can take; as before if absent. */
  setBandwidth(bytesPerSecond: number, each = this.#bytesPerSecondEach): void {
    this.#serve();
    this.#bytesPerSecond = bytesPerSecond;
    this.#bytesPerSecondEach = each;
    this.#plan();
  }

  #rate(): number {
    return Math.min(this.#bytesPerSecondEach, this.#bytesPerSecond / this.#count);
  }

  #serve(): void {
    const { now } = this.#schedule;
    const milliseconds = now - this.#servedAt;
    this.#servedAt = now;
    if (this.#count === 0 || milliseconds === 0) return;
    const each = (this.#rate() * milliseconds) / 1_000;
    this.#service += each;
    this.#carried += each * this.#count;
  }

  #plan(): void {
    if (this.#next !== null) cancel(this.#next);
    this.#next = null;
    while (this.#flows.peek()?.done === null) this.#flows.pop();
    const first = this.#flows.peek();
    const rate = this.#rate();
    if (first === undefined || rate <= 0) return;
    const milliseconds = (Math.max(0, first.mark - this.#service) * 1_000) / rate;
    const wait = Math.max(milliseconds, millisecondsMin);
    this.#next = this.#schedule.after(wait, () => this.#complete());
  }

  #complete(): void {
    this.#next = null;
    this.#serve();
    const ended: (() => void)[] = [];
    for (let first = this.#flows.peek(); first !== undefined; first = this.#flows.peek()) {
      if (first.done !== null && first.mark - this.#service > roundingBytes) break;
      this.#flows.pop();
      if (first.done === null) continue;
      ended.push(first.done);
      first.done = null;
      this.#count -= 1;
    }
    this.#plan();
    for (const done of ended) done();
  }
}

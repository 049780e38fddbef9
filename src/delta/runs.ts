/**
 * Runs: stretches of the new image that resemble a stretch of the old one. They stand in the order
 * of the new image and never overlap there; what lies between two of them is *extra*.
 */

import { runsMax } from './limits.ts';

export class Runs {
  #columns: Readonly<Record<'to' | 'from' | 'bytes', Uint32Array<ArrayBuffer>>>;
  #count = 0;

  /** It grows beyond what is expected. */
  constructor(expected = 1_024) {
    const column = (): Uint32Array<ArrayBuffer> => new Uint32Array(Math.max(1, expected));
    this.#columns = { to: column(), from: column(), bytes: column() };
  }

  get count(): number {
    return this.#count;
  }

  /** Where in the new image. */
  to(index: number): number {
    return this.#columns.to[index] ?? 0;
  }

  /** Where in the old image. */
  from(index: number): number {
    return this.#columns.from[index] ?? 0;
  }

  bytes(index: number): number {
    return this.#columns.bytes[index] ?? 0;
  }

  add(to: number, from: number, bytes: number): void {
    if (this.#count === this.#columns.to.length) this.#grow();
    this.#columns.to[this.#count] = to;
    this.#columns.from[this.#count] = from;
    this.#columns.bytes[this.#count] = bytes;
    this.#count += 1;
  }

  addAll(others: Runs): void {
    for (let index = 0; index < others.count; index += 1) {
      this.add(others.to(index), others.from(index), others.bytes(index));
    }
  }

  /** Their indexes; of two that are equally long, the earlier comes first. */
  fromShortToLong(): Float64Array {
    // As numbers of length and index, which are sorted without a call for each pair.
    const order = new Float64Array(this.#count);
    for (let run = 0; run < this.#count; run += 1) order[run] = this.bytes(run) * runsMax + run;
    order.sort();
    for (let index = 0; index < order.length; index += 1) {
      order[index] = (order[index] ?? 0) % runsMax;
    }
    return order;
  }

  #grow(): void {
    const larger = (column: Uint32Array): Uint32Array<ArrayBuffer> => {
      const grown = new Uint32Array(column.length * 2);
      grown.set(column);
      return grown;
    };
    const { to, from, bytes } = this.#columns;
    this.#columns = { to: larger(to), from: larger(from), bytes: larger(bytes) };
  }
}

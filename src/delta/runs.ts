/**
 * Runs: stretches of the new image that resemble a stretch of the old one. They stand in the order
 * of the new image and never overlap there; what lies between two of them is *extra*.
 */

export class Runs {
  #columns = {
    to: new Uint32Array(1_024),
    from: new Uint32Array(1_024),
    bytes: new Uint32Array(1_024),
  };
  #count = 0;

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

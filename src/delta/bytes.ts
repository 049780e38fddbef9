/** Numbers and bytes in a row: how a delta is written, and read from whoever sent it. */

/** Thrown while a delta is read that says what cannot be; `message` says what. */
export class DeltaUnreadable extends Error {}

export function unreadable(detail: string): never {
  throw new DeltaUnreadable(detail);
}

export class ByteWriter {
  #bytes = Buffer.alloc(1_024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  #room(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.alloc(Math.max(this.#bytes.length * 2, this.#length + more));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  /** Seven bits a byte, the lowest first; the last byte has no eighth bit. */
  number(value: number): void {
    this.#room(8);
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#length++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#length++] = rest;
  }

  /** Small whichever its sign: 0, -1, 1, -2 … as 0, 1, 2, 3 … */
  signed(value: number): void {
    this.number(value < 0 ? -value * 2 - 1 : value * 2);
  }

  bytes(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Its length before it. */
  text(text: string): void {
    const bytes = Buffer.from(text);
    this.number(bytes.length);
    this.bytes(bytes);
  }

  end(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }
}

export class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** At most `max`, which is below 2^53 / 128. */
  number(max: number): number {
    let value = 0;
    let factor = 1;
    for (;;) {
      const byte = this.#bytes[this.#at++] ?? unreadable('it ends in a number');
      value += (byte & 127) * factor;
      if (value > max) unreadable(`a number is above ${max}`);
      if (byte < 128) return value;
      factor *= 128;
      if (factor > 2 ** 49) unreadable('a number does not end');
    }
  }

  /** Between `-max` and `max`. */
  signed(max: number): number {
    const value = this.number(max * 2);
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  bytes(length: number): Buffer {
    if (length > this.left) unreadable('it ends too early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** The next bytes, to that stretch of the target. */
  copy(target: Buffer, at: number, end: number): void {
    if (end - at > this.left) unreadable('it ends too early');
    this.#bytes.copy(target, at, this.#at, this.#at + (end - at));
    this.#at += end - at;
  }

  text(bytesMax: number): string {
    return this.bytes(this.number(bytesMax)).toString();
  }

  end(): void {
    if (this.left !== 0) unreadable('something stands behind its end');
  }
}

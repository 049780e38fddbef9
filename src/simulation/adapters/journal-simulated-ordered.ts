/**
 * The smallest first, of a set that changes all the time: entries that left it stay in the heap
 * until they come up, so that leaving costs nothing.
 */

import TinyQueue from 'tinyqueue';

/** So many dead entries are not worth a rebuild. */
const deadEntriesMin = 1_024;

export class Ordered<Entry> {
  readonly #compare: (left: Entry, right: Entry) => number;
  readonly #isIn: (entry: Entry) => boolean;
  #heap: TinyQueue<Entry>;
  #size = 0;

  constructor(
    compare: (left: Entry, right: Entry) => number,
    /** Whether it belongs to the set now; entries may be in the heap twice. */
    isIn: (entry: Entry) => boolean,
  ) {
    this.#compare = compare;
    this.#isIn = isIn;
    this.#heap = new TinyQueue<Entry>([], compare);
  }

  add(entry: Entry): void {
    this.#size += 1;
    this.#heap.push(entry);
    if (this.#heap.length > 2 * this.#size + deadEntriesMin) this.#rebuild();
  }

  /** Whoever calls this also makes `isIn` deny it. */
  remove(): void {
    this.#size -= 1;
  }

  /** At most so many, for as long as `until` allows. */
  first(limit: number, until: (entry: Entry) => boolean = () => true): readonly Entry[] {
    const found: Entry[] = [];
    while (found.length < limit) {
      const entry = this.#heap.peek();
      if (entry === undefined) break;
      const isWanted = this.#isIn(entry) && entry !== found.at(-1);
      if (isWanted && !until(entry)) break;
      this.#heap.pop();
      if (isWanted) found.push(entry);
    }
    for (const entry of found) this.#heap.push(entry);
    return found;
  }

  #rebuild(): void {
    const live = new Set(this.#heap.data.filter((entry) => this.#isIn(entry)));
    this.#heap = new TinyQueue([...live], this.#compare);
  }
}

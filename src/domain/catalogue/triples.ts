/** A growing list of three integers each, flat, so that a million of them cost no objects. */

import { invariant } from '../result.ts';

export type Triples = {
  push(first: number, second: number, third: number): void;
  count(): number;
  first(index: number): number;
  second(index: number): number;
  third(index: number): number;
};

export function openTriples(): Triples {
  let values = new Int32Array(3 * 64);
  let length = 0;

  function at(index: number): number {
    const value = index < length ? values[index] : undefined;
    invariant(value !== undefined, 'an index of this list');
    return value;
  }

  return {
    push(first, second, third) {
      if (length === values.length) {
        const larger = new Int32Array(values.length * 2);
        larger.set(values);
        values = larger;
      }
      values[length] = first;
      values[length + 1] = second;
      values[length + 2] = third;
      length += 3;
    },
    count: () => length / 3,
    first: (index) => at(index * 3),
    second: (index) => at(index * 3 + 1),
    third: (index) => at(index * 3 + 2),
  };
}

/**
 * Finds names that stand in one large text, without making a string of each: open addressing
 * over positions, ASCII letters compared without case. Serves the sections of a `server.ini`.
 */

import { invariant } from '../result.ts';

export type NameIndex = {
  /** Answers the number of an equal name that is there already, else takes this one in. */
  add(from: number, until: number): number | null;
  find(name: string): number | null;
  count(): number;
  /** Name number `number`, as it is written. */
  name(number: number): string;
};

export function openNameIndex(text: string): NameIndex {
  const starts: number[] = [];
  const ends: number[] = [];
  /** Number of the name + 1; 0: free. The length is a power of two, at most half of it is used. */
  let places = new Int32Array(64);

  function placeOf(other: string, from: number, until: number): number {
    const mask = places.length - 1;
    let place = hashOf(other, from, until) & mask;
    for (; ; place = (place + 1) & mask) {
      const number = (places[place] ?? 0) - 1;
      if (number === -1) return place;
      const start = starts[number] ?? 0;
      const length = (ends[number] ?? 0) - start;
      if (length === until - from && sameText(text, start, other, from, length)) return place;
    }
  }

  function grow(): void {
    places = new Int32Array(places.length * 4);
    for (let number = 0; number < starts.length; number++) {
      places[placeOf(text, starts[number] ?? 0, ends[number] ?? 0)] = number + 1;
    }
  }

  return {
    add(from, until) {
      const place = placeOf(text, from, until);
      const taken = places[place] ?? 0;
      if (taken !== 0) return taken - 1;
      starts.push(from);
      ends.push(until);
      places[place] = starts.length;
      if (starts.length * 2 > places.length) grow();
      return null;
    },
    find(name) {
      const taken = places[placeOf(name, 0, name.length)] ?? 0;
      return taken === 0 ? null : taken - 1;
    },
    count: () => starts.length,
    name(number) {
      const start = starts[number];
      invariant(start !== undefined, 'a name of this index');
      return text.slice(start, ends[number]);
    },
  };
}

function hashOf(text: string, from: number, until: number): number {
  let hash = 0x811c9dc5;
  for (let index = from; index < until; index++) {
    hash = Math.imul(hash ^ lowerCase(text.charCodeAt(index)), 0x01000193);
  }
  return hash ^ (hash >>> 15);
}

/** ASCII letters without case. */
export function sameText(
  left: string,
  leftFrom: number,
  right: string,
  rightFrom: number,
  length: number,
): boolean {
  for (let offset = 0; offset < length; offset++) {
    const one = lowerCase(left.charCodeAt(leftFrom + offset));
    if (one !== lowerCase(right.charCodeAt(rightFrom + offset))) return false;
  }
  return true;
}

function lowerCase(code: number): number {
  return code >= 65 && code <= 90 ? code + 32 : code;
}

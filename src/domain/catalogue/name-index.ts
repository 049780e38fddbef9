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
  const hashes: number[] = [];
  /** Number of the name + 1; 0: free. The length is a power of two, at most half of it is used. */
  let places = new Int32Array(64);

  function placeOf(hash: number, other: string, from: number, length: number): number {
    const mask = places.length - 1;
    let place = hash & mask;
    for (; ; place = (place + 1) & mask) {
      const number = (places[place] ?? 0) - 1;
      if (number === -1) return place;
      if (hashes[number] !== hash) continue;
      const start = starts[number] ?? 0;
      const isAsLong = ends[number] === start + length;
      if (isAsLong && sameText(text, start, other, from, length)) return place;
    }
  }

  function grow(): void {
    places = new Int32Array(places.length * 4);
    const mask = places.length - 1;
    for (const [number, hash] of hashes.entries()) {
      let place = hash & mask;
      while (places[place] !== 0) place = (place + 1) & mask;
      places[place] = number + 1;
    }
  }

  return {
    add(from, until) {
      const hash = hashOf(text, from, until);
      const place = placeOf(hash, text, from, until - from);
      const taken = places[place] ?? 0;
      if (taken !== 0) return taken - 1;
      hashes.push(hash);
      starts.push(from);
      ends.push(until);
      places[place] = starts.length;
      if (starts.length * 2 > places.length) grow();
      return null;
    },
    find(name) {
      const place = placeOf(hashOf(name, 0, name.length), name, 0, name.length);
      const taken = places[place] ?? 0;
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

/** `| 32` folds letters (and a few other characters, which only costs a comparison). */
function hashOf(text: string, from: number, until: number): number {
  let hash = until - from;
  for (let index = from; index < until; index++) {
    hash = (Math.imul(hash, 31) + (text.charCodeAt(index) | 32)) | 0;
  }
  return (hash ^ (hash >>> 15)) & 0x3fffffff;
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
    const one = left.charCodeAt(leftFrom + offset);
    const other = right.charCodeAt(rightFrom + offset);
    if (one !== other && lowerCase(one) !== lowerCase(other)) return false;
  }
  return true;
}

function lowerCase(code: number): number {
  return code >= 65 && code <= 90 ? code + 32 : code;
}

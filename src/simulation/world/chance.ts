/**
 * Chance from a seed. Each part of a world has a stream of its own, named, so that one more draw
 * in one place changes nothing in another.
 */

import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { invariant } from '#domain/result.ts';

export class Chance {
  readonly #seed: number;
  readonly #generator: ReturnType<typeof xoroshiro128plus>;

  constructor(seed: number) {
    this.#seed = seed;
    this.#generator = xoroshiro128plus(seed);
    // Neighbouring seeds begin alike.
    this.#generator.jump();
  }

  /** From 0 up to 1. */
  readonly next = (): number => (this.#generator.next() >>> 0) / 2 ** 32;

  fork(name: string): Chance {
    return new Chance(hashOf(name, this.#seed));
  }

  happens(probability: number): boolean {
    return probability > 0 && this.next() < probability;
  }

  between(min: number, max: number): number {
    return min + this.next() * (max - min);
  }

  /** Both ends included. */
  integer(min: number, max: number): number {
    return Math.floor(this.between(min, max + 1));
  }

  pick<Value>(values: readonly Value[]): Value {
    const value = values[this.integer(0, values.length - 1)];
    invariant(value !== undefined, 'something to pick from');
    return value;
  }

  /** Waiting times of what happens at any moment equally. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.next());
  }

  /** Around zero, with a standard deviation of one. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.next()));
    return radius * Math.cos(2 * Math.PI * this.next());
  }
}

/** FNV-1a over a name, begun from a seed: 32 bits. */
export function hashOf(text: string, seed = 0): number {
  let hash = (2_166_136_261 ^ seed) | 0;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 16_777_619);
  }
  return hash | 0;
}

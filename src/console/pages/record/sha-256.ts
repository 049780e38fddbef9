/**
 * SHA-256 in one go. A browser's own answers later, each time; over a chain of very many lines that
 * waiting would be most of the work.
 */

import { brand, type Digest } from '#domain/names.ts';

const primes = firstPrimes(64);
const constants = primes.map((prime) => fraction(Math.cbrt(prime)));
const beginning = primes.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
const encoder = new TextEncoder();
const blockBytes = 64;

export function digestOf(text: string): Digest {
  const bytes = padded(encoder.encode(text));
  const view = new DataView(bytes.buffer);
  const state = Uint32Array.from(beginning);
  const words = new Uint32Array(blockBytes);
  for (let start = 0; start < bytes.length; start += blockBytes) {
    for (let place = 0; place < 16; place++) words[place] = view.getUint32(start + place * 4);
    extend(words);
    mix(state, words);
  }
  return brand<Digest>([...state].map((word) => word.toString(16).padStart(8, '0')).join(''));
}

/** A one, zeros, and the length in bits, up to whole blocks. */
function padded(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(Math.ceil((bytes.length + 9) / blockBytes) * blockBytes);
  all.set(bytes);
  all[bytes.length] = 0x80;
  new DataView(all.buffer).setBigUint64(all.length - 8, BigInt(bytes.length) * 8n);
  return all;
}

function extend(words: Uint32Array): void {
  for (let place = 16; place < 64; place++) {
    const early = words[place - 15] ?? 0;
    const late = words[place - 2] ?? 0;
    const first = turned(early, 7) ^ turned(early, 18) ^ (early >>> 3);
    const second = turned(late, 17) ^ turned(late, 19) ^ (late >>> 10);
    words[place] = (words[place - 16] ?? 0) + first + (words[place - 7] ?? 0) + second;
  }
}

function mix(state: Uint32Array, words: Uint32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
  for (let place = 0; place < 64; place++) {
    const high = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
    const chosen = (e & f) ^ (~e & g);
    const one = (h + high + chosen + (constants[place] ?? 0) + (words[place] ?? 0)) | 0;
    const low = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
    const most = (a & b) ^ (a & c) ^ (b & c);
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + low + most) | 0];
  }
  for (const [place, value] of [a, b, c, d, e, f, g, h].entries()) {
    state[place] = (state[place] ?? 0) + value;
  }
}

function turned(word: number, by: number): number {
  return (word >>> by) | (word << (32 - by));
}

function fraction(value: number): number {
  return Math.floor((value - Math.floor(value)) * 2 ** 32) >>> 0;
}

function firstPrimes(count: number): readonly number[] {
  const found: number[] = [];
  for (let number = 2; found.length < count; number++) {
    if (found.every((prime) => number % prime !== 0)) found.push(number);
  }
  return found;
}

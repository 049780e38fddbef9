/** What is fuzzed: one parser of bytes that come from outside, and what it promises. */

import assert from 'node:assert/strict';
import { problems, type Problem } from '#domain/problem.ts';
import type { Result } from '#domain/result.ts';

export type Target = {
  readonly name: string;
  /** `json`: mutations change values as well as bytes. */
  readonly form: 'bytes' | 'text' | 'json';
  /** Valid ones, from which mutations begin. */
  readonly samples: readonly Uint8Array[];
  /** What the form likes to see in the middle. */
  readonly words?: readonly string[];
  readonly bytesMax?: number;
  /** Of processor time for one input; default below. */
  readonly millisecondsMax?: number;
  /** Throws where a promise is broken. */
  check(input: Uint8Array): Promise<void> | void;
  close?(): Promise<void>;
};

export const targetLimits = {
  bytesMax: 64 * 1024,
  millisecondsMax: 1_000,
  /** However loaded the machine is. */
  answerMillisecondsMax: 30_000,
} as const;

export function textOf(input: Uint8Array): string {
  return Buffer.from(input).toString('utf8');
}

export function bytesOf(value: unknown): Uint8Array {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}

/** What the parsers said since it was asked last, each word once: `taken`, `refused`, or a code. */
export function wordsHeard(): readonly string[] {
  const words = [...heard].toSorted();
  heard.clear();
  return words;
}

const heard = new Set<string>();

/** Of a parser whose no has no code. */
export function hear(isTaken: boolean): void {
  heard.add(isTaken ? 'taken' : 'refused');
}

/** What is refused is refused by a problem of the catalogue, with its own parameters. */
export function expectAnswer<Value>(answer: Result<Value>, then?: (value: Value) => void): void {
  if (!answer.ok) return expectProblem(answer.because);
  hear(true);
  then?.(answer.value);
}

export function expectProblem(because: Problem): void {
  heard.add(because.code);
  const known = problems[because.code];
  assert.ok(known !== undefined, `unknown problem ${because.code}`);
  assert.deepEqual(Object.keys(because.with).toSorted(), [...known.parameters].toSorted());
  for (const value of Object.values(because.with)) {
    assert.ok(typeof value === 'number' || typeof value === 'string');
    assert.ok(String(value).length <= 30_000, 'a problem does not repeat all that it was given');
  }
}

/** Of text from outside that is read as JSON first; what is none is not the schema's business. */
export function jsonOf(input: Uint8Array): unknown {
  try {
    const value: unknown = JSON.parse(textOf(input));
    return value;
  } catch {
    return undefined;
  }
}

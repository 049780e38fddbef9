/** The two shapes in which the domain answers: a value that may be refused, and a permission. */

import type { Problem } from './problem.ts';

/** A value, or the expected reason why there is none. Broken invariants throw instead. */
export type Result<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly because: Problem };

/** May this happen now? A 'no' always carries its reason. */
export type Verdict = { readonly go: true } | { readonly go: false; readonly because: Problem };

export const go: Verdict = { go: true };

export function noGo(because: Problem): Verdict {
  return { go: false, because };
}

export function ok<Value>(value: Value): Result<Value> {
  return { ok: true, value };
}

export function refuse(because: Problem): { readonly ok: false; readonly because: Problem } {
  return { ok: false, because };
}

/** For what only a bug of ours can break; the program ends with exit status 70. */
export function invariant(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(`broken invariant: ${message}`);
}

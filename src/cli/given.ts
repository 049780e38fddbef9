/** Reads what was typed into the types that the calls want; a wrong value is a usage problem. */

import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Given } from './command.ts';

/** The part of a schema that is needed here, so that the CLI names no library. */
type Schema<Value> = {
  safeParse(
    value: unknown,
  ): { readonly success: true; readonly data: Value } | { readonly success: false };
};

export function argument(given: Given, position: number): string {
  const value = given.arguments[position];
  return typeof value === 'string' ? value : '';
}

export function text(given: Given, option: string): string | undefined {
  const value = given.options[option];
  return typeof value === 'string' ? value : undefined;
}

export function flag(given: Given, option: string): boolean {
  return given.options[option] === true;
}

/** An option that may be written several times, with commas, or followed by several words. */
export function list(given: Given, option: string): readonly string[] {
  const value = given.options[option];
  const pieces = Array.isArray(value)
    ? value.map(String)
    : typeof value === 'string'
      ? [value]
      : [];
  return pieces
    .flatMap((piece) => piece.split(','))
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '');
}

/** `what` is a key of `expected.` in the words, such as `name`. */
export function parsed<Value>(
  schema: Schema<Value>,
  value: unknown,
  { option, expected }: { readonly option: string; readonly expected: string },
): Result<Value> {
  const answer = schema.safeParse(value);
  if (answer.success) return ok(answer.data);
  return refuse(problem('OPTION_WRONG', { option, value: String(value), expected }));
}

export function parsedAll<Value>(
  schema: Schema<Value>,
  values: readonly string[],
  names: { readonly option: string; readonly expected: string },
): Result<Value[]> {
  const all: Value[] = [];
  for (const value of values) {
    const one = parsed(schema, value, names);
    if (!one.ok) return one;
    all.push(one.value);
  }
  return ok(all);
}

/** Without a zone nobody knows when it is. */
const zoned = /(Z|[+-]\d\d:?\d\d)$/;

export function instant(given: Given, option: string): Result<number | undefined> {
  const value = text(given, option);
  if (value === undefined) return ok(undefined);
  const at = zoned.test(value) ? Date.parse(value) : Number.NaN;
  if (!Number.isNaN(at)) return ok(at);
  return refuse(
    problem('OPTION_WRONG', { option: `--${option}`, value, expected: 'instant-zoned' }),
  );
}

export function wholeNumber(
  given: Given,
  option: string,
  { min, max, absent }: { readonly min: number; readonly max: number; readonly absent: number },
): Result<number> {
  const value = text(given, option);
  if (value === undefined) return ok(absent);
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= min && number <= max) return ok(number);
  const expected = `whole-number: ${min}–${max}`;
  return refuse(problem('OPTION_WRONG', { option: `--${option}`, value, expected }));
}

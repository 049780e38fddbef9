/**
 * Sentences out of one table, without a library: for commands that must start within milliseconds,
 * and for the web console, which loads the table of one language alone.
 */

import type { Problem } from '#domain/problem.ts';
import {
  formats,
  formatted,
  formatTime,
  problemKeys,
  type Format,
  type Lookup,
  type SayTime,
} from './format.ts';
import type { SaidProblem, TermSection, Values } from './words.ts';

export type TableWords = {
  /** null: the table has no such sentence. */
  say(path: readonly string[], values?: Values): string | null;
  term(section: TermSection, code: string): string;
  problem(because: Problem): SaidProblem;
};

export function tableWords(table: unknown, sayTime: SayTime = formatTime): TableWords {
  const find = (path: readonly string[]): string | undefined => {
    let node: unknown = table;
    for (const step of path) {
      if (typeof node !== 'object' || node === null || !Object.hasOwn(node, step)) return undefined;
      node = Reflect.get(node, step);
    }
    return typeof node === 'string' ? node : undefined;
  };
  const lookup: Lookup = (section, key) => find([section, ...key.split('.')]);
  const fill = (text: string, values: Values): string => filled(text, values, { lookup, sayTime });
  return {
    say(path, values = {}) {
      const text = find(path);
      return text === undefined ? null : fill(text, values);
    },
    term: (section, code) =>
      section === 'expected'
        ? formatted(code, 'expected', lookup)
        : (lookup(section, code) ?? code),
    problem(because) {
      const path = problemKeys(because).find((one) => find([...one, 'sentence']) !== undefined);
      return {
        sentence: fill(find([...(path ?? []), 'sentence']) ?? because.code, because.with),
        remedy: fill(find([...(path ?? []), 'remedy']) ?? '', because.with),
      };
    },
  };
}

function filled(
  text: string,
  values: Values,
  { lookup, sayTime }: { readonly lookup: Lookup; readonly sayTime: SayTime },
): string {
  return text.replace(/\{\{(\w+)(?:, (\w+))?\}\}/g, (whole, name: string, format?: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) return whole;
    const known = formats.find((one): one is Format => one === format);
    return known === undefined ? String(value) : formatted(value, known, lookup, sayTime);
  });
}

/**
 * The words of the web console: its own sentences, and the terms and problems that it shares with
 * the command line. Whoever makes it hands over the tables of one language.
 */

import type { Problem } from '#domain/problem.ts';
import type english from './console-en.json';
import type { SayTime } from './format.ts';
import { tableWords } from './words-table.ts';
import type { Language, Leaves, SaidProblem, TermSection, Values } from './words.ts';

/** A text of the console. An unknown key is a type error. */
export type ConsoleKey = Leaves<typeof english>;

export type ConsoleWords = {
  readonly language: Language;
  text(key: ConsoleKey, values?: Values): string;
  /** For a key that is made from data; null: the console has no word for it. */
  find(path: readonly string[], values?: Values): string | null;
  term(section: TermSection, code: string): string;
  problem(because: Problem): SaidProblem;
};

export function consoleWords(
  language: Language,
  tables: { readonly shared: unknown; readonly own: unknown },
  sayTime: SayTime,
): ConsoleWords {
  const own = tableWords(tables.own, sayTime);
  const { term, problem } = tableWords(tables.shared, sayTime);
  return {
    language,
    text: (key, values) => own.say(key.split('.'), values) ?? key,
    find: own.say,
    term,
    problem,
  };
}

/**
 * Every sentence that a person reads, by key. The sentences stand in `en.json` and `ja.json`;
 * code passes codes and numbers around. Absent: choosing a language (`language.ts`).
 */

import type { Problem } from '#domain/problem.ts';
import type english from './en.json';

type English = typeof english;

/** Every path to a text, such as `cli.hold.none`. */
export type Leaves<Tree, Before extends string = ''> = {
  [Key in keyof Tree & string]: Tree[Key] extends string
    ? `${Before}${Key}`
    : Leaves<Tree[Key], `${Before}${Key}.`>;
}[keyof Tree & string];

/** A text of the command line. An unknown key is a type error. */
export type TextKey = Leaves<{ readonly cli: English['cli'] }>;

export type Values = Readonly<Record<string, string | number>>;

export type SaidProblem = { readonly sentence: string; readonly remedy: string };

/** Words for what the domain names by a short code; a code without a word is shown as it is. */
export type TermSection =
  | 'state'
  | 'cause'
  | 'expected'
  | 'method'
  | 'condition'
  | 'habit'
  | 'decision';

export type Words = {
  readonly language: Language;
  text(key: TextKey, values?: Values): string;
  term(section: TermSection, code: string): string;
  problem(because: Problem): SaidProblem;
};

export const languages = ['en', 'ja'] as const;
export type Language = (typeof languages)[number];

/**
 * The words without a library, for commands that must start within milliseconds. Says the same
 * as `words-i18next.ts`; a test holds the two together.
 */

import type { Problem } from '#domain/problem.ts';
import english from './en.json' with { type: 'json' };
import { formats, formatted, problemKeys, type Format, type Lookup } from './format.ts';
import japanese from './ja.json' with { type: 'json' };
import type { Language, Values, Words } from './words.ts';

const tables: Readonly<Record<Language, unknown>> = { en: english, ja: japanese };

export function plainWords(language: Language): Words {
  const find = (path: readonly string[]): string | undefined => {
    let node: unknown = tables[language];
    for (const step of path) {
      if (typeof node !== 'object' || node === null || !Object.hasOwn(node, step)) return undefined;
      node = Reflect.get(node, step);
    }
    return typeof node === 'string' ? node : undefined;
  };
  const lookup: Lookup = (section, key) => find([section, ...key.split('.')]);
  const fill = (text: string, values: Values): string => filled(text, values, lookup);
  return {
    language,
    text: (key, values = {}) => fill(find(key.split('.')) ?? key, values),
    term: (section, code) =>
      section === 'expected'
        ? formatted(code, 'expected', lookup)
        : (lookup(section, code) ?? code),
    problem: (because: Problem) => {
      const path = problemKeys(because).find((one) => find([...one, 'sentence']) !== undefined);
      return {
        sentence: fill(find([...(path ?? []), 'sentence']) ?? because.code, because.with),
        remedy: fill(find([...(path ?? []), 'remedy']) ?? '', because.with),
      };
    },
  };
}

function filled(text: string, values: Values, lookup: Lookup): string {
  return text.replace(/\{\{(\w+)(?:, (\w+))?\}\}/g, (whole, name: string, format?: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined) return whole;
    const known = formats.find((one): one is Format => one === format);
    return known === undefined ? String(value) : formatted(value, known, lookup);
  });
}

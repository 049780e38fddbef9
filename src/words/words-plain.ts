/**
 * The words without a library, for commands that must start within milliseconds. Says the same
 * as `words-i18next.ts`; a test holds the two together.
 */

import english from './en.json' with { type: 'json' };
import japanese from './ja.json' with { type: 'json' };
import { tableWords } from './words-table.ts';
import type { Language, Words } from './words.ts';

const tables: Readonly<Record<Language, unknown>> = { en: english, ja: japanese };

export function plainWords(language: Language): Words {
  const { say, term, problem } = tableWords(tables[language]);
  return {
    language,
    text: (key, values) => say(key.split('.'), values) ?? key,
    term,
    problem,
  };
}

/** Which language a person reads: what was asked for, else what the surroundings say. */

import { languages, type Language } from './words.ts';

export function chooseLanguage(
  asked: string | undefined,
  surroundings: Readonly<Record<string, string | undefined>>,
): Language {
  const first =
    asked ||
    surroundings['LC_ALL'] ||
    surroundings['LC_MESSAGES'] ||
    surroundings['LANG'] ||
    languages[0];
  return languages.find((one) => first.toLowerCase().startsWith(one)) ?? languages[0];
}

/** Asked for outright, it must be one that there is. */
export function isLanguage(asked: string): boolean {
  return languages.some((one) => asked === one);
}

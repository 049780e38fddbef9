/** Sentences one after another, as the language of the page sets them. */

import type { ConsoleWords } from '#words/words-console.ts';

export function sentences(
  { language }: Pick<ConsoleWords, 'language'>,
  all: readonly (string | null)[],
): string {
  return all.filter((one) => one !== null).join(language === 'ja' ? '' : ' ');
}

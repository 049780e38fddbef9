/** What a line of the record is called; a kind of another version stays as it is. */

import { recordKinds } from '#domain/record/kinds.ts';
import type { ConsoleWords } from '#words/words-console.ts';

export function recordKindText(words: ConsoleWords, kind: string): string {
  const known = recordKinds.find((one) => one === kind);
  return known === undefined ? kind : words.text(`recordKind.${known}`);
}

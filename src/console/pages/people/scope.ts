/** How much of a site somebody's role is for: the whole, or named domains (of an organisation: sites). */

import type { Scope } from '#domain/people/person.ts';
import type { ConsoleWords } from '#words/words-console.ts';

export function scopeText(words: ConsoleWords, scope: Scope): string {
  return scope === 'whole' ? words.text('people.whole') : scope.join(', ');
}

/** Empty: the whole. */
export function scopeOf(text: string): 'whole' | string[] {
  const names = text
    .split(/[\s,、]+/)
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return names.length === 0 ? 'whole' : names;
}

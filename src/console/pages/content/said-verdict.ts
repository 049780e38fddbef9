/** Whether all is said that a version is taken back, or let in, by: which one it is, and why. */

import { problem } from '#domain/problem.ts';
import { go, noGo, type Verdict } from '#domain/result.ts';
import { useWords } from '../../app/language.tsx';
import type { TypedVersion } from './version-entry.tsx';

export function useSaidVerdict({ component, version }: TypedVersion, reason: string): Verdict {
  const words = useWords();
  const absent = (option: string): Verdict => noGo(problem('OPTION_ABSENT', { option }));
  if (component.trim() === '') return absent(words.text('server.component'));
  if (version.trim() === '') return absent(words.text('site.version'));
  return reason.trim() === '' ? absent(words.text('hold.reason')) : go;
}

/**
 * The language of the page: the one that was chosen here, else the browser's. Only its own words
 * are loaded, and changing it loads nothing else anew.
 */

import { createContext, use, useEffect, useState, type ReactNode } from 'react';
import { I18nProvider } from 'react-aria-components';
import { languages, type Language } from '#words/words.ts';
import { consoleWords, type ConsoleWords } from '#words/words-console.ts';
import { plainTime } from './times.ts';

const storageKey = 'dankai.language';
const locales = { en: 'en-US', ja: 'ja-JP' } as const satisfies Record<Language, string>;

type Chosen = { readonly words: ConsoleWords; choose(language: Language): void };

const Context = createContext<Chosen | null>(null);

export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [words, setWords] = useState<ConsoleWords | null>(null);
  const show = (language: Language): void => {
    void loadWords(language).then((loaded) => {
      document.documentElement.lang = language;
      setWords(loaded);
    });
  };
  useEffect(() => show(preferredLanguage()), []);
  if (words === null) return null;
  const choose = (language: Language): void => {
    localStorage.setItem(storageKey, language);
    show(language);
  };
  return (
    <I18nProvider locale={locales[words.language]}>
      <Context value={{ words, choose }}>{children}</Context>
    </I18nProvider>
  );
}

export function useWords(): ConsoleWords {
  return useChosen().words;
}

export function useLanguageChoice(): (language: Language) => void {
  return useChosen().choose;
}

function useChosen(): Chosen {
  const chosen = use(Context);
  if (chosen === null) throw new Error('words are asked for outside of LanguageProvider');
  return chosen;
}

function preferredLanguage(): Language {
  const wished = [localStorage.getItem(storageKey), ...navigator.languages];
  for (const wish of wished) {
    const found = languages.find((one) => wish?.toLowerCase().startsWith(one));
    if (found !== undefined) return found;
  }
  return 'en';
}

async function loadWords(language: Language): Promise<ConsoleWords> {
  const [shared, own] =
    language === 'ja'
      ? await Promise.all([import('#words/ja.json'), import('#words/console-ja.json')])
      : await Promise.all([import('#words/en.json'), import('#words/console-en.json')]);
  return consoleWords(language, { shared: shared.default, own: own.default }, plainTime);
}

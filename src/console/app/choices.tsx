/** How a viewer wants to see the console; kept in his browser. */

import { useState } from 'react';
import { languages, type Language } from '#words/words.ts';
import { Choice } from '../parts/field/choice.tsx';
import { useLanguageChoice, useWords } from './language.tsx';
import { chooseTheme, storedTheme, themes, type Theme } from './theme.ts';

/** Each in its own language, for whoever cannot read the other. */
const languageNames: Record<Language, string> = { en: 'English', ja: '日本語' };

export function LanguageChoice() {
  const words = useWords();
  const choose = useLanguageChoice();
  return (
    <Choice
      look="plain"
      label={words.text('choice.language')}
      value={words.language}
      options={languages.map((one) => ({ value: one, text: languageNames[one] }))}
      onChange={choose}
    />
  );
}

export function ThemeChoice() {
  const words = useWords();
  const [theme, setTheme] = useState<Theme>(storedTheme);
  const choose = (next: Theme): void => {
    chooseTheme(next);
    setTheme(next);
  };
  return (
    <Choice
      look="plain"
      label={words.text('choice.theme')}
      value={theme}
      options={themes.map((one) => ({ value: one, text: words.text(`theme.${one}`) }))}
      onChange={choose}
    />
  );
}

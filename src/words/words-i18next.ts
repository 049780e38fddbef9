/** The words over i18next, for everything that may take its time to start. */

import { createInstance, type i18n } from 'i18next';
import english from './en.json' with { type: 'json' };
import { formats, formatted, problemKeys, type Lookup } from './format.ts';
import japanese from './ja.json' with { type: 'json' };
import type { Language, Values, Words } from './words.ts';

function started(language: Language): i18n {
  const instance = createInstance();
  void instance.init({
    lng: language,
    fallbackLng: 'en',
    initAsync: false,
    resources: { en: { translation: english }, ja: { translation: japanese } },
    interpolation: { escapeValue: false, skipOnVariables: true },
    nsSeparator: false,
  });
  return instance;
}

export function i18nextWords(language: Language): Words {
  const instance = started(language);
  const say = (key: string, values: Values = {}): string =>
    instance.t(key, { ...values, interpolation: { escapeValue: false } });
  const lookup: Lookup = (section, key) => {
    const path = `${section}.${key}`;
    const found: unknown = instance.exists(path)
      ? instance.getResource(language, 'translation', path)
      : undefined;
    return typeof found === 'string' ? found : undefined;
  };
  for (const format of formats) {
    instance.services.formatter?.add(format, (value: unknown) => formatted(value, format, lookup));
  }
  return {
    language,
    text: say,
    term: (section, code) =>
      section === 'expected'
        ? formatted(code, 'expected', lookup)
        : (lookup(section, code) ?? code),
    problem: (because) => {
      const key =
        problemKeys(because)
          .map((path) => path.join('.'))
          .find((one) => instance.exists(`${one}.sentence`)) ?? `problem.${because.code}`;
      return {
        sentence: say(`${key}.sentence`, because.with),
        remedy: say(`${key}.remedy`, because.with),
      };
    },
  };
}

/** Words of the web console: both languages alike, every key used, every key that is used there. */

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import english from '#words/console-en.json' with { type: 'json' };
import japanese from '#words/console-ja.json' with { type: 'json' };

const root = new URL('../', import.meta.url).pathname;

function leaves(tree: object, before = ''): readonly (readonly [string, string])[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string'
      ? [[`${before}${key}`, value] as const]
      : leaves(value, `${before}${key}.`),
  );
}

const inEnglish = new Map(leaves(english));
const inJapanese = new Map(leaves(japanese));

const sources = globSync('src/console/**/*.{ts,tsx}', { cwd: root })
  .filter((path) => !path.endsWith('.test.ts'))
  .map((path) => readFileSync(`${root}${path}`, 'utf8'))
  .join('\n');

/** Keys that are written out, and those that are made of a part and a value. */
const written = new Set(
  [...sources.matchAll(/'([a-z][\w-]*(?:\.[\w-]+)+)'/gi)].map(([, key]) => key),
);
const made = [...sources.matchAll(/`([a-z][\w-]*(?:\.[\w-]+)*\.\$\{[^}]+\})`/gi)].map(
  ([, key = '']) =>
    new RegExp(`^${key.replaceAll('.', String.raw`\.`).replace(/\$\{[^}]+\}/, '[^.]+')}$`),
);

test('both languages have the same keys, and nothing is empty', () => {
  assert.deepEqual([...inJapanese.keys()].toSorted(), [...inEnglish.keys()].toSorted());
  for (const [key, text] of [...inEnglish, ...inJapanese]) assert.notEqual(text.trim(), '', key);
});

test('both languages show the same values', () => {
  const values = (text = ''): readonly string[] =>
    [...text.matchAll(/\{\{(\w+)/g)].map(([, name = '']) => name).toSorted();
  for (const [key, text] of inEnglish)
    assert.deepEqual(values(inJapanese.get(key)), values(text), key);
});

test('no key of the console is unused', () => {
  const unused = [...inEnglish.keys()].filter(
    (key) => !written.has(key) && !made.some((pattern) => pattern.test(key)),
  );
  assert.deepEqual(unused, []);
});

test('Japanese is written as an administrator would: no full-width digits, one ellipsis', () => {
  for (const [key, text] of inJapanese) {
    assert.doesNotMatch(text, /[０-９Ａ-Ｚａ-ｚ]|\.\.\.|。。/, key);
  }
});

/** Words: no key unused or missing, both ways of saying them alike, languages chosen as asked. */

import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { groupSuccessors, headSuccessors, serverSuccessors } from '#domain/upgrade/state.ts';
import { causes } from '#domain/names.ts';
import { roles } from '#domain/people/person.ts';
import { problems, type Problem, type ProblemCode } from '#domain/problem.ts';
import english from '#words/en.json' with { type: 'json' };
import japanese from '#words/ja.json' with { type: 'json' };
import { formatBytes, formats } from '#words/format.ts';
import { chooseLanguage } from '#words/language.ts';
import { plainWords } from '#words/words-plain.ts';
import { i18nextWords } from '#words/words-i18next.ts';
import { languages, type TextKey } from '#words/words.ts';
import { defaultHabits } from '#forecast/habits.ts';
import { comparisonSchema } from '#protocol/console/forecast.ts';
import { upgradeReportSchema } from '#protocol/console/report.ts';
import { verbs } from '../src/cli/verbs/verbs.ts';

const root = new URL('../', import.meta.url).pathname;

function leaves(tree: object, before = ''): readonly (readonly [string, string])[] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === 'string'
      ? [[`${before}${key}`, value] as const]
      : leaves(value, `${before}${key}.`),
  );
}

const all = { en: leaves(english), ja: leaves(japanese) };

/** Stands for any value: its own format must not stumble over text. */
function problemWith(code: ProblemCode): Problem {
  return {
    code,
    with: Object.fromEntries(problems[code].parameters.map((name) => [name, `<${name}>`])),
  };
}

for (const language of languages) {
  const plain = plainWords(language);
  const library = i18nextWords(language);

  test(`${language}: every problem is said alike by both, with nothing left to fill in`, () => {
    for (const code of Object.keys(problems) as ProblemCode[]) {
      const said = plain.problem(problemWith(code));
      assert.deepEqual(library.problem(problemWith(code)), said);
      assert.doesNotMatch(said.sentence + said.remedy, /\{\{|undefined/, code);
    }
  });

  test(`${language}: every text of the command line is said alike by both`, () => {
    const keys = all[language].map(([key]) => key).filter((key) => key.startsWith('cli.'));
    for (const key of keys as TextKey[]) {
      const values = { count: 3, server: 'a {{nested}} $t(cli.no)', bytes: '5 MiB', versions: 'v' };
      assert.equal(library.text(key, values), plain.text(key, values), key);
    }
  });

  test(`${language}: only known formats stand in the sentences`, () => {
    for (const [key, text] of all[language]) {
      for (const [, format = ''] of text.matchAll(/\{\{\w+, *(\w+)\}\}/g)) {
        assert.ok(
          formats.some((one) => one === format),
          `${key} uses ${format}`,
        );
      }
    }
  });
}

test('values are written as they are, whatever they hold', () => {
  const because: Problem = {
    code: 'SERVER_UNKNOWN',
    with: { server: '$& {{server}} <b>&amp;</b> $t(cli.no)' },
  };
  for (const words of [plainWords('en'), i18nextWords('en')]) {
    assert.equal(
      words.problem(because).sentence,
      "No normal server named '$& {{server}} <b>&amp;</b> $t(cli.no)' has ever reported here.",
    );
  }
});

/** Texts of the code, so that a key that nobody asks for is noticed. */
const sources = globSync('src/{cli,words,adapters,protocol,ports,yaml}/**/*.ts', { cwd: root })
  .filter((path) => !path.endsWith('.test.ts'))
  .map((path) => readFileSync(`${root}${path}`, 'utf8'))
  .join('\n');

/** Keys made from data: the table of verbs, the columns, and the codes of the contract. */
function keysFromData(): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const verb of verbs) {
    keys.add(`cli.command.${verb.path.join('-')}`);
    for (let depth = 1; depth < verb.path.length; depth++) {
      keys.add(`cli.group.${verb.path.slice(0, depth).join('-')}`);
    }
    for (const one of verb.arguments ?? []) {
      keys.add(`cli.argument.${one.replace(/[<>[\].]/g, '')}`);
    }
    for (const one of verb.options ?? []) keys.add(`cli.option.${one.words ?? one.name}`);
  }
  for (const name of [
    'root',
    'address',
    'token-file',
    'organisation',
    'site',
    'json',
    'language',
  ]) {
    keys.add(`cli.option.${name}`);
  }
  for (const state of ['none', 'old', 'new']) keys.add(`cli.session.${state}`);
  for (const role of roles) keys.add(`cli.role.${role}`);
  for (const lane of ['program', 'content']) keys.add(`cli.lane.${lane}`);
  for (const covers of ['whole', 'part']) keys.add(`cli.manager.hold.${covers}`);
  for (const one of ['nothing', 'at-once', 'by-plan', 'when-new'])
    keys.add(`cli.afterDownload.${one}`);
  return keys;
}

test('every text that the code or the table of commands asks for exists in both languages', () => {
  const literal = [...sources.matchAll(/'(cli\.[\w.-]+)'/g)].map(([, key = '']) => key);
  for (const language of languages) {
    const known = new Set(all[language].map(([key]) => key));
    for (const key of [...literal, ...keysFromData()]) {
      assert.ok(known.has(key), `${key} in ${language}`);
    }
  }
});

test('no text stands unused in the words', () => {
  const fromData = keysFromData();
  const isUsed = (key: string): boolean => {
    if (fromData.has(key) || sources.includes(`'${key}'`)) return true;
    const column = /^cli\.column\.(\w+)$/.exec(key)?.[1];
    return column !== undefined && sources.includes(`'${column}'`);
  };
  const texts = all.en.map(([key]) => key).filter((key) => key.startsWith('cli.'));
  assert.deepEqual(
    texts.filter((key) => !isUsed(key) && key !== 'cli.suggestion'),
    [],
  );
});

test('what is expected of a value has its words, and none stands unused', () => {
  const asked = (key: string): boolean => new RegExp(`['"\`]${key}(?::|['"\`])`).test(sources);
  const known = Object.keys(english.expected);
  const schema = readFileSync(`${root}src/protocol/plan/plan-file.ts`, 'utf8');
  for (const [, key = ''] of schema.matchAll(/error: ['`]([a-z-]+)(?::|['`])/g)) {
    assert.ok(known.includes(key), `expected.${key}`);
  }
  assert.deepEqual(
    known.filter((key) => !asked(key)),
    [],
  );
});

test('every state and cause of the domain has its word', () => {
  const states = [groupSuccessors, headSuccessors, serverSuccessors].flatMap(Object.keys);
  assert.deepEqual(
    states.filter((state) => !Object.hasOwn(english.state, state)),
    [],
  );
  assert.deepEqual(
    causes.filter((cause) => !Object.hasOwn(english.cause, cause)),
    [],
  );
});

test('what a forecast names has its word: habits, methods, conditions, decisions', () => {
  const alternative = comparisonSchema.shape.alternatives.element.shape;
  const condition = comparisonSchema.shape.conditions.element.shape.condition;
  const { decision } = upgradeReportSchema.shape.decisions.element.shape;
  const named = [
    [english.habit, Object.keys(defaultHabits)],
    [english.method, alternative.method.options],
    [english.condition, condition.options],
    [english.decision, decision.options],
  ] as const;
  for (const [words, codes] of named) {
    assert.deepEqual(Object.keys(words).toSorted(), [...codes].toSorted());
  }
});

test('the language is the one asked for, else that of the surroundings, else English', () => {
  const table: readonly (readonly [string | undefined, Record<string, string>, string])[] = [
    ['ja', { LANG: 'en_GB.UTF-8' }, 'ja'],
    [undefined, { LANG: 'ja_JP.UTF-8' }, 'ja'],
    [undefined, { LC_ALL: 'C', LANG: 'ja_JP.UTF-8' }, 'en'],
    [undefined, { LC_ALL: '', LC_MESSAGES: 'ja_JP', LANG: 'en_US' }, 'ja'],
    [undefined, { LANG: 'fr_FR.UTF-8' }, 'en'],
    [undefined, {}, 'en'],
    ['xx', { LANG: 'ja_JP' }, 'en'],
  ];
  for (const [asked, surroundings, expected] of table) {
    assert.equal(
      chooseLanguage(asked, surroundings),
      expected,
      JSON.stringify([asked, surroundings]),
    );
  }
});

test('sizes are shown as people read them', () => {
  assert.equal(formatBytes(53_166_776), '50.7 MiB');
  assert.equal(formatBytes(1_023), '1023 bytes');
  assert.equal(formatBytes(1024 ** 3), '1.0 GiB');
  assert.equal(formatBytes(0), '0 bytes');
});

test('a problem is said in the sentence of its state, where it has one', () => {
  for (const words of [plainWords('en'), i18nextWords('en')]) {
    const said = (code: ProblemCode, values: Problem['with']) =>
      words.problem({ code, with: values });
    assert.deepEqual(said('GROUP_NOT_OPEN', { group: 'B', state: 'approval' }), {
      sentence: "Group B waits for a person's approval.",
      remedy: '`dankai upgrade approve B`',
    });
    const general = said('GROUP_NOT_OPEN', { group: 'B', state: 'leased' });
    assert.equal(general.sentence, 'Group B is not open for switching: it is permitted.');
    const resumed = { upgrade: 'u', state: 'groups', wanted: 'paused' };
    assert.match(said('UPGRADE_NOT_IN_STATE', resumed).sentence, /^The upgrade u is not paused/);
  }
});

/**
 * Documents agree with the code and with each other: error codes, words, invariants, decisions,
 * glossary, the feature table, links. Absent: whether what they say is well said.
 */

import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { problems } from '#domain/problem.ts';
import { recordKinds } from '#domain/record/kinds.ts';
import { anchorsOf, headingsOf, linksOf, rowsOf, type Row } from './documents/markdown.ts';

const root = new URL('../', import.meta.url).pathname;
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const none = (found: readonly string[]): void => assert.equal(found.length, 0, found.join('\n'));
const count = <Value>(values: readonly Value[], value: Value): number =>
  values.filter((each) => each === value).length;

/** Both ways, and each twice-named one: a short list where two long ones should be the same. */
function differences(found: readonly string[], expected: readonly string[]): string[] {
  return [
    ...expected.filter((each) => !found.includes(each)).map((each) => `${each} is missing`),
    ...found.filter((each) => !expected.includes(each)).map((each) => `${each} is not known`),
    ...found.filter((each, at) => found.indexOf(each) < at).map((each) => `${each} stands twice`),
  ];
}

/** Not ours, or made anew by anyone: never part of a commit. */
const notKept = /^(node_modules|\.git|\.dankai-demo|\.cache|build|dist|test-output)(\/|$)/;

const kept = globSync('**/*', { cwd: root, exclude: (path) => notKept.test(path) })
  .concat(globSync('.*', { cwd: root }), globSync('.ci/*', { cwd: root }))
  .filter((path) => !notKept.test(path) && statSync(join(root, path)).isFile())
  .toSorted();
const pages = kept.filter((path) => path.endsWith('.md'));
const testFiles = kept.filter((path) => path.endsWith('.test.ts'));

// -- error catalogue and words -----------------------------------------------------------------

const isTree = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

function leavesOf(tree: unknown, before = ''): Map<string, string> {
  if (!isTree(tree)) return new Map([[before, String(tree)]]);
  const leaves = Object.entries(tree).flatMap(([key, value]) => [
    ...leavesOf(value, before === '' ? key : `${before}.${key}`),
  ]);
  return new Map(leaves);
}

const wordsOf = (language: 'en' | 'ja'): Map<string, string> =>
  leavesOf(JSON.parse(read(`src/words/${language}.json`)));

const codes = Object.keys(problems).toSorted();

const placeholders = (text: string): string[] =>
  [...text.matchAll(/\{\{\s*(\w+)/g)].map(([, name = '']) => name);

for (const language of ['en', 'ja'] as const) {
  test(`every error code has its sentence and remedy in ${language}, and no other code has`, () => {
    const words = wordsOf(language);
    const keys = codes.flatMap((code) => [`problem.${code}.remedy`, `problem.${code}.sentence`]);
    const found = [...words.keys()].filter((key) => key.startsWith('problem.'));
    none(differences(found, keys));
    none(keys.filter((key) => words.get(key)?.trim() === '').map((key) => `${key} is empty`));
  });

  test(`the ${language} words of a problem show every parameter, and none that is not there`, () => {
    const words = wordsOf(language);
    const wrong = Object.entries(problems).flatMap(([code, { parameters }]) => {
      const sentence = placeholders(words.get(`problem.${code}.sentence`) ?? '');
      const all = [...sentence, ...placeholders(words.get(`problem.${code}.remedy`) ?? '')];
      const known: readonly string[] = parameters;
      return [
        ...known.filter((name) => !all.includes(name)).map((name) => `${code} hides ${name}`),
        ...all.filter((name) => !known.includes(name)).map((name) => `${code} has no ${name}`),
      ];
    });
    none(wrong);
  });
}

test('both languages have the same keys, with the same values to fill in', () => {
  const english = wordsOf('en');
  const japanese = wordsOf('ja');
  none(differences([...japanese.keys()], [...english.keys()]));
  const set = (text: string | undefined): string =>
    [...new Set(placeholders(text ?? ''))].toSorted().join(', ');
  none(
    [...english].filter(([key, text]) => set(text) !== set(japanese.get(key))).map(([key]) => key),
  );
});

test('docs/operating/problems.md explains every error code once, and no other', () => {
  const text = read('docs/operating/problems.md');
  const inHeadings = headingsOf(text).map((heading) => heading.text.replaceAll('`', ''));
  const inRows = rowsOf(text).map(([first = '']) => first.replaceAll('`', ''));
  const named = [...inHeadings, ...inRows].filter((name) => /^[A-Z][A-Z0-9_]+$/.test(name));
  none(differences(named, codes));
});

/** Where a code stands without being said: its definition, and the table of what may be overridden. */
const namesOnly = ['src/domain/problem.ts', 'src/domain/compatibility/go-ahead.ts'];

test('every error code is said somewhere in the code, not only defined', () => {
  const text = kept
    .filter((path) => /^src\/.+\.ts$/.test(path) && !path.endsWith('.test.ts'))
    .filter((path) => !namesOnly.includes(path))
    .map(read)
    .join('\n');
  none(codes.filter((code) => !new RegExp(`\\bproblem\\(\\s*'${code}'`).test(text)));
});

// -- kinds of the record -----------------------------------------------------------------------

for (const path of ['docs/operating/record.md', 'docs/operating/record.ja.md']) {
  test(`${path} has every kind of the record once, with an example, and no other`, () => {
    const rows = rowsOf(read(path));
    none(
      differences(
        rows.map(([kind = '']) => kind.replaceAll('`', '')),
        [...recordKinds],
      ),
    );
    const hasExample = ([, meaning = '', example = '']: Row): boolean =>
      meaning !== '' && /^`\{.*\}`$/.test(example) && isJson(example.slice(1, -1));
    none(rows.filter((row) => !hasExample(row)).map(([kind = '']) => kind));
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

// -- invariants --------------------------------------------------------------------------------

const titlesOf = (path: string): string[] =>
  [...read(path).matchAll(/\b(?:test|it|check|describe|suite)\(\s*(['"`])(.+?)\1\s*,/gs)].map(
    ([, , title = '']) => title,
  );

const tagOf = (title: string): string | null => /^([AI]\d+)\b/.exec(title)?.[1] ?? null;

const tagsOf = (paths: readonly string[]): string[] =>
  paths
    .flatMap(titlesOf)
    .map(tagOf)
    .filter((tag) => tag !== null);

test('every invariant of ARCHITECTURE.md is named by exactly one test, and every such test by it', () => {
  const stated = new Set(read('ARCHITECTURE.md').match(/\b[AI]\d+\b/g));
  const shape = tagsOf(['test/architecture.test.ts']);
  const tested = tagsOf(testFiles);
  assert.ok(stated.size > 0, 'ARCHITECTURE.md states invariants');
  none([
    ...[...stated].filter((tag) => count(tested, tag) === 0).map((tag) => `${tag} has no test`),
    ...tested.filter((tag) => count(tested, tag) > 1).map((tag) => `${tag} has several tests`),
    ...tested.filter((tag) => !stated.has(tag)).map((tag) => `${tag} is tested but not stated`),
    ...tested
      .filter((tag) => tag.startsWith('A') && !shape.includes(tag))
      .map((tag) => `${tag} is of shape: it belongs in test/architecture.test.ts`),
  ]);
});

/** By the number in their names; what else lies in the folder is shared by them. */
const checkerNumbers = (): string[] =>
  kept
    .map((path) => /^src\/simulation\/checkers\/i(\d{2})-[\w-]+\.ts$/.exec(path)?.[1])
    .filter((number) => number !== undefined)
    .map((number) => `I${Number(number)}`);

const invariantLines = (): string[] =>
  [...read('ARCHITECTURE.md').matchAll(/^- \*\*(I\d+)\*\* /gm)].map(([, tag = '']) => tag);

test('every invariant of behaviour has one checker of its number, which says that number', () => {
  none(differences(checkerNumbers(), invariantLines()));
  const wrong = kept
    .filter((path) => /\/checkers\/i\d{2}-[\w-]+\.ts$/.test(path))
    .filter((path) => {
      const number = Number(/\/i(\d{2})-/.exec(path)?.[1]);
      const text = read(path);
      const throws = new RegExp(`new Violation\\(\\s*${number},`);
      return !text.includes(`invariant: ${number},`) || !throws.test(text);
    });
  none(wrong.map((path) => `${path} watches another number`));
});

test('every checker runs, and sees a violation that is planted', () => {
  const run = read('src/simulation/checkers/checkers.ts');
  const files = kept.filter((path) => /\/checkers\/i\d{2}-[\w-]+\.ts$/.test(path));
  const notRun = files.filter((path) => !run.includes(`'./${path.split('/').at(-1)}'`));
  const planted = testFiles
    .filter((path) => path.startsWith('src/simulation/checkers/'))
    .flatMap((path) => [...read(path).matchAll(/^check\((\d+), /gm)])
    .map(([, number = '']) => `I${number}`);
  none([
    ...notRun.map((path) => `${path} is not run`),
    ...invariantLines()
      .filter((tag) => !planted.includes(tag))
      .map((tag) => `no violation of ${tag} is planted`),
  ]);
});

const failureModeTests = /^test\/simulation\/failure-modes-.+\.test\.ts$/;

test('every failure mode is shown by a simulation of its name, or by real tests that exist', () => {
  const titles = new Set(testFiles.flatMap(titlesOf));
  const simulated = testFiles.filter((path) => failureModeTests.test(path)).flatMap(titlesOf);
  const rows = rowsOf(read('docs/failure-modes.md'));
  assert.ok(rows.length >= 10, 'the failure modes stand in tables');
  const named = (shownBy: string): string[] =>
    [...shownBy.matchAll(/`([^`]+)`/g)].map(([, title = '']) => title);
  const wrong = rows.flatMap((row) => {
    const [name = ''] = row;
    const shownBy = row.at(-1) ?? '';
    const isSimulated = shownBy.startsWith('simulation');
    const others = named(shownBy);
    return [
      ...(/not yet/i.test(shownBy) ? [`${name}: not yet`] : []),
      ...(isSimulated || others.length > 0 ? [] : [`${name}: no test named`]),
      ...(isSimulated === simulated.includes(name) ? [] : [`${name}: simulation or not?`]),
      ...others.filter((title) => !titles.has(title)).map((title) => `${name}: no '${title}'`),
    ];
  });
  const modes = rows.map(([name = '']) => name);
  none([
    ...wrong,
    ...simulated.filter((name) => !modes.includes(name)).map((name) => `${name} has no row`),
    ...modes.filter((name) => count(modes, name) > 1).map((name) => `${name} stands twice`),
  ]);
});

test('every claim of SECURITY.md that names a test names one that exists, in both languages', () => {
  const known = testFiles.map(read).join('\n');
  // Tables that several test files go through.
  const suites = known + read('test/contract/trust.ts') + read('test/package/attacks.testing.ts');
  const titlesIn = (file: string): string[] =>
    [...read(file).matchAll(/`([a-z][^`]* [^`]+)`/g)]
      .map(([, title = '']) => title)
      .filter((title) => !/^(dankai|npm|keys) /.test(title));
  const english = titlesIn('SECURITY.md');
  assert.ok(english.length > 20);
  none(english.filter((title) => !suites.includes(`'${title}'`)));
  assert.deepEqual(titlesIn('SECURITY.ja.md'), english);
});

// -- decisions, glossary -------------------------------------------------------------------------

test('decision records are numbered without gaps, have four parts, and are indexed once each', () => {
  const index = linksOf(read('docs/decisions/README.md')).map((link) => link.target);
  const records = pages
    .filter((path) => dirname(path) === 'docs/decisions' && !path.endsWith('README.md'))
    .map((path) => path.slice('docs/decisions/'.length));
  assert.deepEqual(
    records.map((name) => name.slice(0, 5)),
    records.map((_, at) => `${String(at + 1).padStart(4, '0')}-`),
  );
  assert.deepEqual(index.toSorted(), records.toSorted());
  for (const name of records) {
    const parts = headingsOf(read(`docs/decisions/${name}`));
    assert.deepEqual(
      parts.filter((part) => part.level === 2).map((part) => part.text),
      ['Question', 'Choice', 'Cost', 'What would change our mind'],
      name,
    );
    assert.ok(parts[0]?.text.startsWith(`${name.slice(0, 4)} `), `${name} begins with its number`);
  }
});

test('every glossary term stands once, with its Japanese term and a meaning', () => {
  const rows = rowsOf(read('GLOSSARY.md'));
  assert.ok(rows.length >= 40);
  const japanese = /[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]/u;
  none(
    rows.flatMap(([word = '', term = '', meaning = '']) => [
      ...(japanese.test(term) ? [] : [`${word} has no Japanese`]),
      ...(meaning.length > 10 ? [] : [`${word} has no meaning`]),
      ...(count(
        rows.map(([each]) => each),
        word,
      ) === 1
        ? []
        : [`${word} stands twice`]),
    ]),
  );
});

// -- README ---------------------------------------------------------------------------------------

const numbered = (letter: string, last: number): string[] =>
  Array.from({ length: last }, (_, at) => `${letter}${at + 1}`);

const missionIds = [
  ...numbered('S', 8),
  ...numbered('D', 13),
  ...numbered('L', 4),
  ...numbered('N', 2),
  ...numbered('R', 7),
];

/** State by id, from rows whose first cell names ids and whose last cell begins with a state. */
function features(readme: string, states: readonly [done: string, notYet: string]) {
  return rowsOf(readme).flatMap((row) => {
    const ids = (row[0] ?? '').split(/\s*[,、]\s*/);
    if (!ids.every((id) => /^[SDLNR]\d+$/.test(id))) return [];
    const state = states.findIndex((word) => row.at(-1)?.startsWith(word));
    return ids.map((id) => ({ id, state: ['done', 'not yet'][state] ?? `'${row.at(-1)}'` }));
  });
}

test('the feature table names every id of the mission once, with the same state in both languages', () => {
  const english = features(read('README.md'), ['done', 'not yet']);
  const japanese = features(read('README.ja.md'), ['済み', 'まだ']);
  none(
    differences(
      english.map(({ id }) => id),
      missionIds,
    ),
  );
  none(
    english.filter(({ state }) => state.startsWith("'")).map(({ id, state }) => `${id}: ${state}`),
  );
  assert.deepEqual(japanese, english);
});

test('README.md and README.ja.md have the same outline', () => {
  const outline = (path: string): number[] => headingsOf(read(path)).map(({ level }) => level);
  assert.deepEqual(outline('README.ja.md'), outline('README.md'));
});

test('.ci/run runs the test command of the README, and nothing else', () => {
  const lines = read('.ci/run').split('\n');
  const commands = lines.filter((line) => !/^(#|set |cd |$)/.test(line));
  assert.deepEqual(commands, ['npm ci && npm test']);
  for (const readme of ['README.md', 'README.ja.md']) {
    assert.match(read(readme), /^ *(?:\$ )?npm ci && npm test *(?:#.*)?$/m, readme);
  }
});

test('every npm script that a page names exists', () => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(read('package.json'));
  none(
    pages.flatMap((path) =>
      [...read(path).matchAll(/npm run (?:-s |--silent )?([a-z][\w:-]*)/g)]
        .filter(([, name = '']) => !Object.hasOwn(scripts, name))
        .map(([command]) => `${path}: ${command}`),
    ),
  );
});

// -- links, and what must not stand here -------------------------------------------------------

function brokenLinks(path: string, text: string): string[] {
  return linksOf(text).flatMap(({ target, anchor }) => {
    const found = target === '' ? path : join(dirname(path), target);
    if (target !== '' && !existsSync(join(root, found)))
      return [`${path}: ${target} does not exist`];
    if (anchor === null || !found.endsWith('.md')) return [];
    const linked = found === path ? text : read(found);
    return anchorsOf(linked).has(decodeURIComponent(anchor))
      ? []
      : [`${path}: ${target}#${anchor} names no heading`];
  });
}

test('every link inside the repository leads somewhere', () => {
  none(pages.flatMap((path) => brokenLinks(path, read(path))));
});

test('the link check sees a missing file and a missing heading', () => {
  const text =
    '# Here\n[a](nowhere.md) [b](#here) [c](#there) [d](https://example.org) `[e](f.md)`';
  assert.deepEqual(brokenLinks('page.md', text), [
    'page.md: nowhere.md does not exist',
    'page.md: #there names no heading',
  ]);
});

/** Written in pieces, so that this file does not hold what it looks for. */
const foreign = new RegExp(
  ['(?<![\\w.-])/(work|root', ')/|\\.\\./shared/(?!\\w+\\.ts)|/tmp/sp', 'ec\\b'].join(''),
);

test('no line names a place of the machine on which it was written', () => {
  const isText = (bytes: Buffer): boolean => !bytes.subarray(0, 8_192).includes(0);
  const found = kept.flatMap((path) => {
    const bytes = readFileSync(join(root, path));
    if (!isText(bytes)) return [];
    const lines = bytes.toString('utf8').split('\n');
    return lines.flatMap((line, at) =>
      foreign.test(line) ? [`${path}:${at + 1}: ${line.trim().slice(0, 100)}`] : [],
    );
  });
  none(found);
});

test('the check for foreign places sees one, and lets imports of a folder named shared pass', () => {
  assert.match(['see /wo', 'rk/main/file'].join(''), foreign);
  assert.match(['see ../sha', 'red/notes.md'].join(''), foreign);
  assert.doesNotMatch("import { a } from '../shared/primitives.ts';", foreign);
  assert.doesNotMatch('homework/root/file', foreign);
});

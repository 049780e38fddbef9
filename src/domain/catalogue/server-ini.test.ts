import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { ProblemCode } from '../problem.ts';
import { readCatalogue } from './drift.ts';
import {
  catalogueCharactersMax,
  findKey,
  findSection,
  keyName,
  keysOf,
  keyValue,
  lineCharactersMax,
  parseServerIni,
  sectionLine,
  valueOf,
  type ServerIni,
} from './server-ini.ts';

function parsed(text: string): ServerIni {
  const ini = parseServerIni(text);
  assert(ini.ok, JSON.stringify(ini));
  return ini.value;
}

const odd = [
  '\uFEFF; a comment before everything',
  '',
  '  [Server]  ; with a comment',
  'Name = value with = and ; in it  ',
  '\tEmpty=',
  '[PATTERN]\r',
  'P.2=pattern/lpt.123, 123, 4000\r',
  '# another comment\r',
  '[ 日本 ]',
  'キー=値',
  '   ',
  '[Last]',
  'no=newline at the end',
].join('\n');

test('sections, keys and values are found whatever their case, blanks and line ends', () => {
  const ini = parsed(odd);
  assert.equal(ini.names.count(), 4);
  assert.equal(valueOf(ini, 'server', 'NAME'), 'value with = and ; in it');
  assert.equal(valueOf(ini, 'Server', 'Empty'), '');
  assert.equal(valueOf(ini, 'PATTERN', 'p.2'), 'pattern/lpt.123, 123, 4000');
  assert.equal(valueOf(ini, '日本', 'キー'), '値');
  assert.equal(valueOf(ini, 'Last', 'no'), 'newline at the end');
  assert.equal(valueOf(ini, 'Last', 'Name'), null);
  assert.equal(valueOf(ini, 'absent', 'Name'), null);
  assert.equal(findSection(ini, 'serve'), null);
});

test('names are told as they are written, with their lines', () => {
  const ini = parsed(odd);
  const server = findSection(ini, 'SERVER');
  assert(server !== null);
  assert.equal(ini.names.name(server), 'Server');
  assert.equal(sectionLine(ini, server), 3);
  assert.deepEqual(
    keysOf(ini, server).map((key) => [keyName(ini, key), keyValue(ini, key)]),
    [
      ['Name', 'value with = and ; in it'],
      ['Empty', ''],
    ],
  );
  assert.equal(findKey(ini, server, 'P.2'), null);
});

test('an empty text, and one of comments alone, is a catalogue without sections', () => {
  for (const text of ['', '\uFEFF', '\n\r\n', '; only this', ' \t']) {
    assert.equal(parsed(text).names.count(), 0);
  }
});

test('letters alone compare without case, and no other character does', () => {
  const ini = parsed('[Az@[]\nk=1\n[Az`[]\nk=2\n[Az@{]\nk=3\n');
  assert.deepEqual(
    ['aZ@[', 'AZ`[', 'az@{', 'az`{'].map((name) => valueOf(ini, name, 'K')),
    ['1', '2', '3', null],
  );
});

test('a name is not taken for a longer one that begins like it and has the same hash', () => {
  const ini = parsed('[xchfknid]\n[xc]\n');
  assert.equal(ini.names.count(), 2);
  assert.equal(findSection(parsed('[xchfknid]\n'), 'xc'), null);
});

test('a header with nothing but a comment sign behind it', () => {
  for (const text of ['[A];', '[A]#\r\n', '[A] ;\n']) assert.equal(parsed(text).names.count(), 1);
});

const largest = (characters: number): string => {
  const line = `;${'x'.repeat(8_000)}\n`;
  return line.repeat(characters / line.length) + ';'.repeat(characters % line.length);
};

test('the largest catalogue, and the longest line', () => {
  const isRead = (text: string): boolean => parseServerIni(text).ok;
  assert.ok(isRead(largest(catalogueCharactersMax)));
  assert.ok(!isRead(largest(catalogueCharactersMax + 1)));
  assert.ok(isRead(`[A]\n;${'x'.repeat(lineCharactersMax - 1)}\r\n`));
  assert.ok(!isRead(`[A]\n;${'x'.repeat(lineCharactersMax)}\r\n`));
});

type Wrong = readonly [
  what: string,
  text: string,
  code: ProblemCode,
  parameters: Readonly<Record<string, string | number>>,
];

const long = 'x'.repeat(lineCharactersMax);
const manyKeys = Array.from({ length: 40 }, (_, index) => `key${index}=1\n`).join('');

const wrongs: readonly Wrong[] = [
  [
    'a line that is no line',
    '[A]\na=1\nwhat is this\n',
    'CATALOGUE_LINE_UNREADABLE',
    { line: 3, text: 'what is this' },
  ],
  ['a last line of one character', '[A]\nx', 'CATALOGUE_LINE_UNREADABLE', { line: 2, text: 'x' }],
  ['a key without a name', '[A]\n=1\n', 'CATALOGUE_LINE_UNREADABLE', { line: 2, text: '=1' }],
  [
    'a header that is not closed',
    '[A]\r\n[B\r\n]\r\n',
    'CATALOGUE_LINE_UNREADABLE',
    { line: 2, text: '[B' },
  ],
  [
    'a header that is not closed to the end, below a comment',
    '; [A\n[A',
    'CATALOGUE_LINE_UNREADABLE',
    { line: 2, text: '[A' },
  ],
  [
    'a header without a name',
    '[A]\n\n[ ]\n',
    'CATALOGUE_LINE_UNREADABLE',
    { line: 3, text: '[ ]' },
  ],
  ['text after a header', '[A]b\n', 'CATALOGUE_LINE_UNREADABLE', { line: 1, text: '[A]b' }],
  [
    'a carriage return inside a line',
    '[A]\na=1\rb=2\n',
    'CATALOGUE_LINE_UNREADABLE',
    { line: 2, text: 'a=1\rb=2' },
  ],
  [
    'a carriage return at the end of the file',
    '[A]\na=1\r',
    'CATALOGUE_LINE_UNREADABLE',
    { line: 2, text: 'a=1\r' },
  ],
  ['a NUL', '[A]\na=1\nb=\0\n', 'CATALOGUE_LINE_UNREADABLE', { line: 3, text: 'b=\0' }],
  [
    'a section twice',
    '[A]\na=1\n[B]\n[a]\n',
    'CATALOGUE_SECTION_TWICE',
    { line: 4, section: 'a', firstLine: 1 },
  ],
  [
    'a key twice',
    '[A]\na=1\n;\nA =2\n',
    'CATALOGUE_KEY_TWICE',
    { line: 4, key: 'A', firstLine: 2 },
  ],
  [
    'a key twice before another section',
    '[A]\na=1\na=2\n[B]\n',
    'CATALOGUE_KEY_TWICE',
    { line: 3, key: 'a', firstLine: 2 },
  ],
  [
    'a key twice among many',
    `[A]\n${manyKeys}KEY7=2`,
    'CATALOGUE_KEY_TWICE',
    { line: 42, key: 'KEY7', firstLine: 9 },
  ],
  [
    'a key outside a section',
    '; c\nVersion = 5\n[A]\n',
    'CATALOGUE_KEY_OUTSIDE_SECTION',
    { line: 2, key: 'Version' },
  ],
  [
    'a line over the limit',
    `[A]\na=${long}\n`,
    'CATALOGUE_LINE_TOO_LONG',
    { line: 2, charactersMax: lineCharactersMax },
  ],
  [
    'garbage without a newline',
    long + long,
    'CATALOGUE_LINE_TOO_LONG',
    { line: 1, charactersMax: lineCharactersMax },
  ],
  [
    'a text over the limit',
    ' '.repeat(catalogueCharactersMax + 1),
    'CATALOGUE_TOO_LARGE',
    { bytes: catalogueCharactersMax + 1, bytesMax: catalogueCharactersMax },
  ],
  [
    'a size that is no number',
    '[Info_2_5_4_1]\nPath=a/b.zip,12k\n',
    'CATALOGUE_SIZE_NOT_A_NUMBER',
    { line: 2, text: 'a/b.zip,12k' },
  ],
  [
    'no size',
    '[Info_2_5_4_1]\nMin=1\nUpdate_Path=a/b.zip\n',
    'CATALOGUE_SIZE_NOT_A_NUMBER',
    { line: 3, text: 'a/b.zip' },
  ],
  [
    'an empty size',
    '[info_2_5_4_1]\nPATH = a/b.zip,  \n',
    'CATALOGUE_SIZE_NOT_A_NUMBER',
    { line: 2, text: 'a/b.zip,' },
  ],
  [
    'nothing after Path',
    '[Info_2_5_4_1]\nPath=\n',
    'CATALOGUE_SIZE_NOT_A_NUMBER',
    { line: 2, text: '' },
  ],
  [
    'a size of 16 digits',
    '[Info_2_5_4_1]\nPath=a,1234567890123456',
    'CATALOGUE_SIZE_NOT_A_NUMBER',
    { line: 2, text: 'a,1234567890123456' },
  ],
  [
    'a negative size',
    '[PATTERN]\nP.2=a,1,-5',
    'CATALOGUE_SIZE_NOT_A_NUMBER',
    { line: 2, text: 'a,1,-5' },
  ],
  [
    'a pattern without a version',
    '[PATTERN]\nP.2=a/b,5',
    'CATALOGUE_LINE_UNREADABLE',
    { line: 2, text: 'a/b,5' },
  ],
  [
    'a pattern with an empty version',
    '[PATTERN]\nP.2=a/b, ,5',
    'CATALOGUE_LINE_UNREADABLE',
    { line: 2, text: 'a/b, ,5' },
  ],
  [
    'a pattern that leaves the share',
    '[PATTERN]\n\nP.2=../b,1,5',
    'CATALOGUE_PATH_LEAVES_SHARE',
    { line: 3, path: '../b' },
  ],
];

for (const [what, text, code, parameters] of wrongs) {
  test(`refused with its line: ${what}`, () => {
    assert.deepEqual(readCatalogue(text), { ok: false, because: { code, with: parameters } });
  });
}

test('keys that merely look alike are not the same key', () => {
  assert.equal(parsed('[A]\nabcd=1\nabxd=2\nacbd=3\nab d=4\n').names.count(), 1);
});

test('many sections are found, each once', () => {
  const names = Array.from({ length: 3_000 }, (_, index) => `Info_${index}_50000_4_1`);
  const ini = parsed(names.map((name) => `[${name}]\nVersion=${name}\n`).join(''));
  for (const name of names) assert.equal(valueOf(ini, name.toUpperCase(), 'version'), name);
});

test('a sized path of another kind of section means nothing here', () => {
  assert.equal(readCatalogue('[Server]\nPath=C:\\Program Files\n[Info_2_x]\nPath=?\n').ok, true);
});

/** Lines of entries, right and nearly right. */
const rightLine = fc.constantFrom(
  'Version=5.80',
  'Min=5.0',
  'Max=6.0',
  'Path=A/b$1.zip, 5',
  'Update_Path=a/b/c.zip,43914',
  'Own=1',
  '',
);
const wrongLine = fc
  .tuple(
    fc.constantFrom('Version', 'Update_Path', 'Path', 'path', 'P ath', ''),
    fc.constantFrom('=../a,5', '=a//b,5', '=a,b', '=C:/a,5', '=a,1e3', '=', '', ' = a , 5 '),
  )
  .map(([key, value]) => key + value);
const entryLine = fc
  .tuple(
    fc.oneof({ weight: 30, arbitrary: rightLine }, { weight: 1, arbitrary: wrongLine }),
    fc.constantFrom('\n', '\n', '\r\n'),
  )
  .map(([line, end]) => line + end);
const bodiesOfEntries = fc.array(
  fc.uniqueArray(entryLine, {
    maxLength: 5,
    selector: (line) => line.trim(),
    comparator: (left, right) => left === right && left.length % 3 !== 0, // a few stand twice
  }),
  { minLength: 1, maxLength: 3 },
);

test('a body taken in one match reads like one that is walked line by line', () => {
  const plainCount = { taken: 0, walked: 0 };
  fc.assert(
    fc.property(bodiesOfEntries, (bodies) => {
      const headers = bodies.map((_, index) => `[Info_${index}_50000_4_1]\n`);
      const text = headers.map((header, index) => header + bodies[index]?.join('')).join('');
      // A blank before the first key says the same, and is not how products write it.
      const walked = text.replaceAll(/\]\n/g, ']\n ');
      const [left, right] = [readCatalogue(text), readCatalogue(walked)];
      if (!left.ok || !right.ok) return assert.deepEqual(left, right);
      for (const [section, header] of headers.entries()) {
        const keys = (ini: ServerIni) =>
          keysOf(ini, section).map((key) => [keyName(ini, key), keyValue(ini, key)]);
        assert.deepEqual(keys(left.value), keys(right.value), header);
        plainCount[left.value.isPlain[section] === true ? 'taken' : 'walked']++;
      }
      return undefined;
    }),
    { numRuns: 2_000 },
  );
  assert(plainCount.taken > 100 && plainCount.walked > 100, JSON.stringify(plainCount));
});

test('no text makes the match of a plain body run away', () => {
  const megabyte = 1024 * 1024;
  for (const text of [
    `Version=${'1'.repeat(megabyte)}`,
    `Path=${'a/'.repeat(megabyte)}`,
    `Path=${'a'.repeat(megabyte)},5`,
    `Path=a,${'5'.repeat(megabyte)}`,
    'Min=1\n'.repeat(megabyte),
  ]) {
    assert.equal(readCatalogue(`[Info_2_50000_4_1]\n${text}\n[A]\n`).ok, false);
  }
});

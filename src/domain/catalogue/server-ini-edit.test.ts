import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { editServerIni, type Edit } from './server-ini-edit.ts';
import { madeCatalogue } from './server-ini.testing.ts';
import {
  catalogueCharactersMax,
  keyName,
  keysOf,
  keyValue,
  lineCharactersMax,
  parseServerIni,
  valueOf,
  type ServerIni,
} from './server-ini.ts';

function parsed(text: string): ServerIni {
  const ini = parseServerIni(text);
  assert(ini.ok, `${JSON.stringify(text)}: ${JSON.stringify(ini)}`);
  return ini.value;
}

function edited(text: string, edits: readonly Edit[]): string {
  const result = editServerIni(parsed(text), edits);
  assert(result.ok, JSON.stringify(result));
  return result.value;
}

const set = (section: string, key: string, value: string): Edit => ({
  kind: 'set',
  section,
  key,
  value,
});
const remove = (section: string, key: string): Edit => ({ kind: 'remove', section, key });

const text = '; top\r\n[A]\r\nx = 1 \r\n; in A\r\ny=2\r\n\r\n[B]\nz=3';

const edits: readonly (readonly [what: string, edits: readonly Edit[], expected: string])[] = [
  ['nothing', [], text],
  ['the same value', [set('A', 'x', '1')], text],
  ['a value, blanks kept', [set('a', 'X', '5.80')], text.replace('x = 1 ', 'x = 5.80 ')],
  ['an emptied value', [set('A', 'y', '')], text.replace('y=2', 'y=')],
  ['a new key after the last one', [set('A', 'n', '9')], text.replace('y=2\r\n', 'y=2\r\nn=9\r\n')],
  ['a removed key', [remove('A', 'x')], text.replace('x = 1 \r\n', '')],
  ['a removed key that is absent', [remove('A', 'q'), remove('Q', 'q')], text],
  ['a new key at an end without a newline', [set('B', 'n', '9')], `${text}\nn=9`],
  ['a new section there', [set('C', 'n', '9'), set('c', 'm', '8')], `${text}\n[C]\nn=9\nm=8`],
  ['the last line removed', [remove('B', 'z')], text.replace('z=3', '')],
  ['the last line exchanged', [remove('B', 'z'), set('B', 'n', '9')], text.replace('z=3', 'n=9\n')],
  ['of two edits the later one', [set('A', 'x', '2'), set('A', 'x', '3')], text.replace('1', '3')],
  [
    'a section put anew, its comment kept',
    [
      {
        kind: 'put-section',
        section: 'A',
        lines: [
          { key: 'y', value: '7' },
          { key: 'n', value: '9' },
        ],
      },
    ],
    '; top\r\n[A]\r\n; in A\r\ny=7\r\nn=9\r\n\r\n[B]\nz=3',
  ],
];

for (const [what, list, expected] of edits) {
  test(`edit: ${what}`, () => {
    assert.equal(edited(text, list), expected);
  });
}

test('a key is added to a section that has none, and to an empty file', () => {
  assert.equal(edited('[A]\r\n; c\r\n', [set('A', 'x', '1')]), '[A]\r\nx=1\r\n; c\r\n');
  assert.equal(edited('[A]', [set('A', 'x', '1')]), '[A]\nx=1');
  assert.equal(edited('', [set('A', 'x', '1')]), '[A]\nx=1\n');
  assert.equal(edited('\uFEFF', [set('A', 'x', '1')]), '\uFEFF[A]\nx=1\n');
  assert.equal(edited('; c\r\n', [set('A', 'x', '1')]), '; c\r\n[A]\r\nx=1\r\n');
});

const unwritable: readonly Edit[] = [
  set('A', 'x', '1\n[B]'),
  set('A', 'x\r\ny', '1'),
  set('A', 'x=y', '1'),
  set('A', ';x', '1'),
  set('A', '[x', '1'),
  set('A', '', '1'),
  set('A', ' x', '1'),
  set('A', 'x', ' 1'),
  set('A', 'x', '\0'),
  set('A', 'x', 'y'.repeat(10_000)),
  set('C]', 'x', '1'),
  set('C\n', 'x', '1'),
  set('', 'x', '1'),
  set(' C', 'x', '1'),
];

test('what would read back as something else is refused', () => {
  for (const edit of unwritable) {
    const result = editServerIni(parsed(text), [edit]);
    assert.equal(result.ok ? 'written' : result.because.code, 'CATALOGUE_LINE_UNREADABLE');
  }
});

test('a generated catalogue reads back every section, key and value as written', () => {
  fc.assert(
    fc.property(madeCatalogue, ({ sections, text: made }) => {
      const ini = parsed(made);
      assert.equal(ini.text, made);
      assert.equal(editOf(ini, []), made);
      assert.deepEqual(
        sections.map((_, number) => ini.names.name(number)),
        sections.map(({ name }) => name),
      );
      for (const [number, { lines }] of sections.entries()) {
        assert.deepEqual(
          keysOf(ini, number).map((key) => [keyName(ini, key), keyValue(ini, key)]),
          lines.flatMap((line) => (line.kind === 'key' ? [[line.name, line.value]] : [])),
        );
      }
    }),
    { numRuns: 300 },
  );
});

function editOf(ini: ServerIni, list: readonly Edit[]): string {
  const result = editServerIni(ini, list);
  assert(result.ok);
  return result.value;
}

/** Lines with their ends, so that a changed line end is a changed line. */
function linesOf(made: string): readonly string[] {
  return made.split(/(?<=\n)/);
}

test('I17: an edit changes its own line and no other byte', () => {
  fc.assert(
    fc.property(madeCatalogue, fc.nat(), fc.nat(), fc.boolean(), (made, one, two, removes) => {
      const keys = made.sections.flatMap(({ name, lines }) =>
        lines.flatMap((line) => (line.kind === 'key' ? [{ section: name, key: line.name }] : [])),
      );
      const chosen = keys[one % Math.max(1, keys.length)];
      fc.pre(chosen !== undefined);
      const value = `new ${two}`;
      const edit = removes
        ? remove(chosen.section, chosen.key)
        : set(chosen.section, chosen.key, value);
      const after = editOf(parsed(made.text), [edit]);
      assert.equal(valueOf(parsed(after), chosen.section, chosen.key), removes ? null : value);
      const [before, now] = [linesOf(made.text), linesOf(after)];
      const place = before.findIndex((line, index) => line !== now[index]);
      const rest = removes ? now.slice(place) : now.slice(place + 1);
      assert.deepEqual(now.slice(0, place), before.slice(0, place));
      assert.deepEqual(rest.join(''), before.slice(place + 1).join(''));
    }),
    { numRuns: 300 },
  );
});

test('adding a key and removing it again gives the same bytes', () => {
  fc.assert(
    fc.property(madeCatalogue, fc.nat(), (made, one) => {
      const section = made.sections[one % Math.max(1, made.sections.length)]?.name;
      fc.pre(section !== undefined && made.text.endsWith('\n'));
      const added = editOf(parsed(made.text), [set(section, 'Added.By.Us', '1')]);
      assert.equal(valueOf(parsed(added), section, 'added.by.us'), '1');
      assert.equal(editOf(parsed(added), [remove(section, 'Added.By.Us')]), made.text);
    }),
    { numRuns: 300 },
  );
});

test('several edits at once end where they would one after the other', () => {
  const names = fc.constantFrom('Version', 'Path', 'Min', 'New');
  const sections = fc.constantFrom('Info_2_50000_4_1', 'PATTERN', 'Fresh');
  const edit: fc.Arbitrary<Edit> = fc.oneof(
    fc.tuple(sections, names, fc.nat(9)).map(([s, k, v]) => set(s, k, String(v))),
    fc.tuple(sections, names).map(([s, k]) => remove(s, k)),
  );
  fc.assert(
    fc.property(madeCatalogue, fc.array(edit, { maxLength: 6 }), (made, list) => {
      const atOnce = parsed(editOf(parsed(made.text), list));
      let inTurn = parsed(made.text);
      for (const one of list) inTurn = parsed(editOf(inTurn, [one]));
      for (const section of ['Info_2_50000_4_1', 'PATTERN', 'Fresh']) {
        for (const key of ['Version', 'Path', 'Min', 'New']) {
          assert.equal(valueOf(atOnce, section, key), valueOf(inTurn, section, key));
        }
      }
    }),
    { numRuns: 300 },
  );
});

test('an edit makes no catalogue that is too large, and no line or header that is too long', () => {
  const section = '[A]\nx=\n';
  const line = `;${'y'.repeat(8_000)}\n`;
  const lines = line.repeat(catalogueCharactersMax / line.length);
  const room = catalogueCharactersMax - lines.length - section.length;
  const ini = parsed(lines + section);
  for (const [characters, isOk] of [
    [room, true],
    [room + 1, false],
  ] as const) {
    assert.equal(editServerIni(ini, [set('A', 'x', 'z'.repeat(characters))]).ok, isOk);
  }

  const isMade = (edit: Edit): boolean => editServerIni(parsed(''), [edit]).ok;
  assert.ok(isMade(set('A', 'x', 'z'.repeat(lineCharactersMax - 'x='.length))));
  assert.ok(!isMade(set('A', 'x', 'z'.repeat(lineCharactersMax - 'x='.length + 1))));
  assert.ok(isMade(set('S'.repeat(lineCharactersMax - '[]'.length), 'x', '')));
  assert.ok(!isMade(set('S'.repeat(lineCharactersMax - '[]'.length + 1), 'x', '')));
});

test('the first line end of a file is that of a line added to it', () => {
  assert.equal(edited('\r\n', [set('A', 'x', '1')]), '\r\n[A]\r\nx=1\r\n');
  assert.equal(edited('\n', [set('A', 'x', '1')]), '\n[A]\nx=1\n');
});

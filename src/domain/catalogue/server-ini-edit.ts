/**
 * Edits the text of a `server.ini`: only the lines named change; comments, blank lines, unknown
 * keys, the blanks around a value, and each line's own end stay byte for byte. New lines take
 * the line end of their neighbour; a file without a newline at its end stays so.
 */

import { problem } from '../problem.ts';
import { ok, refuse, type Result } from '../result.ts';
import {
  catalogueCharactersMax,
  findKey,
  findSection,
  keyName,
  keysOf,
  lineAt,
  lineCharactersMax,
  shown,
  valueBounds,
  type ServerIni,
} from './server-ini.ts';

export type KeyValue = { readonly key: string; readonly value: string };

export type Edit =
  /** Changes the value, or adds the key, or the section with it. */
  | ({ readonly kind: 'set'; readonly section: string } & KeyValue)
  | { readonly kind: 'remove'; readonly section: string; readonly key: string }
  /** The section has these keys and no others; comments in it stay. */
  | {
      readonly kind: 'put-section';
      readonly section: string;
      readonly lines: readonly KeyValue[];
    };

/** What becomes of a section: per key in lower case its value, null to remove it. */
type Wish = {
  readonly section: string;
  readonly keys: Map<string, { readonly key: string; readonly value: string | null }>;
};

type Splice = { readonly from: number; readonly until: number; readonly text: string };

/** All at once: of two edits to one key the later one counts. */
export function editServerIni(ini: ServerIni, edits: readonly Edit[]): Result<string> {
  const wishes = wishesOf(ini, edits);
  const splices: Splice[] = [];
  const added: string[] = [];
  for (const wish of wishes) {
    const section = findSection(ini, wish.section);
    const unwritable = unwritableIn(wish);
    if (unwritable !== null) {
      const line = lineAt(ini.text, section === null ? Infinity : ini.sections.first(section));
      const text = shown(unwritable.replaceAll(/[\0\r\n]/g, ' '));
      return refuse(problem('CATALOGUE_LINE_UNREADABLE', { line, text }));
    }
    if (section === null) added.push(...newSection(wish));
    else splices.push(...splicesOf(ini, section, wish));
  }
  if (added.length > 0) splices.push(insertionAtEnd(ini.text, added));
  const text = applySplices(ini.text, splices);
  if (text.length > catalogueCharactersMax) {
    const values = { bytes: text.length, bytesMax: catalogueCharactersMax };
    return refuse(problem('CATALOGUE_TOO_LARGE', values));
  }
  return ok(text);
}

function wishesOf(ini: ServerIni, edits: readonly Edit[]): Iterable<Wish> {
  const wishes = new Map<string, Wish>();
  for (const edit of edits) {
    const lower = lowerCase(edit.section);
    const wish = wishes.get(lower) ?? { section: edit.section, keys: new Map() };
    wishes.set(lower, wish);
    if (edit.kind === 'set') wish.keys.set(lowerCase(edit.key), edit);
    if (edit.kind === 'remove') wish.keys.set(lowerCase(edit.key), { ...edit, value: null });
    if (edit.kind === 'put-section') {
      wish.keys.clear();
      for (const key of keyNamesOf(ini, edit.section)) {
        wish.keys.set(lowerCase(key), { key, value: null });
      }
      for (const line of edit.lines) {
        wish.keys.delete(lowerCase(line.key)); // so that new keys stand in the order given
        wish.keys.set(lowerCase(line.key), line);
      }
    }
  }
  return wishes.values();
}

function keyNamesOf(ini: ServerIni, name: string): readonly string[] {
  const section = findSection(ini, name);
  if (section === null) return [];
  const { from, until } = keysOf(ini, section);
  return Array.from({ length: until - from }, (_, offset) => keyName(ini, from + offset));
}

/** Text that would read back as something else: a section's or a key's name, or a whole line. */
function unwritableIn(wish: Wish): string | null {
  const { section } = wish;
  const strayInName = /[\0\r\n\]]/.test(section);
  if (section === '' || strayInName || section.length + 2 > lineCharactersMax) return section;
  if (section !== trimmed(section)) return section;
  for (const { key, value } of wish.keys.values()) {
    if (value === null) continue;
    const line = `${key}=${value}`;
    const keyReads = /^[^;#[=\0\r\n][^=\0\r\n]*$/.test(key) && key === trimmed(key);
    const valueReads = !/[\0\r\n]/.test(value) && value === trimmed(value);
    if (!keyReads || !valueReads || line.length > lineCharactersMax) return line;
  }
  return null;
}

function newSection(wish: Wish): readonly string[] {
  const lines = [...wish.keys.values()].filter(({ value }) => value !== null);
  if (lines.length === 0) return []; // nothing but removals, of what is not there
  return [`[${wish.section}]`, ...lines.map(({ key, value }) => `${key}=${value}`)];
}

function splicesOf(ini: ServerIni, section: number, wish: Wish): readonly Splice[] {
  const splices: Splice[] = [];
  const added: string[] = [];
  for (const { key, value } of wish.keys.values()) {
    const number = findKey(ini, section, key);
    if (number !== null && value === null) splices.push(removal(ini, number));
    if (number !== null && value !== null) splices.push(replacement(ini, number, value));
    if (number === null && value !== null) added.push(`${key}=${value}`);
  }
  if (added.length === 0) return splices;
  const { from, until } = keysOf(ini, section);
  let position = ini.sections.first(section);
  for (let key = from; key < until; key++) {
    const stays = wish.keys.get(lowerCase(keyName(ini, key)))?.value !== null;
    if (stays) position = ini.keys.first(key);
  }
  return [...splices, insertionAfter(ini.text, position, added)];
}

function replacement(ini: ServerIni, key: number, value: string): Splice {
  const { from, until } = valueBounds(ini, key);
  return { from, until, text: value };
}

function removal(ini: ServerIni, key: number): Splice {
  const start = ini.keys.first(key);
  return {
    from: ini.text.lastIndexOf('\n', start) + 1,
    until: endOfLine(ini.text, start),
    text: '',
  };
}

/** New lines after the line that `position` stands in. */
function insertionAfter(text: string, position: number, lines: readonly string[]): Splice {
  const at = endOfLine(text, position);
  const terminator = terminatorBefore(text, at);
  const inserted =
    text[at - 1] === '\n'
      ? lines.map((line) => line + terminator).join('')
      : lines.map((line) => terminator + line).join('');
  return { from: at, until: at, text: inserted };
}

function insertionAtEnd(text: string, lines: readonly string[]): Splice {
  const isEmpty = text === '' || text === '\uFEFF';
  if (!isEmpty) return insertionAfter(text, text.length, lines);
  return { from: text.length, until: text.length, text: `${lines.join('\n')}\n` };
}

/** Where the next line begins. */
function endOfLine(text: string, position: number): number {
  const newline = text.indexOf('\n', position);
  return newline === -1 ? text.length : newline + 1;
}

/** The nearest line end at or before `position`. */
function terminatorBefore(text: string, position: number): string {
  const newline = position === 0 ? -1 : text.lastIndexOf('\n', position - 1);
  return newline > 0 && text[newline - 1] === '\r' ? '\r\n' : '\n';
}

function applySplices(text: string, splices: readonly Splice[]): string {
  let done = 0;
  let result = '';
  const inOrder = splices.toSorted(
    (left, right) => left.from - right.from || left.until - right.until,
  );
  for (const splice of inOrder) {
    result += text.slice(done, splice.from) + splice.text;
    done = splice.until;
  }
  return result + text.slice(done);
}

/** As the parser compares names: ASCII letters alone. */
function lowerCase(name: string): string {
  return name.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

function trimmed(text: string): string {
  return text.replaceAll(/^[ \t]+|[ \t]+$/g, '');
}

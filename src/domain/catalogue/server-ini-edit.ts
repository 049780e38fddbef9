/**
 * Edits the text of a `server.ini`: only the lines named change; comments, blank lines, unknown
 * keys, the blanks around a value, and each line's own end stay byte for byte. New lines take
 * the line end of their neighbour; a file without a newline at its end stays so.
 */

import { problem } from '../problem.ts';
import { ok, refuse, type Result } from '../result.ts';
import {
  catalogueCharactersMax,
  findSection,
  headerOf,
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
      const line = lineAt(ini.text, section === null ? Infinity : headerOf(ini, section));
      const text = shown(unwritable.replaceAll(/[\0\r\n]/g, ' '));
      return refuse(problem('CATALOGUE_LINE_UNREADABLE', { line, text }));
    }
    if (section === null) added.push(...newSection(wish));
    else splices.push(...splicesOf(ini, section, wish));
  }
  if (added.length !== 0) splices.push(insertionAtEnd(ini.text, added));
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
  return section === null ? [] : keysOf(ini, section).map((key) => keyName(ini, key));
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
  return [`[${wish.section}]`, ...lines.map(lineOf)];
}

function splicesOf(ini: ServerIni, section: number, wish: Wish): readonly Splice[] {
  const splices: Splice[] = [];
  const missing = new Map(wish.keys);
  let last = headerOf(ini, section);
  for (const key of keysOf(ini, section)) {
    const name = lowerCase(keyName(ini, key));
    const wanted = wish.keys.get(name);
    missing.delete(name);
    if (wanted?.value === null) splices.push(removal(ini.text, key.start));
    else last = key.start;
    if (wanted !== undefined && wanted.value !== null) {
      splices.push({ ...valueBounds(ini, key), text: wanted.value });
    }
  }
  const added = [...missing.values()].filter(({ value }) => value !== null).map(lineOf);
  return added.length === 0 ? splices : [...splices, insertionAfter(ini.text, last, added)];
}

function lineOf({ key, value }: { readonly key: string; readonly value: string | null }): string {
  return `${key}=${value}`;
}

function removal(text: string, start: number): Splice {
  return { from: text.lastIndexOf('\n', start) + 1, until: endOfLine(text, start), text: '' };
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
  return text[newline - 1] === '\r' ? '\r\n' : '\n';
}

function applySplices(text: string, splices: readonly Splice[]): string {
  let done = 0;
  let result = '';
  // No two overlap, and what is put in comes after what is taken out before it.
  const inOrder = splices.toSorted((left, right) => left.until - right.until);
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

/**
 * Reads the text of a `server.ini`: where its sections and keys stand. The text itself stays the
 * only copy of the content, so whatever is not edited is kept byte for byte. Bad input is refused
 * with its line, never guessed at. Names of sections and keys compare without case, as Windows
 * compares them. Absent: bytes and encodings (an adapter's), what a section means (`entry.ts`),
 * edits (`server-ini-edit.ts`).
 *
 * A catalogue may have 50,000 sections, so positions stand in flat lists of integers; there is
 * no object and no string per line.
 */

import { problem } from '../problem.ts';
import { ok, refuse, type Result } from '../result.ts';
import { openNameIndex, sameText, type NameIndex } from './name-index.ts';
import { openTriples, type Triples } from './triples.ts';

export const catalogueCharactersMax = 16 * 1024 * 1024;
export const lineCharactersMax = 8_192;

/** How much of a wrong line is shown. */
const shownCharactersMax = 200;
/** Up to here, comparing each key with each other one is cheaper than an index. */
const pairwiseKeysMax = 8;

const lineFeed = 10;
const carriageReturn = 13;
const numberSign = 35;
const semicolon = 59;
const equalsSign = 61;
const bracketOpen = 91;
const byteOrderMark = 0xfeff;

export type ServerIni = {
  readonly text: string;
  /** The sections' names, in order. A section's number is its place there. */
  readonly names: NameIndex;
  /** Of each section: where its header begins, where its body begins, its first key's number. */
  readonly sections: Triples;
  /** Of each key: where its name begins, where its name is over, where its line's content is. */
  readonly keys: Triples;
};

/** Where a part of the text begins, and where it is over. */
export type Bounds = { readonly from: number; readonly until: number };

type Refused = ReturnType<typeof refuse>;

export function parseServerIni(text: string): Result<ServerIni> {
  if (text.length > catalogueCharactersMax) {
    const values = { bytes: text.length, bytesMax: catalogueCharactersMax };
    return refuse(problem('CATALOGUE_TOO_LARGE', values));
  }
  const names = openNameIndex(text);
  const ini: ServerIni = { text, names, sections: openTriples(), keys: openTriples() };
  const stray = firstStray(text);
  let line = 0;
  let start = text.charCodeAt(0) === byteOrderMark ? 1 : 0;
  while (start < text.length) {
    line++;
    let newline = text.indexOf('\n', start);
    if (newline === -1) newline = text.length;
    let end = newline;
    if (end > start && text.charCodeAt(end - 1) === carriageReturn && stray !== end - 1) end--;
    if (end - start > lineCharactersMax) {
      const values = { line, charactersMax: lineCharactersMax };
      return refuse(problem('CATALOGUE_LINE_TOO_LONG', values));
    }
    if (stray < end) return unreadable(text, line, start, end);
    const refused = takeLine(ini, line, start, end, newline + 1);
    if (refused !== null) return refused;
    start = newline + 1;
  }
  return checkKeysOfLastSection(ini) ?? ok(ini);
}

/** `next`: where the next line begins. */
function takeLine(
  ini: ServerIni,
  line: number,
  start: number,
  end: number,
  next: number,
): Refused | null {
  const { text } = ini;
  const first = skipBlanks(text, start, end);
  if (first === end) return null;
  const code = text.charCodeAt(first);
  if (code === semicolon || code === numberSign) return null;
  if (code === bracketOpen) return takeHeader(ini, line, first, end, next);
  return takeKey(ini, line, first, end);
}

function takeHeader(
  ini: ServerIni,
  line: number,
  first: number,
  end: number,
  next: number,
): Refused | null {
  const { text } = ini;
  const close = text.indexOf(']', first);
  if (close === -1 || close >= end) return unreadable(text, line, first, end);
  const nameStart = skipBlanks(text, first + 1, close);
  const nameEnd = trimBlanks(text, nameStart, close);
  const rest = skipBlanks(text, close + 1, end);
  const commentFollows = text[rest] === ';' || text[rest] === '#';
  if (nameStart === nameEnd || (rest < end && !commentFollows)) {
    return unreadable(text, line, first, end);
  }
  const refused = checkKeysOfLastSection(ini);
  if (refused !== null) return refused;
  const earlier = ini.names.add(nameStart, nameEnd);
  if (earlier !== null) {
    const firstLine = sectionLine(ini, earlier);
    const section = shown(text.slice(nameStart, nameEnd));
    return refuse(problem('CATALOGUE_SECTION_TWICE', { line, section, firstLine }));
  }
  ini.sections.push(first, next, ini.keys.count());
  return null;
}

function takeKey(ini: ServerIni, line: number, first: number, end: number): Refused | null {
  const { text } = ini;
  let equals = first;
  while (equals < end && text.charCodeAt(equals) !== equalsSign) equals++;
  if (equals === end || equals === first) return unreadable(text, line, first, end);
  const keyEnd = trimBlanks(text, first, equals);
  if (ini.sections.count() === 0) {
    const key = shown(text.slice(first, keyEnd));
    return refuse(problem('CATALOGUE_KEY_OUTSIDE_SECTION', { line, key }));
  }
  ini.keys.push(first, keyEnd, end);
  return null;
}

/** Before the next header, and at the end. */
function checkKeysOfLastSection(ini: ServerIni): Refused | null {
  const section = ini.sections.count() - 1;
  if (section === -1) return null;
  const from = ini.sections.third(section);
  const until = ini.keys.count();
  if (until - from > pairwiseKeysMax) return checkKeysByIndex(ini, from, until);
  for (let key = from + 1; key < until; key++) {
    const start = ini.keys.first(key);
    const length = ini.keys.second(key) - start;
    for (let earlier = from; earlier < key; earlier++) {
      const earlierStart = ini.keys.first(earlier);
      if (
        ini.keys.second(earlier) - earlierStart === length &&
        sameText(ini.text, earlierStart, ini.text, start, length)
      ) {
        return keyTwice(ini, earlier, key);
      }
    }
  }
  return null;
}

function checkKeysByIndex(ini: ServerIni, from: number, until: number): Refused | null {
  const names = openNameIndex(ini.text);
  for (let key = from; key < until; key++) {
    const earlier = names.add(ini.keys.first(key), ini.keys.second(key));
    if (earlier !== null) return keyTwice(ini, from + earlier, key);
  }
  return null;
}

function keyTwice(ini: ServerIni, earlier: number, key: number): Refused {
  return refuse(
    problem('CATALOGUE_KEY_TWICE', {
      line: keyLine(ini, key),
      key: shown(keyName(ini, key)),
      firstLine: keyLine(ini, earlier),
    }),
  );
}

function unreadable(text: string, line: number, start: number, end: number): Refused {
  return refuse(
    problem('CATALOGUE_LINE_UNREADABLE', { line, text: shown(text.slice(start, end)) }),
  );
}

/** The first NUL, or carriage return that ends no line: no line may hold one. */
function firstStray(text: string): number {
  const nul = text.indexOf('\0');
  let stray = text.indexOf('\r');
  while (stray !== -1 && text.charCodeAt(stray + 1) === lineFeed) {
    stray = text.indexOf('\r', stray + 2);
  }
  return Math.min(nul === -1 ? Infinity : nul, stray === -1 ? Infinity : stray);
}

export function findSection(ini: ServerIni, name: string): number | null {
  return ini.names.find(name);
}

/** The numbers of a section's keys. */
export function keysOf(ini: ServerIni, section: number): Bounds {
  const last = section + 1 === ini.sections.count();
  const until = last ? ini.keys.count() : ini.sections.third(section + 1);
  return { from: ini.sections.third(section), until };
}

export function findKey(ini: ServerIni, section: number, name: string): number | null {
  const { from, until } = keysOf(ini, section);
  for (let key = from; key < until; key++) {
    if (isNamed(ini, key, name)) return key;
  }
  return null;
}

export function isNamed(ini: ServerIni, key: number, name: string): boolean {
  const start = ini.keys.first(key);
  const length = ini.keys.second(key) - start;
  return length === name.length && sameText(ini.text, start, name, 0, length);
}

export function keyName(ini: ServerIni, key: number): string {
  return ini.text.slice(ini.keys.first(key), ini.keys.second(key));
}

/** Where the value stands, without the blanks around it. */
export function valueBounds(ini: ServerIni, key: number): Bounds {
  const end = ini.keys.third(key);
  const equals = skipBlanks(ini.text, ini.keys.second(key), end);
  const from = skipBlanks(ini.text, equals + 1, end);
  return { from, until: trimBlanks(ini.text, from, end) };
}

export function keyValue(ini: ServerIni, key: number): string {
  const { from, until } = valueBounds(ini, key);
  return ini.text.slice(from, until);
}

/** The value of a key in a section; null when either is absent. */
export function valueOf(ini: ServerIni, section: string, key: string): string | null {
  const sectionNumber = findSection(ini, section);
  if (sectionNumber === null) return null;
  const keyNumber = findKey(ini, sectionNumber, key);
  return keyNumber === null ? null : keyValue(ini, keyNumber);
}

export function keyLine(ini: ServerIni, key: number): number {
  return lineAt(ini.text, ini.keys.first(key));
}

export function sectionLine(ini: ServerIni, section: number): number {
  return lineAt(ini.text, ini.sections.first(section));
}

/** Lines are counted only when somebody is told of one. */
export function lineAt(text: string, position: number): number {
  let line = 1;
  let newline = text.indexOf('\n');
  while (newline !== -1 && newline < position) {
    line++;
    newline = text.indexOf('\n', newline + 1);
  }
  return line;
}

export function shown(text: string): string {
  return text.slice(0, shownCharactersMax);
}

export function skipBlanks(text: string, from: number, until: number): number {
  let index = from;
  while (index < until && isBlank(text.charCodeAt(index))) index++;
  return index;
}

export function trimBlanks(text: string, from: number, until: number): number {
  let index = until;
  while (index > from && isBlank(text.charCodeAt(index - 1))) index--;
  return index;
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

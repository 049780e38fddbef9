/**
 * Reads the text of a `server.ini`: where its sections stand, and that every line is one. The
 * text itself stays the only copy of the content, so whatever is not edited is kept byte for
 * byte. Bad input is refused with its line, never guessed at. Names of sections and keys compare
 * without case, as Windows compares them. Absent: bytes and encodings (an adapter's), what a
 * section means (`entry.ts`), edits (`server-ini-edit.ts`).
 *
 * A catalogue may have 50,000 sections and is read by a process that lives for a moment, in which
 * even the compiler's time counts. So a body that is written as products write it is taken in one
 * match; any other is walked line by line, without an object or a string per line; and keys are
 * looked up when they are asked for.
 */

import { problem } from '../problem.ts';
import { invariant, ok, refuse, type Result } from '../result.ts';
import { openNameIndex, sameText, type NameIndex } from './name-index.ts';

export const catalogueCharactersMax = 16 * 1024 * 1024;
export const lineCharactersMax = 8_192;

/** How much of a wrong line is shown. */
const shownCharactersMax = 200;

const tab = 9;
const lineFeed = 10;
const carriageReturn = 13;
const blank = 32;
const numberSign = 35;
const semicolon = 59;
const equalsSign = 61;
const bracketOpen = 91;
const byteOrderMark = 0xfeff;

const plainVersion = String.raw`[\w.]{1,40}\r?\n`;
const plainName = String.raw`[\w$-][\w.$-]{0,99}`;
const plainPath = String.raw`${plainName}(?:/${plainName}){0,9}, ?\d{1,15}\r?\n`;
/**
 * A whole body of known keys with paths that stay in the share, up to a blank line: when no key
 * is there twice, nothing is wrong with it. What does not match may be as right, and is looked at
 * line by line. Every part has its limit, so that no text makes the match run away.
 */
const plainBody =
  `(?:Version=${plainVersion}|Update_Path=${plainPath}|Min=${plainVersion}|` +
  String.raw`Max=${plainVersion}|Path=${plainPath}){0,5}(?:\r?\n)?(?=\[|$)`;

export type ServerIni = {
  readonly text: string;
  /** The sections' names, in order. A section's number is its place there. */
  readonly names: NameIndex;
  /** Of each section: where its header begins, and where the lines after that begin. */
  readonly headers: readonly number[];
  readonly bodies: readonly number[];
  /** Of each section: was its body taken in one match? Then its entry needs no look. */
  readonly isPlain: readonly boolean[];
};

/** Where a key's line stands: its name, and the end of its content. */
export type KeyPlace = {
  readonly start: number;
  readonly nameEnd: number;
  readonly lineEnd: number;
};

/** Where a part of the text begins, and where it is over. */
export type Bounds = { readonly from: number; readonly until: number };

type Growing = ServerIni & {
  readonly headers: number[];
  readonly bodies: number[];
  readonly isPlain: boolean[];
};
type Refused = ReturnType<typeof refuse>;

export function parseServerIni(text: string): Result<ServerIni> {
  if (text.length > catalogueCharactersMax) {
    const values = { bytes: text.length, bytesMax: catalogueCharactersMax };
    return refuse(problem('CATALOGUE_TOO_LARGE', values));
  }
  const names = openNameIndex(text);
  const ini: Growing = { text, names, headers: [], bodies: [], isPlain: [] };
  const plain = new RegExp(plainBody, 'y');
  const stray = firstStray(text);
  /** One bit for each kind of key in this section; two of one kind are looked at closely. */
  let kinds = 0;
  let looksTwice = false;
  let next = text.charCodeAt(0) === byteOrderMark ? 1 : 0;
  while (next < text.length) {
    const start = next;
    const end = contentEnd(text, start, text.indexOf('\n', start));
    next = nextLine(text, end);
    if (end - start > lineCharactersMax) return tooLong(text, start);
    if (stray < end) return unreadable(text, start, end);
    const first = skipBlanks(text, start, end);
    const code = first === end ? semicolon : text.charCodeAt(first);
    if (code === semicolon || code === numberSign) continue;
    if (code !== bracketOpen) {
      const kind = keyKind(text, first, end, code);
      if (kind === 0) return unreadable(text, first, end);
      if (ini.headers.length === 0) return outsideSection(text, first);
      looksTwice ||= (kinds & kind) !== 0;
      kinds |= kind;
      continue;
    }
    if (looksTwice) {
      const refused = checkKeys(ini, start);
      if (refused !== null) return refused;
    }
    kinds = 0;
    looksTwice = false;
    const refused = takeHeader(ini, first, end, next);
    if (refused !== null) return refused;
    plain.lastIndex = next;
    const isPlain = plain.test(text) && !isAnyTwice(text, next, plain.lastIndex);
    ini.isPlain.push(isPlain);
    if (isPlain) next = plain.lastIndex;
  }
  return (looksTwice ? checkKeys(ini, text.length) : null) ?? ok(ini);
}

/** Of the lines of a plain body: two letters tell its keys apart. */
function isAnyTwice(text: string, from: number, until: number): boolean {
  let kinds = 0;
  let start = from;
  while (start < until && text.charCodeAt(start) > blank) {
    const kind = 1 << ((text.charCodeAt(start) + text.charCodeAt(start + 1)) & 31);
    if ((kinds & kind) !== 0) return true;
    kinds |= kind;
    start = text.indexOf('\n', start) + 1;
  }
  return false;
}

/** Of the line from `start` whose line feed stands at `newline` (-1: none). */
export function contentEnd(text: string, start: number, newline: number): number {
  if (newline === -1) return text.length;
  return text.charCodeAt(newline - 1) === carriageReturn ? newline - 1 : newline;
}

function nextLine(text: string, end: number): number {
  return text.charCodeAt(end) === carriageReturn ? end + 2 : end + 1;
}

/** 0: the line has no `=`, or nothing before it. Else one bit, equal for equal names. */
function keyKind(text: string, first: number, end: number, code: number): number {
  let equals = first;
  while (equals < end && text.charCodeAt(equals) !== equalsSign) equals++;
  if (equals === end || equals === first) return 0;
  const nameEnd = trimBlanks(text, first, equals);
  const last = text.charCodeAt(nameEnd - 1) | blank;
  return 1 << (((code | blank) + 5 * last + 11 * (nameEnd - first)) & 31);
}

/** Exactly, for the section that is open. */
function checkKeys(ini: Growing, until: number): Refused | null {
  const { text } = ini;
  const names = openNameIndex(text);
  const keys = keysBetween(text, ini.bodies.at(-1) ?? 0, until);
  for (const key of keys) {
    const earlier = keys[names.add(key.start, key.nameEnd) ?? -1];
    if (earlier === undefined) continue;
    return refuse(
      problem('CATALOGUE_KEY_TWICE', {
        line: lineAt(text, key.start),
        key: shown(keyName(ini, key)),
        firstLine: lineAt(text, earlier.start),
      }),
    );
  }
  return null;
}

/** `next`: where the line after it begins. */
function takeHeader(ini: Growing, first: number, end: number, next: number): Refused | null {
  const { text } = ini;
  const close = text.indexOf(']', first);
  if (close === -1 || close >= end) return unreadable(text, first, end);
  const nameStart = skipBlanks(text, first + 1, close);
  const nameEnd = trimBlanks(text, nameStart, close);
  const rest = skipBlanks(text, close + 1, end);
  const isComment = text[rest] === ';' || text[rest] === '#';
  if (nameStart === nameEnd || (rest < end && !isComment)) return unreadable(text, first, end);
  const earlier = ini.names.add(nameStart, nameEnd);
  if (earlier !== null) {
    const section = shown(text.slice(nameStart, nameEnd));
    const lines = { line: lineAt(text, first), firstLine: sectionLine(ini, earlier) };
    return refuse(problem('CATALOGUE_SECTION_TWICE', { ...lines, section }));
  }
  ini.headers.push(first);
  ini.bodies.push(Math.min(next, text.length));
  return null;
}

function tooLong(text: string, start: number): Refused {
  const values = { line: lineAt(text, start), charactersMax: lineCharactersMax };
  return refuse(problem('CATALOGUE_LINE_TOO_LONG', values));
}

function unreadable(text: string, start: number, end: number): Refused {
  const values = { line: lineAt(text, start), text: shown(text.slice(start, end)) };
  return refuse(problem('CATALOGUE_LINE_UNREADABLE', values));
}

function outsideSection(text: string, first: number): Refused {
  const key = shown(text.slice(first, trimBlanks(text, first, text.indexOf('=', first))));
  const values = { line: lineAt(text, first), key };
  return refuse(problem('CATALOGUE_KEY_OUTSIDE_SECTION', values));
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

/** The lines of a section, its header not among them. */
export function bodyOf(ini: ServerIni, section: number): Bounds {
  const from = ini.bodies[section];
  invariant(from !== undefined, 'a section of this catalogue');
  return { from, until: ini.headers[section + 1] ?? ini.text.length };
}

export function headerOf(ini: ServerIni, section: number): number {
  const header = ini.headers[section];
  invariant(header !== undefined, 'a section of this catalogue');
  return header;
}

export function keysOf(ini: ServerIni, section: number): readonly KeyPlace[] {
  const { from, until } = bodyOf(ini, section);
  return keysBetween(ini.text, from, until);
}

function keysBetween(text: string, from: number, until: number): readonly KeyPlace[] {
  const keys: KeyPlace[] = [];
  let next = from;
  while (next < until) {
    const lineEnd = contentEnd(text, next, text.indexOf('\n', next));
    const start = skipBlanks(text, next, lineEnd);
    next = nextLine(text, lineEnd);
    const code = text.charCodeAt(start);
    if (start === lineEnd || code === semicolon || code === numberSign) continue;
    if (start >= until) break; // blanks before the next header
    const nameEnd = trimBlanks(text, start, text.indexOf('=', start));
    keys.push({ start, nameEnd, lineEnd });
  }
  return keys;
}

export function findKey(ini: ServerIni, section: number, name: string): KeyPlace | null {
  return keysOf(ini, section).find((key) => isNamed(ini, key, name)) ?? null;
}

export function isNamed({ text }: ServerIni, { start, nameEnd }: KeyPlace, name: string): boolean {
  return nameEnd - start === name.length && sameText(text, start, name, 0, name.length);
}

export function keyName(ini: ServerIni, key: KeyPlace): string {
  return ini.text.slice(key.start, key.nameEnd);
}

/** Where the value stands, without the blanks around it. */
export function valueBounds({ text }: ServerIni, { nameEnd, lineEnd }: KeyPlace): Bounds {
  const equals = skipBlanks(text, nameEnd, lineEnd);
  const from = skipBlanks(text, equals + 1, lineEnd);
  return { from, until: trimBlanks(text, from, lineEnd) };
}

export function keyValue(ini: ServerIni, key: KeyPlace): string {
  const { from, until } = valueBounds(ini, key);
  return ini.text.slice(from, until);
}

/** The value of a key in a section; null when either is absent. */
export function valueOf(ini: ServerIni, section: string, name: string): string | null {
  const number = findSection(ini, section);
  const key = number === null ? null : findKey(ini, number, name);
  return key === null ? null : keyValue(ini, key);
}

export function sectionLine(ini: ServerIni, section: number): number {
  return lineAt(ini.text, headerOf(ini, section));
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
  return code === blank || code === tab;
}

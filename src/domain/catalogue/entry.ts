/**
 * What a catalogue's lines mean: `Info_…` sections as typed entries, `[PATTERN]` lines as typed
 * patterns. Sections and keys of other names mean nothing here and are never touched.
 * Absent: whether an entry is right (`drift.ts`).
 */

import { problem } from '../problem.ts';
import { ok, refuse, type Result } from '../result.ts';
import { sameText } from './name-index.ts';
import {
  bodyOf,
  contentEnd,
  findKey,
  findSection,
  headerOf,
  keyName,
  keysOf,
  keyValue,
  lineAt,
  shown,
  skipBlanks,
  trimBlanks,
  valueBounds,
  type KeyPlace,
  type ServerIni,
} from './server-ini.ts';
import { leavesShare } from './share-path.ts';

/** `Info_<component>_<n>_<language>_<platform>` */
export type SectionName = {
  readonly component: number;
  readonly n: number;
  readonly language: number;
  readonly platform: number;
};

/** `relative/path,bytes`, with or without a blank after the comma. */
export type SizedPath = { readonly path: string; readonly bytes: number };

export type Entry = {
  readonly section: string;
  readonly name: SectionName;
  readonly version: string | null;
  readonly min: string | null;
  readonly max: string | null;
  /** A small updater. */
  readonly updatePath: SizedPath | null;
  /** The full package. */
  readonly path: SizedPath | null;
};

/** `P.<id>=path,version,bytes`, or `P.<id>.Merge.<n>`, an increment from that version. */
export type PatternLine = {
  readonly id: string;
  readonly merge: number | null;
  readonly path: string;
  readonly version: string;
  readonly bytes: number;
};

export const patternSection = 'PATTERN';

const digitsMax = 15;
const commaSign = 44;
const equalsSign = 61;
const underscore = 95;
const letterP = 112;
const letterU = 117;
const sectionNameShape = /^Info_(\d{1,15})_(\d{1,15})_(\d{1,15})_(\d{1,15})$/i;
const patternShape = /^P\.(.+?)(?:\.Merge\.(\d{1,9}))?$/i;

export function parseSectionName(text: string): SectionName | null {
  const found = sectionNameShape.exec(text);
  if (found === null) return null;
  const [component = 0, n = 0, language = 0, platform = 0] = found.slice(1).map(Number);
  return { component, n, language, platform };
}

/** Null: the catalogue has no such section, or its name is not that of an entry. */
export function entryOf(ini: ServerIni, section: string): Result<Entry | null> {
  const number = findSection(ini, section);
  const name = parseSectionName(section);
  if (number === null || name === null) return ok(null);
  const text = (key: string): string | null => {
    const found = findKey(ini, number, key);
    return found === null ? null : keyValue(ini, found);
  };
  const updatePath = sizedPathOf(ini, number, 'Update_Path');
  if (!updatePath.ok) return updatePath;
  const path = sizedPathOf(ini, number, 'Path');
  if (!path.ok) return path;
  return ok({
    section: ini.names.name(number),
    name,
    version: text('Version'),
    min: text('Min'),
    max: text('Max'),
    updatePath: updatePath.value,
    path: path.value,
  });
}

function sizedPathOf(ini: ServerIni, section: number, key: string): Result<SizedPath | null> {
  const place = findKey(ini, section, key);
  if (place === null) return ok(null);
  const { from, until } = valueBounds(ini, place);
  const refused = checkSizedPath(ini.text, from, until);
  if (refused !== null) return refused;
  const comma = ini.text.lastIndexOf(',', until - 1);
  return ok({
    path: ini.text.slice(from, trimBlanks(ini.text, from, comma)),
    bytes: Number(ini.text.slice(comma + 1, until)),
  });
}

/** Every entry and every pattern line of the catalogue, so that a wrong one anywhere is told. */
export function checkEntries(ini: ServerIni): Result<null> {
  for (let section = 0; section < ini.headers.length; section++) {
    if (ini.isPlain[section] === true || !isEntryHeader(ini, section)) continue;
    const refused = checkEntry(ini, section);
    if (refused !== null) return refused;
  }
  const patterns = patternsOf(ini);
  return patterns.ok ? ok(null) : patterns;
}

type Refused = ReturnType<typeof refuse>;

/** Told from the text itself: a string for each of 50,000 headers would be waste. */
function isEntryHeader(ini: ServerIni, section: number): boolean {
  const { text } = ini;
  const name = skipBlanks(text, headerOf(ini, section) + 1, text.length);
  if (!sameText(text, name, 'Info_', 0, 5)) return false;
  let numbers = 0;
  let index = name + 4;
  while (text.charCodeAt(index) === underscore && isDigit(text.charCodeAt(index + 1))) {
    index++;
    while (isDigit(text.charCodeAt(index))) index++;
    numbers++;
  }
  return numbers === 4 && text[skipBlanks(text, index, text.length)] === ']';
}

/** Looks closely only at lines that begin like `Path` or `Update_Path`: two in five. */
function checkEntry(ini: ServerIni, section: number): Refused | null {
  const { text } = ini;
  const { from, until } = bodyOf(ini, section);
  let next = from;
  while (next < until) {
    const start = skipBlanks(text, next, until);
    const newline = text.indexOf('\n', start);
    next = newline === -1 ? until : newline + 1;
    const code = text.charCodeAt(start) | 32;
    if (code !== letterP && code !== letterU) continue;
    const name = code === letterP ? 'Path' : 'Update_Path';
    if (!sameText(text, start, name, 0, name.length)) continue;
    const equals = skipBlanks(text, start + name.length, next);
    if (text.charCodeAt(equals) !== equalsSign) continue;
    const lineEnd = contentEnd(text, start, newline);
    const value = skipBlanks(text, equals + 1, lineEnd);
    const refused = checkSizedPath(text, value, trimBlanks(text, value, lineEnd));
    if (refused !== null) return refused;
  }
  return null;
}

/** Of the value that stands from `from` to `until`. */
function checkSizedPath(text: string, from: number, until: number): Refused | null {
  const comma = commaBeforeSize(text, from, until);
  return comma === -1 ? sizeNotANumber(text, from, until) : checkPath(text, from, comma);
}

/** -1: what stands after the last comma is no size. */
function commaBeforeSize(text: string, from: number, until: number): number {
  let digits = until;
  while (digits > from && isDigit(text.charCodeAt(digits - 1))) digits--;
  const length = until - digits;
  const comma = trimBlanks(text, from, digits) - 1; // before `from` stands none
  const isSize = length > 0 && length <= digitsMax;
  return isSize && text.charCodeAt(comma) === commaSign ? comma : -1;
}

function sizeNotANumber(text: string, from: number, until: number): Refused {
  const values = { line: lineAt(text, from), text: shown(text.slice(from, until)) };
  return refuse(problem('CATALOGUE_SIZE_NOT_A_NUMBER', values));
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function checkPath(text: string, from: number, comma: number): Refused | null {
  const until = trimBlanks(text, from, comma);
  if (!leavesShare(text, from, until)) return null;
  const path = shown(text.slice(from, until));
  return refuse(problem('CATALOGUE_PATH_LEAVES_SHARE', { line: lineAt(text, from), path }));
}

/** The lines of `[PATTERN]` that name a file, in order; other lines there mean nothing to us. */
export function patternsOf(ini: ServerIni): Result<readonly PatternLine[]> {
  const section = findSection(ini, patternSection);
  if (section === null) return ok([]);
  const patterns: PatternLine[] = [];
  for (const key of keysOf(ini, section)) {
    const shape = patternShape.exec(keyName(ini, key));
    if (shape === null) continue;
    const line = patternLine(ini, key);
    if (!line.ok) return line;
    const [, id = '', merge] = shape;
    patterns.push({ id, merge: merge === undefined ? null : Number(merge), ...line.value });
  }
  return ok(patterns);
}

function patternLine(
  ini: ServerIni,
  key: KeyPlace,
): Result<Pick<PatternLine, 'path' | 'version' | 'bytes'>> {
  const { text } = ini;
  const { from, until } = valueBounds(ini, key);
  const comma = commaBeforeSize(text, from, until);
  if (comma === -1) return sizeNotANumber(text, from, until);
  const versionComma = from + text.slice(from, comma).lastIndexOf(',');
  const versionStart = skipBlanks(text, versionComma + 1, comma);
  const versionEnd = trimBlanks(text, versionStart, comma);
  if (versionComma < from || versionStart === versionEnd) {
    const values = { line: lineAt(text, from), text: shown(text.slice(from, until)) };
    return refuse(problem('CATALOGUE_LINE_UNREADABLE', values));
  }
  const refused = checkPath(text, from, versionComma);
  if (refused !== null) return refused;
  return ok({
    path: text.slice(from, trimBlanks(text, from, versionComma)),
    version: text.slice(versionStart, versionEnd),
    bytes: Number(text.slice(comma + 1, until)),
  });
}

/**
 * What a catalogue's lines mean: `Info_…` sections as typed entries, `[PATTERN]` lines as typed
 * patterns. Sections and keys of other names mean nothing here and are never touched.
 * Absent: whether an entry is right (`drift.ts`).
 */

import { problem } from '../problem.ts';
import { ok, refuse, type Result } from '../result.ts';
import { sameText } from './name-index.ts';
import {
  findKey,
  findSection,
  isNamed,
  keyLine,
  keyName,
  keysOf,
  keyValue,
  shown,
  skipBlanks,
  trimBlanks,
  valueBounds,
  type Bounds,
  type ServerIni,
} from './server-ini.ts';
import { comparablePath, leavesShare } from './share-path.ts';

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
const sectionNameShape = /^Info_(\d{1,9})_(\d{1,9})_(\d{1,9})_(\d{1,9})$/i;
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
  const number = findKey(ini, section, key);
  if (number === null) return ok(null);
  const refused = checkSizedPath(ini, number);
  if (refused !== null) return refused;
  const { from, until } = valueBounds(ini, number);
  const comma = ini.text.lastIndexOf(',', until - 1);
  return ok({
    path: ini.text.slice(from, trimBlanks(ini.text, from, comma)),
    bytes: Number(ini.text.slice(comma + 1, until)),
  });
}

/** Every entry and every pattern line of the catalogue, so that a wrong one anywhere is told. */
export function checkEntries(ini: ServerIni): Result<null> {
  const count = ini.names.count();
  for (let section = 0; section < count; section++) {
    const refused = isEntryHeader(ini, section) ? checkEntry(ini, section) : null;
    if (refused !== null) return refused;
  }
  const patterns = patternsOf(ini);
  return patterns.ok ? ok(null) : patterns;
}

type Refused = ReturnType<typeof refuse>;

/** Told from the text itself: a string for each of 50,000 headers would be waste. */
function isEntryHeader(ini: ServerIni, section: number): boolean {
  const open = ini.text.indexOf('[', ini.sections.first(section)) + 1;
  const name = skipBlanks(ini.text, open, ini.text.length);
  return sameText(ini.text, name, 'Info_', 0, 5) && sectionNameShape.test(ini.names.name(section));
}

function checkEntry(ini: ServerIni, section: number): Refused | null {
  const { from, until } = keysOf(ini, section);
  for (let key = from; key < until; key++) {
    if (!isNamed(ini, key, 'Path') && !isNamed(ini, key, 'Update_Path')) continue;
    const refused = checkSizedPath(ini, key);
    if (refused !== null) return refused;
  }
  return null;
}

function checkSizedPath(ini: ServerIni, key: number): Refused | null {
  const value = valueBounds(ini, key);
  const comma = checkSize(ini, key, value);
  if (typeof comma !== 'number') return comma;
  return checkPath(ini, key, { from: value.from, until: comma });
}

/** Answers where the comma before the size stands. */
function checkSize(ini: ServerIni, key: number, value: Bounds): number | Refused {
  const comma = ini.text.lastIndexOf(',', value.until - 1);
  const digits = skipBlanks(ini.text, comma + 1, value.until);
  const length = value.until - digits;
  if (comma < value.from || length < 1 || length > digitsMax || !areDigits(ini, digits, value)) {
    const text = shown(ini.text.slice(value.from, value.until));
    return refuse(problem('CATALOGUE_SIZE_NOT_A_NUMBER', { line: keyLine(ini, key), text }));
  }
  return comma;
}

function areDigits(ini: ServerIni, from: number, value: Bounds): boolean {
  for (let index = from; index < value.until; index++) {
    const code = ini.text.charCodeAt(index);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

function checkPath(ini: ServerIni, key: number, bounds: Bounds): Refused | null {
  const until = trimBlanks(ini.text, bounds.from, bounds.until);
  if (!leavesShare(ini.text, bounds.from, until)) return null;
  const path = shown(ini.text.slice(bounds.from, until));
  return refuse(problem('CATALOGUE_PATH_LEAVES_SHARE', { line: keyLine(ini, key), path }));
}

/** The lines of `[PATTERN]` that name a file, in order; other lines there mean nothing to us. */
export function patternsOf(ini: ServerIni): Result<readonly PatternLine[]> {
  const section = findSection(ini, patternSection);
  if (section === null) return ok([]);
  const patterns: PatternLine[] = [];
  const { from, until } = keysOf(ini, section);
  for (let key = from; key < until; key++) {
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
  key: number,
): Result<Pick<PatternLine, 'path' | 'version' | 'bytes'>> {
  const { text } = ini;
  const value = valueBounds(ini, key);
  const comma = checkSize(ini, key, value);
  if (typeof comma !== 'number') return comma;
  const versionComma = comma === value.from ? -1 : text.lastIndexOf(',', comma - 1);
  const versionStart = skipBlanks(text, versionComma + 1, comma);
  const versionEnd = trimBlanks(text, versionStart, comma);
  if (versionComma < value.from || versionStart === versionEnd) {
    const line = { line: keyLine(ini, key), text: shown(text.slice(value.from, value.until)) };
    return refuse(problem('CATALOGUE_LINE_UNREADABLE', line));
  }
  const path = { from: value.from, until: versionComma };
  const refused = checkPath(ini, key, path);
  if (refused !== null) return refused;
  return ok({
    path: text.slice(path.from, trimBlanks(text, path.from, path.until)),
    version: text.slice(versionStart, versionEnd),
    bytes: Number(text.slice(comma + 1, value.until)),
  });
}

export function samePath(left: SizedPath, right: SizedPath): boolean {
  return left.bytes === right.bytes && comparablePath(left.path) === comparablePath(right.path);
}

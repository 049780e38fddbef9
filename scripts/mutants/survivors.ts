/**
 * The mutants that no test can kill, each with its reason: what they change makes no difference
 * to anyone. Kept as short as it can be: code that admits of such a mutant is better rewritten.
 * None stands here for leases, holds, gates, drift and restore.
 */

import type { MutantName } from './mutant.ts';

export type Survivor = MutantName & { readonly reason: string };

type Listed = Omit<Survivor, 'after'> & { readonly after: readonly string[] };

const entry = 'src/domain/catalogue/entry.ts';
const nameIndex = 'src/domain/catalogue/name-index.ts';
const serverIni = 'src/domain/catalogue/server-ini.ts';
const version = 'src/domain/catalogue/version.ts';

const isSpeedAlone = 'it only saves time: what is looked at more closely gets the same answer';

const listed: readonly Listed[] = [
  {
    file: entry,
    inside: 'checkEntries',
    before: 'if (ini.isPlain[section] === true || !isEntryHeader(ini, section)) continue;',
    after: ['if (false || !isEntryHeader(ini, section)) continue;'],
    reason: isSpeedAlone,
  },
  {
    file: entry,
    inside: 'checkEntry',
    before: 'while (next < until) {',
    after: ['while (next < until - 1) {'],
    reason: 'a last line of one character is no path',
  },
  {
    file: entry,
    inside: 'checkEntry',
    before: 'if (code !== letterP && code !== letterU) continue;',
    after: ['if (false) continue;'],
    reason: isSpeedAlone,
  },
  {
    file: entry,
    inside: 'commaBeforeSize',
    before: 'while (digits > from && isDigit(text.charCodeAt(digits - 1))) digits--;',
    after: [
      'while (digits >= from && isDigit(text.charCodeAt(digits - 1))) digits--;',
      'while (digits > from + 1 && isDigit(text.charCodeAt(digits - 1))) digits--;',
      'while (true && isDigit(text.charCodeAt(digits - 1))) digits--;',
    ],
    reason: 'before a value stands `=` or a blank, and a value of digits alone has no comma',
  },
  {
    file: nameIndex,
    inside: 'openNameIndex',
    before: 'if (hashes[number] !== hash) continue;',
    after: ['if (false) continue;'],
    reason: 'it only saves time: equal names have equal hashes',
  },
  {
    file: nameIndex,
    inside: 'openNameIndex',
    before: 'if (starts.length * 2 > places.length) grow();',
    after: [
      'if (starts.length * 2 >= places.length) grow();',
      'if (starts.length * 2 > places.length + 1) grow();',
    ],
    reason: 'the table grows one name earlier or later, and finds the same names',
  },
  {
    file: nameIndex,
    inside: 'hashOf',
    before: 'for (let index = from; index < until; index++) {',
    after: ['for (let index = from; index < until - 1; index++) {'],
    reason: 'a poorer hash finds the same names, later',
  },
  {
    file: nameIndex,
    inside: 'sameText',
    before: 'if (one !== other && lowerCase(one) !== lowerCase(other)) return false;',
    after: ['if (true && lowerCase(one) !== lowerCase(other)) return false;'],
    reason: 'it only saves time: equal characters are equal in lower case',
  },
  {
    file: serverIni,
    inside: 'parseServerIni',
    before: 'while (next < text.length) {',
    after: ['while (next <= text.length) {'],
    reason: 'an empty line more at the end changes nothing',
  },
  {
    file: serverIni,
    inside: 'parseServerIni',
    before: 'if (stray < end) return unreadable(text, start, end);',
    after: ['if (stray <= end) return unreadable(text, start, end);'],
    reason: 'at the end of a line stands its line end, or nothing, and neither is stray',
  },
  {
    file: serverIni,
    inside: 'parseServerIni',
    before: 'looksTwice ||= (kinds & kind) !== 0;',
    after: ['looksTwice ||= (kinds & kind) === 0;'],
    reason: isSpeedAlone,
  },
  {
    file: serverIni,
    inside: 'isAnyTwice',
    before: 'while (start < until && text.charCodeAt(start) > blank) {',
    after: [
      'while (start <= until && text.charCodeAt(start) > blank) {',
      'while (start < until - 1 && text.charCodeAt(start) > blank) {',
      'while (start < until && text.charCodeAt(start) >= blank) {',
      'while (start < until && text.charCodeAt(start) > blank + 1) {',
      'while (true && text.charCodeAt(start) > blank) {',
      'while (start < until && true) {',
    ],
    reason:
      'lines of a plain body begin with a letter and are longer than that, and ' + isSpeedAlone,
  },
  {
    file: serverIni,
    inside: 'isAnyTwice',
    before: 'if ((kinds & kind) !== 0) return true;',
    after: ['if ((kinds & kind) === 0) return true;'],
    reason: isSpeedAlone,
  },
  {
    file: serverIni,
    inside: 'takeHeader',
    before: 'if (close === -1 || close >= end) return unreadable(text, first, end);',
    after: ['if (close === -1 || close > end) return unreadable(text, first, end);'],
    reason: 'at the end of a line stands its line end, or nothing, and no bracket',
  },
  {
    file: serverIni,
    inside: 'keysBetween',
    before: 'while (next < until) {',
    after: ['while (next <= until) {', 'while (next < until - 1) {'],
    reason: 'no key stands in nothing, nor in one character',
  },
  {
    file: serverIni,
    inside: 'keysBetween',
    before: 'if (start >= until) break; // blanks before the next header',
    after: ['if (start >= until - 1) break; // blanks before the next header'],
    reason: 'no key stands in one character',
  },
  {
    file: serverIni,
    inside: 'skipBlanks',
    before: 'while (index < until && isBlank(text.charCodeAt(index))) index++;',
    after: [
      'while (index <= until && isBlank(text.charCodeAt(index))) index++;',
      'while (true && isBlank(text.charCodeAt(index))) index++;',
    ],
    reason: 'nobody asks for a part that a blank follows',
  },
  {
    file: serverIni,
    inside: 'trimBlanks',
    before: 'while (index > from && isBlank(text.charCodeAt(index - 1))) index--;',
    after: ['while (index > from + 1 && isBlank(text.charCodeAt(index - 1))) index--;'],
    reason: 'nobody asks for a part that begins with a blank',
  },
  {
    file: version,
    inside: 'compareIntegerLists',
    before: 'for (let index = 0; index < Math.max(left.length, right.length); index++) {',
    after: ['for (let index = 0; index <= Math.max(left.length, right.length); index++) {'],
    reason: 'behind the longer list both lack a part, which is no difference',
  },
  {
    file: version,
    inside: 'comparePreReleases',
    before: 'for (let index = 0; index < Math.max(left.length, right.length); index++) {',
    after: ['for (let index = 0; index <= Math.max(left.length, right.length); index++) {'],
    reason: 'behind the longer list both lack a part, which is no difference',
  },
];

export const survivors: readonly Survivor[] = listed.flatMap(({ after, ...rest }) =>
  after.map((one) => ({ ...rest, after: one })),
);

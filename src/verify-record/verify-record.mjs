#!/usr/bin/env node
/**
 * Verifies a record of Dankai, as `dankai audit export` writes it, with nothing but Node and this
 * file: it shares no line with Dankai, so that nobody need trust Dankai to check Dankai.
 *
 *     node verify-record.mjs RECORD [--heads FILE] [--site NAME] [--json]
 *
 * The file begins with a header; then each line is {"hash":H,"line":L}, and H is the SHA-256 of the
 * hash before it, a line feed, and the characters of L as they stand there. The first stands on the
 * SHA-256 of the genesis. So a single line can be checked by hand:
 *
 *     printf '%s\n%s' HASH-BEFORE 'L' | sha256sum
 *
 * Exit status: 0 whole, 1 not what it was, 2 wrong usage or no record.
 */

import * as crypto from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';

const usage = 'node verify-record.mjs RECORD [--heads FILE] [--site NAME] [--json]';
/** Of the latest lines the hash is kept, for lines that stand out of their place. */
const keptMax = 64;
const findingsMax = 100;

/** @param {string} text */
const sha256 =
  typeof crypto.hash === 'function'
    ? (text) => crypto.hash('sha256', text, 'hex')
    : (text) => crypto.createHash('sha256').update(text, 'utf8').digest('hex');

/** Text of a value with the names of every object in the order of their code units. */
/** @param {unknown} value @returns {string} */
function ordered(value) {
  if (Array.isArray(value)) return '[' + value.map(ordered).join(',') + ']';
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const pairs = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return (
    '{' + pairs.map(([name, one]) => JSON.stringify(name) + ':' + ordered(one)).join(',') + '}'
  );
}

/** @param {unknown} value @returns {boolean} */
function isOrdered(value) {
  if (value === null || typeof value !== 'object') return true;
  if (Array.isArray(value)) return value.every(isOrdered);
  let before = '';
  for (const name of Object.keys(value)) {
    if (name < before || !isOrdered(/** @type {any} */ (value)[name])) return false;
    before = name;
  }
  return true;
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
/** @param {unknown} value @param {number} least */
const isWhole = (value, least) => Number.isSafeInteger(value) && Number(value) >= least;
/** @param {unknown} value */
const isHash = (value) => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
/** @param {unknown} value */
const isName = (value) =>
  typeof value === 'string' && /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u.test(value);
/** @param {Record<string, unknown>} object @param {string} names */
const hasJust = (object, names) => {
  const found = Object.keys(object);
  return found.join(' ') === names || found.sort().join(' ') === names;
};

/** @param {string} text @returns {unknown} */
function json(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * @typedef {{ number: number, hash: string }} Head
 * @typedef {Head & { site: string, epoch: number }} KnownHead
 * @typedef {{ site: string, hash: string, head: Head }} Begin
 * @typedef {{ number: number, hash: string, body: string, epoch: number | null }} Line
 * @typedef {{ code: string, with: Record<string, string | number> }} Finding
 */

/** @param {string} text @returns {Begin | null} */
export function readHeader(text) {
  const found = json(text);
  if (!isObject(found) || !hasJust(found, 'format genesis head') || found.format !== 1) return null;
  const { genesis, head } = found;
  if (!isObject(genesis) || !hasJust(genesis, 'at format linesBefore site')) return null;
  if (!isObject(head) || !hasJust(head, 'hash number')) return null;
  const { at, format, linesBefore, site } = genesis;
  if (format !== 1 || !isWhole(at, 0) || !isWhole(linesBefore, 0) || !isName(site)) return null;
  if (!isWhole(head.number, 0) || !isHash(head.hash)) return null;
  return {
    site: String(site),
    hash: sha256(ordered(genesis)),
    head: { number: Number(head.number), hash: String(head.hash) },
  };
}

/** @param {string} text @returns {KnownHead | null} */
function readHead(text) {
  const found = json(text);
  if (!isObject(found)) return null;
  const { site, epoch, number, hash } = found;
  if (!isName(site) || !isWhole(epoch, 0) || !isWhole(number, 0) || !isHash(hash)) return null;
  return { site: String(site), epoch: Number(epoch), number: Number(number), hash: String(hash) };
}

/** null: no line, or one that could be read in two ways. */
/** @param {string} text @returns {Line | null} */
export function readLine(text) {
  if (!text.startsWith('{"hash":"') || text.slice(73, 82) !== '","line":') return null;
  const hash = text.slice(9, 73);
  const body = text.slice(82, -1);
  if (!isHash(hash) || !text.endsWith('}')) return null;
  const line = json(body);
  if (!isObject(line) || !hasJust(line, 'at detail kind number server who')) return null;
  const { at, detail, kind, number, server, who } = line;
  if (!isWhole(at, Number.MIN_SAFE_INTEGER) || !isObject(detail) || typeof who !== 'string') {
    return null;
  }
  if (typeof kind !== 'string' || kind === '' || !isWhole(number, 1)) return null;
  if (server !== null && !isName(server)) return null;
  // The quick way to the same answer: names in order, and nothing else written than was read.
  if (!(isOrdered(line) && JSON.stringify(line) === body) && ordered(line) !== body) return null;
  const isRestore = kind === 'journal-restored' && typeof detail.epoch === 'number';
  return { number: Number(number), hash, body, epoch: isRestore ? Number(detail.epoch) : null };
}

/** Lines of a file of any size. @param {string} file @returns {AsyncGenerator<string[]>} */
async function* linesOf(file) {
  let rest = '';
  for await (const piece of createReadStream(file, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    if (lines.length > 0) yield lines;
  }
  if (rest !== '') yield [rest];
}

/** @param {Begin} begin @param {{ site: string | null, heads: readonly KnownHead[] }} given */
export function openVerifier(begin, { site, heads }) {
  /** @type {Finding[]} */
  const findings = [];
  /** @type {Map<number, string[]>} */
  const hashes = new Map([[0, [begin.hash]]]);
  /** Numbers that were left out, and the line behind them. @type {{ from: number, to: number, next: Line }[]} */
  const gaps = [];
  /** @type {{ number: number, epoch: number }[]} */
  const restores = [];
  /** @type {Map<number, KnownHead[]>} */
  const known = new Map();
  const counted = { known: 0, found: 0, restored: 0 };
  let more = 0;
  let lines = 0;
  let last = { number: 0, hash: begin.hash };
  /** @type {number | null} */
  let witnessed = null;

  /** @param {string} code @param {Record<string, string | number>} values */
  function find(code, values) {
    if (findings.length < findingsMax) findings.push({ code, with: values });
    else more += 1;
  }
  /** @param {string} code @param {number} from @param {number} to */
  function findRange(code, from, to) {
    const before = findings.findLast((one) => one.code === code);
    if (before !== undefined && Number(before.with.to) + 1 === from) before.with.to = to;
    else find(code, { from, to });
  }
  /** Whether it follows from a line of the number before; null: none is known. @param {Line} line */
  function follows({ number, body, hash }) {
    const before = hashes.get(number - 1);
    return before === undefined ? null : before.some((one) => sha256(`${one}\n${body}`) === hash);
  }
  /** @param {Line} line */
  function keep({ number, hash }) {
    hashes.set(number, [...(hashes.get(number) ?? []).slice(-1), hash]);
    if (hashes.size > keptMax) hashes.delete(hashes.keys().next().value ?? 0);
  }
  /** @param {KnownHead} head */
  const wasPutBack = (head) =>
    restores.some(({ number, epoch }) => head.epoch < epoch && number <= head.number);
  /** @param {number} number */
  function compare(number) {
    for (const head of known.get(number) ?? []) {
      if (hashes.get(number)?.includes(head.hash)) {
        counted.found += 1;
        witnessed = Math.max(witnessed ?? 0, number);
      } else if (wasPutBack(head)) counted.restored += 1;
      else find('RECORD_REWRITTEN', { after: witnessed ?? 0, number });
    }
  }
  /** @param {Line} line */
  function append(line) {
    last = { number: line.number, hash: line.hash };
    keep(line);
    if (line.epoch !== null && restores.length < 1000) {
      restores.push({ number: line.number, epoch: line.epoch });
    }
    compare(line.number);
  }
  function boundGaps() {
    if (gaps.length <= keptMax) return;
    const oldest = gaps.shift();
    if (oldest !== undefined) findRange('RECORD_LINES_REMOVED', oldest.from, oldest.to);
  }
  /** @param {Line} line */
  function late(line) {
    const { number } = line;
    const at = gaps.findIndex(({ from, to }) => from <= number && number <= to);
    const gap = gaps[at];
    if (gap === undefined) {
      findRange('RECORD_LINES_INSERTED', number, number);
      if (follows(line) === true) keep(line);
      return;
    }
    findRange('RECORD_LINES_REORDERED', number, number);
    if (follows(line) === false) findRange('RECORD_LINES_CHANGED', number, number);
    const before = gap.from < number ? [{ from: gap.from, to: number - 1, next: line }] : [];
    const behind = number < gap.to ? [{ ...gap, from: number + 1 }] : [];
    gaps.splice(at, 1, ...before, ...behind);
    keep(line);
    if (number === gap.to && follows(gap.next) === false) {
      findRange('RECORD_LINES_CHANGED', gap.next.number, gap.next.number);
    }
    boundGaps();
    compare(number);
  }

  if (site !== null && site !== begin.site) {
    find('RECORD_OTHER_SITE', { site: begin.site, expected: site });
  }
  for (const head of heads) {
    if (head.site !== begin.site) continue;
    counted.known += 1;
    known.set(head.number, [...(known.get(head.number) ?? []), head]);
  }
  compare(0);

  return {
    /** @param {Line | null} line @param {number} place */
    take(line, place) {
      if (line === null) return find('RECORD_LINE_UNREADABLE', { place });
      lines += 1;
      const { number } = line;
      if (number <= last.number) return late(line);
      if (number === last.number + 1) {
        if (follows(line) === false) findRange('RECORD_LINES_CHANGED', number, number);
      } else if (sha256(`${last.hash}\n${line.body}`) === line.hash) {
        find('RECORD_NUMBER', { number, expected: last.number + 1 });
      } else {
        gaps.push({ from: last.number + 1, to: number - 1, next: line });
        boundGaps();
      }
      append(line);
    },
    end() {
      for (const { from, to } of gaps) findRange('RECORD_LINES_REMOVED', from, to);
      let cut = begin.head.number > last.number ? begin.head.number : 0;
      for (const [number, all] of known) {
        if (number <= last.number) continue;
        const open = all.filter((head) => !wasPutBack(head));
        counted.restored += all.length - open.length;
        if (open.length > 0) cut = Math.max(cut, number);
      }
      if (cut > 0) find('RECORD_CUT_OFF', { number: last.number, known: cut });
      if (begin.head.number < last.number) {
        findRange('RECORD_LINES_INSERTED', begin.head.number + 1, last.number);
      }
      if (begin.head.number === last.number && begin.head.hash !== last.hash) {
        find('RECORD_REWRITTEN', { after: witnessed ?? 0, number: last.number });
      }
      const { number, hash } = last;
      return {
        site: begin.site,
        lines,
        head: { number, hash },
        problems: findings,
        problemsMore: more,
        heads: counted,
        witnessed,
      };
    },
  };
}

/** What each finding means, for who has nothing but this file. @type {Record<string, string>} */
const sentences = {
  RECORD_LINE_UNREADABLE: 'what stands in place {place} is no line of a record',
  RECORD_LINES_CHANGED:
    'lines {from} to {to} do not follow from the line before: they were changed, or it was, hash and all',
  RECORD_LINES_REMOVED: 'lines {from} to {to} are missing',
  RECORD_LINES_INSERTED: 'lines {from} to {to} were put in',
  RECORD_LINES_REORDERED: 'lines {from} to {to} stand in another place than their numbers say',
  RECORD_NUMBER: 'line {number} stands, chained, where line {expected} should be',
  RECORD_OTHER_SITE: 'this is the record of {site}, not of {expected}',
  RECORD_CUT_OFF:
    'the record ends with line {number}, but line {known} is known: its end was cut off',
  RECORD_REWRITTEN:
    'line {number} is not the one that is known elsewhere: something after line {after} was written anew',
};

/** @param {Finding} finding */
const sentenceOf = ({ code, with: values }) =>
  (sentences[code] ?? '').replace(/\{(\w+)\}/g, (_, name) => String(values[name]));

/** @param {readonly string[]} words */
function parse(words) {
  const typed = { file: '', heads: '', site: '', json: false };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--json') typed.json = true;
    else if (word === '--heads' || word === '--site') {
      typed[word === '--heads' ? 'heads' : 'site'] = words[++at] ?? '';
    } else if (word.startsWith('-') || typed.file !== '') return null;
    else typed.file = word;
  }
  return typed.file === '' ? null : typed;
}

/** @param {string} file @returns {Promise<KnownHead[]>} */
async function readHeads(file) {
  // A head whose writing was cut off witnesses nothing, and harms nothing.
  const isTorn = (/** @type {string} */ text) =>
    !text.endsWith('}') && '{"epoch":'.startsWith(text.slice(0, 9));
  const texts = (await readFile(file, 'utf8')).split('\n').filter((text) => !isTorn(text));
  return texts.map((text) => {
    const head = readHead(text);
    if (head === null) throw new Error(`${file} is no file of heads`);
    return head;
  });
}

/** @param {{ file: string, heads: string, site: string }} typed */
export async function verifyFile({ file, heads, site }) {
  const given = {
    site: site === '' ? null : site,
    heads: heads === '' ? [] : await readHeads(heads),
  };
  /** @type {ReturnType<typeof openVerifier> | null} */
  let verifier = null;
  let place = 0;
  for await (const piece of linesOf(file)) {
    for (const text of piece) {
      if (verifier !== null) verifier.take(readLine(text), ++place);
      else {
        const begin = readHeader(text);
        if (begin === null) break;
        verifier = openVerifier(begin, given);
      }
    }
    if (verifier === null) break;
  }
  if (verifier === null) throw new Error(`${file} is no exported record`);
  return verifier.end();
}

/** @param {Awaited<ReturnType<typeof verifyFile>>} found */
function say({ site, lines, head, problems, problemsMore, heads, witnessed }) {
  console.log(`Record of ${site}: ${lines} lines. Its head is ${head.number} ${head.hash}`);
  for (const one of problems) console.log(`${one.code}: ${sentenceOf(one)}`);
  if (problemsMore > 0) console.log(`and ${problemsMore} more`);
  if (problems.length === 0) console.log('Every line follows from the line before.');
  if (heads.restored > 0) {
    console.log(
      `${heads.restored} known heads went when a backup was put back (journal-restored).`,
    );
  }
  console.log(
    witnessed !== null
      ? `Of ${heads.known} heads known elsewhere ${heads.found} stand here: nothing was changed up to line ${witnessed} since then.`
      : `No head from elsewhere witnesses this record: whether lines after ${head.number} were cut off, or all of it was written anew, cannot be known. --heads FILE shows it.`,
  );
}

/** @param {readonly string[]} words */
async function main(words) {
  const typed = parse(words);
  if (typed === null) {
    console.error(usage);
    return 2;
  }
  try {
    const found = await verifyFile(typed);
    if (typed.json) console.log(JSON.stringify(found));
    else say(found);
    return found.problems.length === 0 ? 0 : 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    return 2;
  }
}

if (import.meta.filename === process.argv[1] || process.argv[1]?.endsWith('verify-record.mjs')) {
  process.exitCode = await main(process.argv.slice(2));
}

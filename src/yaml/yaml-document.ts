/**
 * Reads a YAML text through a schema; a mistake is answered with its line and column. For plan
 * files and settings alike. Absent: reading files, and sentences.
 */

import {
  LineCounter,
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseDocument,
  visit,
  type Document,
} from 'yaml';
import type { z } from 'zod';

export const yamlLimits = {
  /** A hundred thousand names of servers need half of this. */
  charactersMax: 4_000_000,
  /** Lines and values. What they cost grows with their number, comments and blank lines too. */
  piecesMax: 150_000,
  /** Of a text with ever so many mistakes; only one of them is answered. */
  mistakesMax: 100,
} as const;

/** Lines and columns count from 1. `expected` is a key under `expected.` in the words. */
export type YamlMistake = {
  readonly line: number;
  readonly column: number;
  readonly expected: string;
};

export type YamlPath = readonly PropertyKey[];

export type YamlAnswer<Value> =
  | {
      readonly ok: true;
      readonly value: Value;
      /** For what only shows later, such as a server that does not exist. */
      mistakeAt(path: YamlPath, expected: string): YamlMistake;
    }
  | { readonly ok: false; readonly mistake: YamlMistake };

export function readYaml<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
): YamlAnswer<z.output<Schema>> {
  const tooMuch = excessOf(text);
  if (tooMuch !== null) return { ok: false, mistake: tooMuch };
  const lines = new LineCounter();
  const at = (offset: number, expected: string): YamlMistake => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1), expected };
  };
  const content = contentOf(text, lines);
  if (!content.ok) return { ok: false, mistake: at(content.offset, `yaml: ${content.detail}`) };
  const { document } = content;
  const parsed = schema.safeParse(content.value);
  const mistakeAt = (path: YamlPath, expected: string): YamlMistake =>
    at(positionOf(document, path).offset, expected);
  if (parsed.success) return { ok: true, value: parsed.data, mistakeAt };
  const mistakes = parsed.error.issues
    .slice(0, yamlLimits.mistakesMax)
    .map((issue) => mistakeOf(document, issue));
  // A mistyped key explains the key that is missing, so it goes first; then the first in the file.
  const [first] = mistakes.toSorted(
    (left, right) => Number(right.isTypo) - Number(left.isTypo) || left.offset - right.offset,
  );
  return { ok: false, mistake: at(first?.offset ?? 0, first?.expected ?? 'mapping') };
}

/** Where a text becomes too much to read, before anything reads it. */
function excessOf(text: string): YamlMistake | null {
  const { charactersMax, piecesMax } = yamlLimits;
  if (text.length > charactersMax) {
    return { line: 1, column: 1, expected: `text-max: ${charactersMax / 1_000_000} MB` };
  }
  let pieces = 0;
  let line = 1;
  let lineStart = 0;
  for (const { 0: mark, index } of text.matchAll(/\n(?: *- )?|[,[{]|[-:?](?=\s)/g)) {
    if (++pieces > piecesMax) {
      const expected = `text-max: ${piecesMax} lines and values`;
      return { line, column: index - lineStart + 1, expected };
    }
    if (!mark.startsWith('\n')) continue;
    line++;
    lineStart = index + 1;
  }
  return null;
}

type Content =
  | { readonly ok: true; readonly document: Document; readonly value: unknown }
  | { readonly ok: false; readonly offset: number; readonly detail: string };

/**
 * Aliases that multiply without end, and lists too deep for the stack, are refused by a throw of
 * the library. Its own search for keys that stand twice takes the square of their number.
 */
function contentOf(text: string, lineCounter: LineCounter): Content {
  try {
    const document = parseDocument(text, {
      lineCounter,
      prettyErrors: false,
      uniqueKeys: false,
      // A warning would be printed by the library, past every log.
      logLevel: 'error',
    });
    const [error] = document.errors;
    if (error !== undefined) {
      const detail = error.message.split('\n', 1)[0] ?? '';
      return { ok: false, offset: error.pos[0], detail };
    }
    const twice = keyTwice(document);
    if (twice !== null) return { ok: false, offset: twice, detail: 'Map keys must be unique' };
    return { ok: true, document, value: document.toJS({ maxAliasCount: 100 }) };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return { ok: false, offset: 0, detail };
  }
}

/** The place of the first key that its mapping has already; one look at each. */
function keyTwice(document: Document): number | null {
  let found: number | null = null;
  visit(document, {
    Map(_, { items }) {
      const seen = new Set<string>();
      for (const { key } of items) {
        const name = nameOf(key);
        if (seen.has(name)) {
          found = startOf(key) ?? 0;
          return visit.BREAK;
        }
        seen.add(name);
      }
      return undefined;
    },
  });
  return found;
}

type Mistake = { readonly offset: number; readonly expected: string; readonly isTypo: boolean };

function mistakeOf(document: Document, issue: z.core.$ZodIssue): Mistake {
  if (issue.code === 'unrecognized_keys') {
    const path = [...issue.path, issue.keys[0] ?? ''];
    const { keyOffset } = positionOf(document, path);
    return { offset: keyOffset, expected: issue.message, isTypo: true };
  }
  const found = positionOf(document, issue.path);
  const key = issue.path.at(-1);
  const expected = found.exists || typeof key !== 'string' ? issue.message : `key-absent: ${key}`;
  return { offset: found.offset, expected, isTypo: false };
}

type Position = { readonly offset: number; readonly keyOffset: number; readonly exists: boolean };

/** Of the deepest node on this path that stands in the file. */
function positionOf(document: Document, path: YamlPath): Position {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  let keyOffset = offset;
  for (const step of path) {
    const child = childOf(node, step);
    if (child === null) return { offset, keyOffset, exists: false };
    keyOffset = startOf(child.key) ?? startOf(child.value) ?? offset;
    offset = startOf(child.value) ?? keyOffset;
    node = child.value;
  }
  return { offset, keyOffset, exists: true };
}

function childOf(
  node: unknown,
  step: PropertyKey,
): { readonly key: unknown; readonly value: unknown } | null {
  if (isSeq(node)) {
    const value = node.items[Number(step)];
    return value === undefined ? null : { key: value, value };
  }
  if (!isMap(node)) return null;
  const pair = node.items.find((one) => nameOf(one.key) === String(step));
  return pair === undefined ? null : { key: pair.key, value: pair.value };
}

function nameOf(key: unknown): string {
  return String(isScalar(key) ? key.value : key);
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

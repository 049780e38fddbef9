/**
 * Reads a YAML text through a schema; a mistake is answered with its line and column. For plan
 * files and settings alike. Absent: reading files, and sentences.
 */

import { LineCounter, isMap, isNode, isScalar, isSeq, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';

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
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number, expected: string): YamlMistake => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1), expected };
  };
  const [error] = document.errors;
  if (error !== undefined) {
    const detail = error.message.split('\n', 1)[0] ?? '';
    return { ok: false, mistake: at(error.pos[0], `yaml: ${detail}`) };
  }
  const content = contentOf(document);
  if (!content.ok) return { ok: false, mistake: at(0, `yaml: ${content.detail}`) };
  const parsed = schema.safeParse(content.value);
  const mistakeAt = (path: YamlPath, expected: string): YamlMistake =>
    at(positionOf(document, path).offset, expected);
  if (parsed.success) return { ok: true, value: parsed.data, mistakeAt };
  const mistakes = parsed.error.issues.map((issue) => mistakeOf(document, issue));
  // A mistyped key explains the key that is missing, so it goes first; then the first in the file.
  const [first] = mistakes.toSorted(
    (left, right) => Number(right.isTypo) - Number(left.isTypo) || left.offset - right.offset,
  );
  return { ok: false, mistake: at(first?.offset ?? 0, first?.expected ?? 'mapping') };
}

/** Aliases that multiply without end are refused by the library with a throw. */
function contentOf(
  document: Document,
):
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly detail: string } {
  try {
    return { ok: true, value: document.toJS({ maxAliasCount: 100 }) };
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
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
  const pair = node.items.find(
    (one) => String(isScalar(one.key) ? one.key.value : one.key) === String(step),
  );
  return pair === undefined ? null : { key: pair.key, value: pair.value };
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}

/**
 * Takes one section out of a settings file that a person may have written: what stands outside of it
 * stays byte by byte, comments and spacing too. Reads no file and knows no section by name.
 */

import { isDeepStrictEqual } from 'node:util';
import { isMap, isNode, isScalar, parseDocument, type Document } from 'yaml';
import { isObject } from '#launcher/entries.ts';

/** null: nothing that could be read as settings, so nothing is to be changed in it. */
export function withoutSection(text: string, section: string): string | null {
  try {
    const document = parseDocument(text);
    if (document.errors.length > 0) return null;
    if (!document.has(section)) return text;
    const expected: unknown = document.toJS();
    if (!isObject(expected)) return null;
    const { [section]: _taken, ...others } = expected;
    const cut = cutOut(text, document, section);
    if (cut !== null && says(cut, others)) return cut;
    // Not a block of lines of its own: in braces, say. Then the library writes the file anew.
    document.delete(section);
    const written = document.toString({ lineWidth: 0 });
    return says(written, others) ? written : null;
  } catch {
    return null; // An alias to what stands in the section, or one that leads nowhere.
  }
}

function says(text: string, others: Readonly<Record<string, unknown>>): boolean {
  const document = parseDocument(text);
  return document.errors.length === 0 && isDeepStrictEqual(document.toJS(), others);
}

/** Whole lines: from the one on which its name stands to the last one of its value. */
function cutOut(text: string, { contents }: Document, section: string): string | null {
  if (!isMap(contents) || contents.flow === true) return null;
  const pair = contents.items.find(({ key }) => isScalar(key) && key.value === section);
  if (pair === undefined || !isNode(pair.key) || !isNode(pair.value)) return null;
  const from = pair.key.range?.[0];
  // Where nothing stands in it, the comments below it are those of the next one.
  const last = isScalar(pair.value) && pair.value.value === null ? pair.key : pair.value;
  const to = last.range?.[2];
  if (from === undefined || to === undefined) return null;
  const lineBegin = text.lastIndexOf('\n', from) + 1;
  return text.slice(0, lineBegin) + text.slice(lineEnd(text, to));
}

function lineEnd(text: string, offset: number): number {
  if (text[offset - 1] === '\n') return offset;
  const next = text.indexOf('\n', offset);
  return next === -1 ? text.length : next + 1;
}

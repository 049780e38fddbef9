/**
 * Which lines of a record somebody looks for. A record may be as long as it likes, so it is gone
 * through from its end, a bounded part at a time: an answer says where the next part begins.
 */

import type { Instant } from '../names.ts';
import type { RecordLine } from './line.ts';

/** Every part narrows; an absent one lets all through. Within a list one is enough. */
export type RecordFilter = {
  readonly kinds?: readonly string[] | undefined;
  readonly who?: string | undefined;
  readonly server?: string | undefined;
  /** From this instant on, and before that one. */
  readonly from?: Instant | undefined;
  readonly until?: Instant | undefined;
  /** Part of the number, of who, server or kind, or of what the line says; case does not count. */
  readonly text?: string | undefined;
};

export type RecordPart = {
  /** Only lines before this one; null: from the newest on. */
  readonly before: number | null;
  /** Lines that are answered, and lines that are gone through for them. */
  readonly limit: number;
  readonly linesMax: number;
};

/** The newest first. */
export type FoundLines = {
  readonly lines: readonly RecordLine[];
  /** Before which line to go on; null: everything was gone through. */
  readonly next: number | null;
};

type Searched = Pick<RecordLine, 'number' | 'kind' | 'who'> & { readonly server: string | null };

/** `detail` as JSON. */
export function textFits(text: string, line: Searched, detail: string): boolean {
  const { number, who, server, kind } = line;
  return [number, who, server ?? '', kind, detail].join(' ').toLowerCase().includes(text);
}

/** As it is compared; null: nothing is asked for. */
export function searchedText({ text = '' }: RecordFilter): string | null {
  const wanted = text.trim().toLowerCase();
  return wanted === '' ? null : wanted;
}

export function isFound(filter: RecordFilter, line: RecordLine): boolean {
  const { kinds = [], who, server, from, until } = filter;
  if (kinds.length > 0 && !kinds.includes(line.kind)) return false;
  if (who !== undefined && line.who !== who) return false;
  if (server !== undefined && line.server !== server) return false;
  if (from !== undefined && line.at < from) return false;
  if (until !== undefined && line.at >= until) return false;
  const text = searchedText(filter);
  return text === null || textFits(text, line, JSON.stringify(line.detail));
}

/** Over lines that stand in memory: `lineAt` of every number up to `last`. */
export function searchLines(
  filter: RecordFilter,
  { before, limit, linesMax }: RecordPart,
  record: { readonly last: number; lineAt(number: number): RecordLine | undefined },
): FoundLines {
  const lines: RecordLine[] = [];
  const from = Math.min(before ?? Infinity, record.last + 1);
  const to = Math.max(1, from - linesMax);
  for (let number = from - 1; number >= to; number--) {
    const line = record.lineAt(number);
    if (line !== undefined && isFound(filter, line)) lines.push(line);
    if (lines.length === limit) return { lines, next: nextBefore(number) };
  }
  return { lines, next: nextBefore(to) };
}

/** After the part that ends with this line. */
export function nextBefore(number: number): number | null {
  return number > 1 ? number : null;
}

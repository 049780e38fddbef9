/**
 * One section of ROOT/settings.yaml, read through a schema. A mistake is answered with file, line,
 * column and what was expected there. Sections of other programs are not looked at.
 */

import { readFile, stat } from 'node:fs/promises';
import { LineCounter, isMap, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';

const limits = { settingsBytesMax: 1024 * 1024, aliasesMax: 100 } as const;

/** Where a listener may stand without encryption, until mutual TLS lands. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d+){3}$/.test(host);
}

/** Hosts of a section that leave this machine without `plainNetwork: accepted`. */
export function plainNetworkProblem(
  section: { readonly plainNetwork?: 'accepted' | undefined },
  hosts: readonly string[],
): Problem | null {
  if (section.plainNetwork === 'accepted') return null;
  const outside = hosts.find((host) => !isLoopback(host));
  return outside === undefined ? null : problem('PLAIN_NETWORK', { address: outside });
}

/** A port to listen on; 0 is any free one. */
export const listenAddress = z.strictObject({
  host: z.string().min(1).max(255),
  port: z.int().min(0).max(65_535),
});

export const plainNetwork = z.literal('accepted').optional();

type Place = { readonly file: string; readonly document: Document; readonly lines: LineCounter };

function unreadable(place: Place, offset: number, expected: string): Problem {
  const { line, col } = place.lines.linePos(offset);
  return problem('SETTINGS_UNREADABLE', { file: place.file, line, column: col, expected });
}

/** The node at a path, or the nearest one above it that exists. */
function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    const range = z.object({ range: z.array(z.number()) }).safeParse(node);
    if (range.success) return range.data.range[0] ?? 0;
  }
  return 0;
}

/** Where a key stands that the schema does not know. */
function offsetOfKey(document: Document, path: readonly PropertyKey[], key: string): number {
  const node = path.length === 0 ? document.contents : document.getIn(path, true);
  if (!isMap(node)) return offsetOf(document, path);
  const pair = node.items.find((item) => String(item.key) === key);
  const range = z.object({ range: z.array(z.number()) }).safeParse(pair?.key);
  return range.success ? (range.data.range[0] ?? 0) : offsetOf(document, path);
}

function problemOf(place: Place, section: string, issue: z.core.$ZodIssue): Problem {
  const path = [section, ...issue.path];
  const name = path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0] ?? '';
    const offset = offsetOfKey(place.document, path, key);
    return unreadable(place, offset, `${name}: no setting is named ${key}`);
  }
  return unreadable(place, offsetOf(place.document, path), `${name}: ${issue.message}`);
}

export async function readSettings<Settings>(options: {
  readonly file: string;
  readonly section: string;
  readonly schema: z.ZodType<Settings>;
}): Promise<Result<Settings>> {
  const { file, section, schema } = options;
  const facts = await stat(file).catch(() => null);
  if (facts === null) return refuse(problem('FILE_UNREADABLE', { file, detail: 'absent' }));
  if (facts.size > limits.settingsBytesMax) {
    return refuse(problem('FILE_UNREADABLE', { file, detail: `${facts.size} bytes` }));
  }
  const lines = new LineCounter();
  const text = await readFile(file, 'utf8');
  const document = parseDocument(text, { lineCounter: lines });
  const place: Place = { file, document, lines };
  const mistake = document.errors[0];
  if (mistake) {
    // The library repeats line and column at the end of its sentence.
    const sentence = mistake.message.replace(/ at line \d+, column \d+:[^]*$/, '');
    return refuse(unreadable(place, mistake.pos[0], sentence));
  }
  const whole: unknown = document.toJS({ maxAliasCount: limits.aliasesMax });
  const named = z.record(z.string(), z.unknown()).safeParse(whole);
  if (!named.success || named.data[section] === undefined) {
    return refuse(unreadable(place, 0, `a section ${section}`));
  }
  const parsed = schema.safeParse(named.data[section]);
  if (parsed.success) return ok(parsed.data);
  const issue = parsed.error.issues[0];
  return refuse(
    issue ? problemOf(place, section, issue) : unreadable(place, 0, `a section ${section}`),
  );
}

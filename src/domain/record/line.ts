/**
 * The record: what was decided, by whom and why, as lines that are chained. Each line's hash is
 * taken over the hash before it and the line's own canonical text; the first stands on the genesis,
 * which names the site. Absent: where lines are kept, and how a digest is computed.
 */

import { canonicalJson } from '../catalogue/canonical-json.ts';
import type { Digest, Instant, ServerId } from '../names.ts';
import type { Notice } from '../trust/notices.ts';
import type { RecordKind } from './kinds.ts';

/** What is written down; its number and hash come with the place in the chain. */
export type RecordEntry = {
  readonly at: Instant;
  readonly kind: RecordKind;
  /** A person, `upgrade:<name>`, or the program itself. */
  readonly who: string;
  readonly server: ServerId | null;
  readonly detail: Readonly<Record<string, unknown>>;
};

/** As it is read: another version may have kinds of its own. */
export type RecordLine = Omit<RecordEntry, 'kind'> & {
  readonly kind: string;
  readonly number: number;
  readonly hash: Digest;
};

/** What the chain begins with. */
export type Genesis = {
  readonly format: 1;
  readonly site: ServerId;
  readonly at: Instant;
  /** So many lines stood there before the chain began, and were chained then: older ones prove less. */
  readonly linesBefore: number;
};

/** The last line of a chain, or its genesis (number 0). Who knows it knows all lines before it. */
export type RecordHead = { readonly number: number; readonly hash: Digest };

/** A head as it is told to others: of which site, and in which life of its information server. */
export type ToldHead = RecordHead & { readonly site: ServerId; readonly epoch: number };

/** SHA-256 of a text in UTF-8. */
export type DigestOf = (text: string) => Digest;

export function genesisHead({ format, site, at, linesBefore }: Genesis, digestOf: DigestOf) {
  return { number: 0, hash: digestOf(canonicalJson({ format, site, at, linesBefore })) };
}

/** The very characters over which a line is hashed, and as which it stands in an export. */
export function lineText(line: Omit<RecordLine, 'hash'>): string {
  const { number, at, kind, who, server, detail } = line;
  // The names are in their order already; only what lies in the detail must be put in order.
  return (
    `{"at":${at},"detail":${canonicalJson(detail)},"kind":${JSON.stringify(kind)},` +
    `"number":${number},"server":${JSON.stringify(server)},"who":${JSON.stringify(who)}}`
  );
}

export function hashAfter(before: Digest, text: string, digestOf: DigestOf): Digest {
  return digestOf(`${before}\n${text}`);
}

/** The line that this entry becomes behind that head. */
export function chained(before: RecordHead, entry: RecordEntry, digestOf: DigestOf): RecordLine {
  const line = { ...entry, number: before.number + 1 };
  return { ...line, hash: hashAfter(before.hash, lineText(line), digestOf) };
}

/** Every start of a control manager or an information server: numbers of earlier ones are over. */
export function epochBegun(
  who: 'control-manager' | 'information-server',
  { at, ...detail }: { readonly at: Instant; readonly epoch: number; readonly version?: string },
): RecordEntry {
  return { at, kind: 'epoch-begun', who, server: null, detail };
}

/** A notice of the organisation's root was taken; `from`: who brought it. */
export function noticeLine(
  { notice: { number, authorities }, from }: { readonly notice: Notice; readonly from: string },
  at: Instant,
): RecordEntry {
  const detail = { number, authorities };
  return { at, kind: 'authorities-refused', who: from, server: null, detail };
}

/** The kind of line with which a life begins whose journal was put back from a backup. */
export const restoredKind = 'journal-restored' satisfies RecordKind;

/**
 * The bill: bytes that were handed to the network, by whom they went to, what they were and which
 * link they crossed. Programs are told apart by release; of content, of which there is a new one each
 * day, the component is kept, so that a bill does not grow for ever. Absent: what was planned.
 */

import type { ComponentName, Digest, Instant, Lane, ServerId } from '../names.ts';

/**
 * `other`: what goes besides, such as manifests, signed metadata, what is said in sessions and what
 * encryption adds; `received`: what came the other way on the same connections.
 */
export const billForms = ['whole', 'delta', 'other', 'received'] as const;
export type BillForm = (typeof billForms)[number];

export type BillEntry = {
  /** Who it went to; of what came from elsewhere, who took it. */
  readonly server: ServerId;
  /** null: of neither. */
  readonly lane: Lane | null;
  readonly component: ComponentName | null;
  /** Of a program: the digest of its manifest. */
  readonly release: Digest | null;
  readonly form: BillForm;
  /** A link of the budget; null: the site's own, behind none of them. */
  readonly link: string | null;
};

export type BillRow = BillEntry & {
  readonly bytes: number;
  /** When the first and the last of it was written down. */
  readonly since: Instant;
  readonly until: Instant;
};

/** All servers of one day together (UTC). */
export type BillDay = Pick<BillEntry, 'lane' | 'form' | 'link'> & {
  /** Of its midnight. */
  readonly day: Instant;
  readonly bytes: number;
};

const dayMs = 86_400_000;

export function dayOf(at: Instant): Instant {
  return Math.floor(at / dayMs) * dayMs;
}

/** One text for each entry, to count by. */
export function billKey({ server, lane, component, release, form, link }: BillEntry): string {
  return [server, lane, component, release, form, link].map((one) => one ?? '').join(' ');
}

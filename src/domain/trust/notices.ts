/**
 * What the organisation's root says to everybody at once, as a notice that is handed from tier to
 * tier. Each kind has one that counts: the one of the highest number. Whoever hands it on need not
 * be believed, because the root has signed it. Absent here: signatures and files.
 */

import type { Instant } from '../names.ts';
import { problem, type Problem } from '../problem.ts';

export const noticeKinds = ['refused-authorities'] as const;
export type NoticeKind = (typeof noticeKinds)[number];

export type NoticeHead = {
  readonly kind: NoticeKind;
  /** Rises with each that is signed. */
  readonly number: number;
  readonly at: Instant;
};

/** Authorities of sites that were taken back: whoever stands under one is believed nowhere. */
export type RefusedAuthorities = NoticeHead & {
  readonly kind: 'refused-authorities';
  /** Serial numbers of their certificates; lower-case hexadecimal. */
  readonly authorities: readonly string[];
};

export type Notice = RefusedAuthorities;

/**
 * Numbers are at least the seconds since 1970: they rise also after an old copy of the organisation
 * folder was put back.
 */
export function nextNoticeNumber(before: number | null, now: Instant): number {
  return Math.max((before ?? 0) + 1, Math.floor(now / 1_000));
}

/** Why what is known stays; null: the other takes its place. */
export function againstNotice(known: Notice | null, found: Notice): Problem | null {
  if (known === null) return null;
  const { kind, number } = found;
  if (number < known.number) return problem('NOTICE_OLDER', { kind, number, known: known.number });
  return lost(known, found) ? problem('NOTICE_SHRUNK', { kind, number }) : null;
}

/** What was taken back stays so for ever: a list without it is no later one, whoever signed it. */
function lost(known: Notice, found: Notice): boolean {
  const stands = new Set(found.authorities);
  return known.authorities.some((one) => !stands.has(one));
}

/** Holds as they cross the link to a site: ours on the way down, its own on the way up. */

import { isOverSite, type DeliveryHold } from '#domain/delivery/due.ts';
import { holdsBegun, holdState, holdWarning } from '#domain/hold/hold.ts';
import type { Instant, ServerId } from '#domain/names.ts';
import type { DeliveryChanges, StoredStatus } from '#ports/delivery-store.ts';
import type { Holds, SiteStatus, WireHold } from '#protocol/control-manager/messages.ts';
import type { Logger } from 'pino';
import type { Book } from './book.ts';

/** Those of ours that concern this site and are not over. */
export function holdsToTell(
  book: Book,
  site: ServerId,
  now: Instant,
): Pick<Holds, 'holds' | 'planned'> {
  const over = book.holds().filter((hold) => isOverSite(hold, site));
  const inState = (state: 'active' | 'planned'): WireHold[] =>
    over.filter((hold) => holdState(hold, now) === state).map(wireHoldOf);
  return { holds: inState('active'), planned: inState('planned') };
}

function wireHoldOf(hold: DeliveryHold): WireHold {
  const { id, reason, owner, from, until, lanes, components, series } = hold;
  return {
    id,
    reason,
    owner,
    from,
    until,
    lanes: [...lanes],
    servers: 'all',
    ...(components.length === 0 ? {} : { components: [...components] }),
    ...(series === undefined ? {} : { series }),
  };
}

/** Those of which the beginning has come are written down as begun; null: none. */
export function stepHolds(book: Book, now: Instant): DeliveryChanges | null {
  const holds = holdsBegun(book.holds(), now);
  if (holds.length === 0) return null;
  return {
    holds,
    record: holds.map(({ id, until, reason }) => {
      const detail = { hold: id, until, reason };
      return { at: now, kind: 'hold-began', who: 'control-manager', server: null, detail };
    }),
  };
}

/** Says once of each hold that its end is near, or that it grows old: nobody looks all day. */
export function openHoldWarnings(book: Book, log: Logger): (now: Instant) => void {
  const warned = new Set<string>();
  return (now) => {
    for (const hold of book.holds()) {
      const warning = holdWarning(hold, now);
      const key = `${hold.id} ${warning}`;
      if (warning === null || warned.has(key)) continue;
      warned.add(key);
      const { id, until, reason } = hold;
      log.warn({ event: 'hold-warning', warning, hold: id, until, reason }, 'a hold');
    }
  };
}

/**
 * Those that a site made over its content. One over some servers or some components stops no
 * delivery to the site: other content still enters its share, and it sorts an offer by itself.
 * Ours come back from it too, and we know them better.
 */
export function reportedHolds(
  book: Book,
  status: SiteStatus,
): Pick<StoredStatus, 'holds' | 'partialHolds'> {
  const { site, holds, planned = [] } = status;
  const own = [
    ...holds.map((hold) => ({ ...hold, isPlanned: false })),
    ...planned.map((hold) => ({ ...hold, isPlanned: true })),
  ]
    .filter((hold) => hold.lanes.includes('content'))
    .filter((hold) => book.hold(hold.id) === undefined);
  const stored = (those: typeof own): DeliveryHold[] =>
    those.map(({ components = [], servers: _servers, domains: _domains, ...hold }) => {
      return { ...hold, components, releasedAt: null, sites: [site] };
    });
  return {
    holds: stored(own.filter(isWhole)),
    partialHolds: stored(own.filter((hold) => !isWhole(hold))),
  };
}

function isWhole({ servers, components = [] }: WireHold): boolean {
  return servers === 'all' && components.length === 0;
}

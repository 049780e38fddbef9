/** Holds as they cross the link to a site: ours on the way down, its own on the way up. */

import type { DeliveryHold } from '#domain/delivery/due.ts';
import type { Instant, ServerId } from '#domain/names.ts';
import type { StoredStatus } from '#ports/delivery-store.ts';
import type { SiteStatus, WireHold } from '#protocol/control-manager/messages.ts';
import type { Book } from './book.ts';

/** Those of ours that concern this site and are not over. */
export function holdsToTell(book: Book, site: ServerId, now: Instant): WireHold[] {
  return book
    .holds()
    .filter((hold) => hold.sites === 'all' || hold.sites.includes(site))
    .filter((hold) => hold.releasedAt === null && now < hold.until)
    .map(({ id, reason, owner, from, until }) => {
      return { id, reason, owner, from, until, lanes: ['content'], servers: 'all' };
    });
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
  const own = status.holds
    .filter((hold) => hold.lanes.includes('content'))
    .filter((hold) => book.hold(hold.id) === undefined);
  const stored = (holds: readonly WireHold[]): DeliveryHold[] =>
    holds.map(({ id, reason, owner, from, until }) => {
      return { id, reason, owner, from, until, releasedAt: null, sites: [status.site] };
    });
  return {
    holds: stored(own.filter(isWhole)),
    partialHolds: stored(own.filter((hold) => !isWhole(hold))),
  };
}

function isWhole({ servers, components = [] }: WireHold): boolean {
  return servers === 'all' && components.length === 0;
}

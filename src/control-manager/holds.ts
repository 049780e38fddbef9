/** Holds as they cross the link to a site: ours on the way down, its own on the way up. */

import type { DeliveryHold } from '#domain/delivery/due.ts';
import type { Instant, ServerId } from '#domain/names.ts';
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
 * Those of a site that stop deliveries to it. A hold over some of its servers does not: content
 * still enters its share. Ours come back from it too, and we know them better.
 */
export function reportedHolds(book: Book, status: SiteStatus): DeliveryHold[] {
  return status.holds
    .filter((hold) => hold.servers === 'all' && hold.lanes.includes('content'))
    .filter((hold) => book.hold(hold.id) === undefined)
    .map(({ id, reason, owner, from, until }) => {
      return { id, reason, owner, from, until, releasedAt: null, sites: [status.site] };
    });
}

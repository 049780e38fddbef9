/**
 * Content that people let past a hold of this control manager: it goes through the rings of the
 * active plan as a rollout of its own, to sites that nothing but our own holds keep back. Absent:
 * what a site's own people or an upgrade of it hold; that each site keeps to by itself.
 */

import { holdOverSite } from '#domain/delivery/due.ts';
import type { ComponentName, Instant, ServerId } from '#domain/names.ts';
import type { RecordEntry } from '#domain/record/line.ts';
import { isOver, opennessOf, type DownloadRollout } from '#domain/ring/download-rollout.ts';
import type { DeliveryChanges, StoredDownload, StoredSite } from '#ports/delivery-store.ts';
import type { Holds } from '#protocol/control-manager/messages.ts';
import type { Book } from './book.ts';

export type EmergencyRollout = DownloadRollout & {
  readonly emergency: NonNullable<DownloadRollout['emergency']>;
};

/** What people wanted at once is no emergency a day later. */
export const admittedMs = 24 * 3_600_000;

/** No plan of the settings is called so: names there have no blank. */
export const emergencyPlan = (component: ComponentName): string => `emergency ${component}`;

export function emergenciesOf(book: Book): readonly EmergencyRollout[] {
  return book
    .rollouts()
    .flatMap(({ emergency, ...one }) => (emergency === undefined ? [] : [{ ...one, emergency }]))
    .filter((one) => !isOver(one));
}

/** Nothing but a hold of ours keeps offers from it. */
function isHeldByUs(book: Book, { site, status }: StoredSite, now: Instant): boolean {
  const own = holdOverSite(status?.holds ?? [], site, now);
  return own === null && holdOverSite(book.holds(), site, now) !== null;
}

/** Whom each may be offered now besides; one that nothing holds any more is over. null: no change. */
export function stepEmergencies(
  book: Book,
  isThere: (site: ServerId) => boolean,
  now: Instant,
): DeliveryChanges | null {
  const rollouts: DownloadRollout[] = [];
  const record: RecordEntry[] = [];
  for (const one of emergenciesOf(book)) {
    const { emergency, download } = one;
    const held = book.sites().filter((site) => isHeldByUs(book, site, now));
    if (held.length === 0 || now >= emergency.until) {
      rollouts.push({ ...one, isPassedOver: true });
      continue;
    }
    const news = held.filter(
      ({ site }) =>
        isThere(site) &&
        !emergency.sites.includes(site) &&
        opennessOf(one, book.folderOf(site)) === 'open',
    );
    if (news.length === 0) continue;
    const sites = [...emergency.sites, ...news.map(({ site }) => site)];
    rollouts.push({ ...one, emergency: { ...emergency, sites } });
    for (const { site } of news) {
      const detail = { download, plan: 'emergency' };
      record.push({
        at: now,
        kind: 'content-offered',
        who: 'control-manager',
        server: site,
        detail,
      });
    }
  }
  return rollouts.length === 0 ? null : { rollouts, record };
}

/** What that site lets past our holds. */
export function admittedFor(book: Book, site: ServerId): Holds['admitted'] {
  return emergenciesOf(book)
    .filter(({ emergency }) => emergency.sites.includes(site))
    .flatMap(({ contents, emergency: { reason, until } }) =>
      contents.map(({ component, version }) => ({ component, version, reason, until })),
    );
}

/**
 * What a held site is offered: all that it was offered before, and what was admitted. null: there is
 * nothing of the kind for it.
 */
export function emergencyOffer(
  book: Book,
  { site, offer }: StoredSite,
  now: Instant,
): Pick<StoredDownload, 'items' | 'catalogue'> | null {
  const stored = book.site(site);
  if (stored === undefined || !isHeldByUs(book, stored, now)) return null;
  const admitted = emergenciesOf(book)
    .filter(({ emergency }) => emergency.sites.includes(site))
    .flatMap(({ download, contents }) =>
      (book.download(download)?.items ?? []).filter(({ digest }) =>
        contents.some((one) => one.digest === digest),
      ),
    );
  if (admitted.length === 0) return null;
  const before = offer === null ? undefined : book.download(offer.download);
  const others = (before?.items ?? []).filter(
    ({ component }) => !admitted.some((one) => one.component === component),
  );
  return { items: [...others, ...admitted], catalogue: before?.catalogue ?? '' };
}

/**
 * Sends each connected site its offer, once per connection, at a pace, and not while it is held.
 * Which offer that is was decided and written down before (`loop.ts`).
 */

import { holdOverSite } from '#domain/delivery/due.ts';
import { compareFences, type Instant } from '#domain/names.ts';
import { withdrawnOf } from '#domain/ring/site-ring.ts';
import type { Clock } from '#ports/clock.ts';
import type { StoredDownload, StoredOffer, StoredSite } from '#ports/delivery-store.ts';
import type { Logger } from 'pino';
import type { Session } from './agents.ts';
import type { Book } from './book.ts';
import { emergencyOffer } from './emergencies.ts';
import { limits } from './limits.ts';
import type { SignedContent, Vouched } from './signed-content.ts';

export type Sender = { pump(sessions: readonly Session[]): void; close(): void };

export function openSender(options: {
  readonly book: Book;
  readonly content: Pick<SignedContent, 'vouched'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** All of them: what had to wait for the pace goes to whoever is there then. */
  sessions(): readonly Session[];
}): Sender {
  const { book, content, clock, log } = options;
  const admitted = new WeakMap<Session, string>();
  const pace = openPace(clock, () => pump(options.sessions()));

  function pump(sessions: readonly Session[]): void {
    if (pace.isWaiting()) return;
    const vouched = content.vouched();
    if (vouched === null) return;
    for (const session of sessions) {
      const site = book.site(session.site);
      const offer = site?.offer;
      const now = clock.now();
      if (site !== undefined && !sentEmergency(session, site, vouched)) return;
      if (!site || !offer || wasSent(session, offer, now) || isHeld(book, site, now)) continue;
      const download = book.download(offer.download);
      if (download === undefined) continue;
      if (!pace.mayLeave(bytesOf(download, vouched))) return;
      const { fence, plan } = offer;
      const { catalogue } = download;
      const items = download.items.filter((item) => !isTakenBack(book, item));
      const isWatched = isInRings(book, offer) ? { isWatched: true as const } : {};
      const { metadata, renewAt } = vouched;
      const signed = metadata === undefined ? {} : { metadata };
      session.send({ type: 'offer', fence, plan, items, catalogue, ...signed, ...isWatched });
      session.sent = { fence, renewAt };
      log.info({ event: 'offered', site: site.site, fence, plan }, 'offered');
    }
  }

  /** Once per connection, and again when more was admitted. false: it has to wait for the pace. */
  function sentEmergency(session: Session, site: StoredSite, vouched: Vouched): boolean {
    const offer = emergencyOffer(book, site, clock.now());
    const text = JSON.stringify(offer?.items ?? null);
    if (offer === null || admitted.get(session) === text) return true;
    if (!pace.mayLeave(bytesOf(offer, vouched))) return false;
    admitted.set(session, text);
    const items = offer.items.filter((item) => !isTakenBack(book, item));
    const { catalogue } = offer;
    const fence = book.nextFence(site.site);
    const { metadata } = vouched;
    const signed = metadata === undefined ? {} : { metadata };
    const what = { fence, plan: 'emergency', items, catalogue };
    session.send({ type: 'offer', ...what, ...signed, isWatched: true });
    log.info({ event: 'offered', site: site.site, fence, plan: 'emergency' }, 'offered');
    return true;
  }

  return { pump, close: () => pace.close() };
}

/** Sites that do not know what a withdrawal is are not offered it any more, at least. */
function isTakenBack(book: Book, { component, digest: file }: StoredDownload['items'][number]) {
  return withdrawnOf(book.withdrawn(), { component, file }) !== null;
}

function isInRings(book: Book, { download, plan }: StoredOffer): boolean {
  return book.rollouts().some((one) => one.download === download && one.plan === plan);
}

/** Not so once its signatures grew old: then it goes again, with newer ones. */
function wasSent({ sent }: Session, offer: StoredOffer, now: Instant): boolean {
  return sent !== null && compareFences(sent.fence, offer.fence) >= 0 && now < sent.renewAt;
}

function isHeld(book: Book, { site, status }: StoredSite, now: Instant): boolean {
  const own = holdOverSite(book.holds(), site, now);
  return (own ?? holdOverSite(status?.holds ?? [], site, now)) !== null;
}

/** On the wire, roughly; only the pace depends on it. */
function bytesOf(
  { catalogue, items }: Pick<StoredDownload, 'catalogue' | 'items'>,
  { metadata = {} }: Vouched,
): number {
  const signed = Object.values(metadata).reduce((bytes, text) => bytes + text.length, 0);
  return catalogue.length + items.length * limits.itemBytes + signed;
}

type Pace = {
  /** One may always leave, however large; then the rest of its second is waited for. */
  mayLeave(bytes: number): boolean;
  isWaiting(): boolean;
  close(): void;
};

function openPace(clock: Clock, resume: () => void): Pace {
  let secondStarted = -Infinity;
  let bytesThisSecond = 0;
  let cancel: (() => void) | null = null;
  return {
    mayLeave(bytes) {
      const elapsed = clock.monotonic() - secondStarted;
      if (elapsed >= 1_000) {
        secondStarted = clock.monotonic();
        bytesThisSecond = 0;
      } else if (bytesThisSecond + bytes > limits.offerBytesPerSecondMax) {
        cancel = clock.after(1_000 - elapsed, () => {
          cancel = null;
          resume();
        });
        return false;
      }
      bytesThisSecond += bytes;
      return true;
    },
    isWaiting: () => cancel !== null,
    close: () => cancel?.(),
  };
}

/**
 * Tells each connected site the holds that concern it and what they keep back here, so that the
 * site can show both, and what the organisation's root has said. Whole, and again only when
 * something of it changed.
 */

import type { HeldOffer } from '#domain/delivery/due.ts';
import { keptBack } from '#domain/delivery/kept-back.ts';
import type { Instant, ServerId } from '#domain/names.ts';
import type { Notices, NoticeTexts } from '#ports/notices.ts';
import {
  withdrawnToldMax,
  type ContentItem,
  type Holds,
} from '#protocol/control-manager/messages.ts';
import type { Session } from './agents.ts';
import type { Book } from './book.ts';
import { campaignsFor } from './campaigns.ts';
import { admittedFor } from './emergencies.ts';
import { holdsToTell } from './holds.ts';

export type Teller = {
  tell(sessions: readonly Session[], held: readonly HeldOffer[], now: Instant): void;
};

export function openTeller(book: Book, notices: Pick<Notices, 'texts'> | null): Teller {
  const told = new WeakMap<Session, string>();
  const noticed = new WeakMap<Session, string>();
  const campaignsTold = new WeakMap<Session, string>();

  function tellNotices(session: Session, texts: NoticeTexts): void {
    const text = JSON.stringify(texts);
    if (!session.hearsNotices || text === '{}' || noticed.get(session) === text) return;
    noticed.set(session, text);
    session.send({ type: 'notices', texts });
  }

  /** A number stands for its text, which need not be compared. */
  function tellCampaigns(session: Session, now: Instant): void {
    if (!session.hearsCampaigns) return;
    const campaigns = campaignsFor(book, session.site, now);
    const text = JSON.stringify(campaigns.map(({ news }) => news));
    if (text === (campaignsTold.get(session) ?? '[]')) return;
    campaignsTold.set(session, text);
    session.send({ type: 'campaigns', campaigns: [...campaigns] });
  }

  return {
    tell(sessions, held, now) {
      const downloads = new Map(held.map((one) => [one.site, one.deployment.download]));
      const texts = notices?.texts() ?? {};
      for (const session of sessions) {
        tellNotices(session, texts);
        tellCampaigns(session, now);
        const { site } = session;
        const message: Holds = {
          type: 'holds',
          ...holdsToTell(book, site, now),
          admitted: admittedFor(book, site),
          keptBack: keptBackHere(book, site, downloads.get(site)),
          withdrawn: book
            .withdrawn()
            .slice(0, withdrawnToldMax)
            .map(({ component, version, file, reason, at }) => {
              return { component, version, file, reason, at };
            }),
        };
        const text = JSON.stringify(message);
        if (told.get(session) === text) continue;
        told.set(session, text);
        session.send(message);
      }
    },
  };
}

/** Of what is due, what the site does not have yet. */
function keptBackHere(book: Book, site: ServerId, download: number | undefined): ContentItem[] {
  const items = download === undefined ? [] : (book.download(download)?.items ?? []);
  return keptBack(items, book.site(site)?.status?.contents ?? []);
}

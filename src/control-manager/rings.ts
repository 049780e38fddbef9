/**
 * Downloads on their way through rings of sites: which is under way, what its gates say by what the
 * sites tell of their servers, and what is taken back. Answers what is to be written down; that is
 * committed before any site hears of it (`loop.ts`).
 */

import type { Instant, ServerId } from '#domain/names.ts';
import type { RecordEntry } from '#domain/record/line.ts';
import {
  rolloutsUnderWay,
  stepDownload,
  type DownloadRollout,
  type WatchedSite,
} from '#domain/ring/download-rollout.ts';
import { vanishedAfterMs } from '#domain/ring/outcome.ts';
import { ringKinds, type RingMove } from '#domain/ring/rollout.ts';
import type { WithdrawnContent } from '#domain/ring/site-ring.ts';
import type { DeliveryChanges } from '#ports/delivery-store.ts';
import type { Book } from './book.ts';

type IsThere = (site: ServerId) => boolean;

/** All sites as the gates of that download see them. */
export function watchedSites(
  book: Book,
  { download, emergency }: Pick<DownloadRollout, 'download' | 'emergency'>,
  { isThere, now }: { readonly isThere: IsThere; readonly now: Instant },
): readonly WatchedSite[] {
  return book.sites().map(({ site, offer, status, lastSeen }) => ({
    folder: book.folderOf(site),
    wasOffered:
      emergency === undefined
        ? offer !== null && offer.download >= download
        : emergency.sites.includes(site),
    isSilent: !isThere(site) && now - (lastSeen ?? 0) >= vanishedAfterMs,
    evidence: status?.evidence ?? [],
  }));
}

/** null: nothing has become possible. */
export function stepRings(book: Book, isThere: IsThere, now: Instant): DeliveryChanges | null {
  const { underWay, passedOver } = rolloutsUnderWay(book.rollouts());
  const rollouts: DownloadRollout[] = passedOver.map((one) => ({ ...one, isPassedOver: true }));
  const withdrawn: WithdrawnContent[] = [];
  const record: RecordEntry[] = [];
  for (const one of underWay) {
    const step = stepDownload(one, watchedSites(book, one, { isThere, now }), now);
    if (step.moves.length > 0 || one.beganAt === null) rollouts.push(step.rollout);
    for (const move of step.moves) record.push(...lineOf(step.rollout, move, now));
    for (const { component, version, digest: file } of step.guilty) {
      const reason = `a ring of the plan ${one.plan} failed`;
      const who = 'control-manager';
      const content = { component, version, file, reason, who, at: now };
      withdrawn.push(content);
      record.push(withdrawnLine(content, now));
    }
  }
  if (rollouts.length === 0) return null;
  return { rollouts, withdrawn, record };
}

function lineOf(
  { download, plan }: DownloadRollout,
  { ring, to, counts }: RingMove,
  at: Instant,
): RecordEntry[] {
  const kind = ringKinds[to.state];
  if (kind === null) return [];
  const { given, healthy, vanished, failedBy } = counts;
  const because = 'because' in to ? { because: to.because.code } : {};
  const detail = { plan, download, ring, given, healthy, vanished, failedBy, ...because };
  return [{ at, kind, who: 'control-manager', server: null, detail }];
}

export function withdrawnLine(content: WithdrawnContent, at: Instant): RecordEntry {
  const { component, version, file, reason, who } = content;
  const detail = { component, version, file, reason };
  return { at, kind: 'content-withdrawn', who, server: null, detail };
}

/**
 * Campaigns as they are carried: which waves are open by what the sites report, and what each site is
 * told. The texts are the approvers'; nothing of them is made or changed here. Answers what is to be
 * written down; that is committed before any site hears of it (`loop.ts`).
 */

import type { Campaign } from '#domain/campaign/campaign.ts';
import { waveOf } from '#domain/campaign/campaign.ts';
import {
  newsFor,
  nextWaveLook,
  stepWaves,
  type CarriedCampaign,
  type PartSeen,
} from '#domain/campaign/waves.ts';
import type { Instant, ServerId } from '#domain/names.ts';
import type { RecordKind } from '#domain/record/kinds.ts';
import type { RecordEntry } from '#domain/record/line.ts';
import type { RingMove } from '#domain/ring/rollout.ts';
import type { DeliveryChanges } from '#ports/delivery-store.ts';
import type { CampaignsMessage } from '#protocol/control-manager/messages.ts';
import type { Book } from './book.ts';
import { limits } from './limits.ts';

/** What the sites said of that very number. */
export function partsSeen(book: Book, { campaign: name, number }: Campaign): PartSeen {
  return (site) => {
    const reports = book.site(site)?.status?.campaigns ?? [];
    const report = reports.find((one) => one.campaign === name && one.number === number);
    return report?.state ?? null;
  };
}

/** Its sites may still begin, or are to hear that they may not. */
export function isCarried({ campaign }: CarriedCampaign, now: Instant): boolean {
  return now < campaign.until;
}

/** null: nothing has become possible. */
export function stepCampaigns(book: Book, now: Instant): DeliveryChanges | null {
  const campaigns: CarriedCampaign[] = [];
  const record: RecordEntry[] = [];
  for (const one of book.campaigns()) {
    const { carried, moves } = stepWaves(one, partsSeen(book, one.campaign), now);
    if (moves.length === 0) continue;
    campaigns.push(carried);
    for (const move of moves) record.push(...lineOf(carried, move, now));
    const { stopped } = carried;
    if (stopped !== null) record.push(stoppedLine(carried.campaign, stopped));
  }
  const forgetCampaigns = book
    .campaigns()
    .filter(({ campaign }) => now >= campaign.until + limits.campaignsKeptMilliseconds)
    .map(({ campaign }) => campaign.campaign);
  if (campaigns.length + forgetCampaigns.length === 0) return null;
  return { campaigns, forgetCampaigns, record };
}

const kinds = {
  waiting: null,
  open: 'wave-opened',
  soaking: null,
  inconclusive: 'wave-inconclusive',
  passed: 'wave-passed',
  failed: 'wave-failed',
} as const satisfies Record<RingMove['to']['state'], RecordKind | null>;

function lineOf(
  { campaign: { campaign, number } }: CarriedCampaign,
  { ring: wave, to, counts }: RingMove,
  at: Instant,
): RecordEntry[] {
  const kind = kinds[to.state];
  if (kind === null) return [];
  const { given: sites, healthy: finished, pending, trying: running } = counts;
  const because = 'because' in to ? { because: to.because.code } : {};
  const detail = { campaign, number, wave, sites, finished, pending, running, ...because };
  return [{ at, kind, who: 'control-manager', server: null, detail }];
}

export function stoppedLine(
  { campaign, number }: Campaign,
  { reason, who, at }: NonNullable<CarriedCampaign['stopped']>,
): RecordEntry {
  const detail = { campaign, number, reason };
  return { at, kind: 'campaign-stopped', who, server: null, detail };
}

/** All that name that site, with what it is to know of each. */
export function campaignsFor(
  book: Book,
  site: ServerId,
  now: Instant,
): CampaignsMessage['campaigns'] {
  return book
    .campaigns()
    .filter((one) => isCarried(one, now) && waveOf(one.campaign, site) !== null)
    .map((one) => ({ text: one.text, news: newsFor(one, site, now) }));
}

export function nextCampaignLook(book: Book, now: Instant): Instant | null {
  const looks = book.campaigns().flatMap((one) => nextWaveLook(one, now) ?? []);
  return looks.length === 0 ? null : Math.min(...looks);
}

/** What a control manager must still know after a restart. Saved before anybody is told of it. */

import type { PartReport } from '#domain/campaign/part.ts';
import type { CarriedCampaign } from '#domain/campaign/waves.ts';
import type { Content } from '#domain/delivery/content.ts';
import type { DeliveryHold, Deployment } from '#domain/delivery/due.ts';
import type { DownloadRollout, SiteEvidence } from '#domain/ring/download-rollout.ts';
import type { WithdrawnContent } from '#domain/ring/site-ring.ts';
import type { Genesis, RecordEntry, RecordHead, RecordLine } from '#domain/record/line.ts';
import type { FoundLines, RecordFilter, RecordPart } from '#domain/record/search.ts';
import type {
  CampaignName,
  ComponentName,
  Digest,
  Fence,
  HoldId,
  Instant,
  ServerId,
} from '#domain/names.ts';

/** The last offer to a site. */
export type StoredOffer = {
  readonly fence: Fence;
  readonly deployment: number;
  readonly download: number;
  readonly plan: string;
  readonly at: Instant;
};

/** What a site said of itself last. */
export type StoredStatus = {
  readonly programVersion: string;
  /** Those of its own that stop deliveries to it. */
  readonly holds: readonly DeliveryHold[];
  /** Those over some of its servers or components only; they are shown. */
  readonly partialHolds: readonly DeliveryHold[];
  readonly contents: readonly {
    readonly component: ComponentName;
    readonly version: string;
    readonly digest: Digest;
  }[];
  readonly keptBack: readonly { readonly component: ComponentName; readonly version: string }[];
  /** What its servers make of content that it was asked to watch. */
  readonly evidence: readonly SiteEvidence[];
  /** Where its parts of campaigns stand. */
  readonly campaigns: readonly PartReport[];
};

export type StoredSite = {
  readonly site: ServerId;
  /** Where a person moved it; null: where the settings put it. */
  readonly folder: string | null;
  readonly agentVersion: string | null;
  readonly lastSeen: Instant | null;
  readonly status: StoredStatus | null;
  readonly offer: StoredOffer | null;
  /** The life of the control manager that has its session, by its epoch; absent: nobody has. */
  readonly replica?: number;
  /** The epoch of the fences of its session, above those of all its earlier ones; absent: it had none. */
  readonly fences?: number;
};

export type StoredDownload = {
  readonly number: number;
  readonly finishedAt: Instant;
  readonly items: readonly Content[];
  readonly catalogue: string;
};

export type DeliveryRecord = {
  /**
   * Higher at every opening, so that no fence is ever given twice; at least the seconds of `now`,
   * so that it rises even when an old copy of the file was restored.
   */
  readonly epoch: number;
  readonly sites: readonly StoredSite[];
  readonly holds: readonly DeliveryHold[];
  readonly downloads: readonly StoredDownload[];
  readonly deployments: readonly Deployment[];
  /** Of downloads that go, or went, through rings of sites; by download. */
  readonly rollouts: readonly DownloadRollout[];
  /** The latest first. */
  readonly withdrawn: readonly WithdrawnContent[];
  /** By name. */
  readonly campaigns: readonly CarriedCampaign[];
  /** The highest deployment number ever given. */
  readonly deploymentsMade: number;
};

/** Rows to write and rows to forget, all or nothing. */
export type DeliveryChanges = {
  readonly sites?: readonly StoredSite[];
  readonly holds?: readonly DeliveryHold[];
  readonly forgetHolds?: readonly HoldId[];
  readonly downloads?: readonly StoredDownload[];
  readonly forgetDownloads?: readonly number[];
  /** All deployments that matter now; the others are forgotten. */
  readonly deployments?: readonly Deployment[];
  readonly deploymentsMade?: number;
  readonly rollouts?: readonly DownloadRollout[];
  /** By their downloads. */
  readonly forgetRollouts?: readonly number[];
  readonly withdrawn?: readonly WithdrawnContent[];
  readonly campaigns?: readonly CarriedCampaign[];
  readonly forgetCampaigns?: readonly CampaignName[];
  /** What was decided, by whom and why: chained to what was written before. */
  readonly record?: readonly RecordEntry[];
};

/** Rejects with `JournalFailed` where the disk refuses; nothing of the change stands then. */
export type DeliveryStore = {
  /** Begins the record of that control manager, if there is none, and says that its epoch began. */
  load(now: Instant, name: ServerId): Promise<DeliveryRecord>;
  save(changes: DeliveryChanges): Promise<void>;
  genesis(): Promise<Genesis | null>;
  recordHead(): Promise<RecordHead>;
  /** After that number, or (null) the newest; in the order in which they were written. */
  record(after: number | null, limit: number): Promise<readonly RecordLine[]>;
  /** Looked for from the end on, a part of it at a time. */
  searchRecord(filter: RecordFilter, part: RecordPart): Promise<FoundLines>;
  close(): Promise<void>;
};

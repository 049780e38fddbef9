/**
 * What the control manager knows: sites, holds, downloads, deployments. Read from memory, changed
 * only by `commit`, which is on the disk before anybody can see it, and by what other replicas did. No link and no timer here.
 */

import {
  deploymentsThatMatter,
  dueOffers,
  type DeliveryHold,
  type Deployment,
  type DueOffers,
} from '#domain/delivery/due.ts';
import type { PlannedDeployment } from '#domain/delivery/plan.ts';
import type { CarriedCampaign } from '#domain/campaign/waves.ts';
import type { CampaignName, Digest, Fence, HoldId, Instant, ServerId } from '#domain/names.ts';
import { isOver, type DownloadRollout } from '#domain/ring/download-rollout.ts';
import type { WithdrawnContent } from '#domain/ring/site-ring.ts';
import type {
  DeliveryChanges,
  DeliveryRecord,
  DeliveryStore,
  StoredDownload,
  StoredSite,
} from '#ports/delivery-store.ts';
import { folderOfNewSites, type Settings } from './settings.ts';

export function blankSite(site: ServerId): StoredSite {
  return { site, folder: null, agentVersion: null, lastSeen: null, status: null, offer: null };
}

export type BookOptions = {
  readonly record: DeliveryRecord;
  readonly store: DeliveryStore;
  readonly settings: Pick<Settings, 'folders'>;
  /** Told of every commit. */
  committed?(changes: DeliveryChanges): void;
};

export class Book {
  readonly #store: DeliveryStore;
  readonly #committed: (changes: DeliveryChanges) => void;
  readonly #epoch: number;
  readonly #folders: readonly string[];
  /** Where the settings put each site. */
  readonly #placed = new Map<ServerId, string>();
  readonly #sites: Map<ServerId, StoredSite>;
  readonly #holds: Map<HoldId, DeliveryHold>;
  readonly #downloads: Map<number, StoredDownload>;
  #deployments: readonly Deployment[];
  #rollouts: readonly DownloadRollout[];
  #withdrawn: readonly WithdrawnContent[];
  readonly #campaigns: Map<CampaignName, CarriedCampaign>;
  #deploymentsMade: number;
  /** Why the feed was refused last, so that it is written down once. */
  refused: string | null = null;
  #fencesMade = 0;
  #holdsMade = 0;

  constructor({ record, store, settings, committed }: BookOptions) {
    this.#store = store;
    this.#committed = committed ?? (() => undefined);
    this.#epoch = record.epoch;
    this.#folders = [...settings.folders.keys(), folderOfNewSites];
    for (const [folder, members] of settings.folders) {
      for (const site of members) this.#placed.set(site, folder);
    }
    this.#sites = new Map([...this.#placed.keys()].map((site) => [site, blankSite(site)]));
    for (const one of record.sites) this.#sites.set(one.site, one);
    this.#holds = new Map(record.holds.map((one) => [one.id, one]));
    this.#downloads = new Map(record.downloads.map((one) => [one.number, one]));
    this.#deployments = record.deployments;
    this.#rollouts = record.rollouts;
    this.#withdrawn = record.withdrawn;
    this.#campaigns = new Map(record.campaigns.map((one) => [one.campaign.campaign, one]));
    this.#deploymentsMade = record.deploymentsMade;
  }

  /** Of this life. */
  get epoch(): number {
    return this.#epoch;
  }

  sites(): readonly StoredSite[] {
    return [...this.#sites.values()];
  }

  get siteCount(): number {
    return this.#sites.size;
  }

  site(site: ServerId): StoredSite | undefined {
    return this.#sites.get(site);
  }

  folders(): readonly string[] {
    return this.#folders;
  }

  folderOf(site: ServerId): string {
    return this.#sites.get(site)?.folder ?? this.#placed.get(site) ?? folderOfNewSites;
  }

  holds(): readonly DeliveryHold[] {
    return [...this.#holds.values()];
  }

  hold(id: HoldId): DeliveryHold | undefined {
    return this.#holds.get(id);
  }

  download(number: number): StoredDownload | undefined {
    return this.#downloads.get(number);
  }

  /** The newest first. */
  downloads(): readonly StoredDownload[] {
    return [...this.#downloads.values()].toSorted((one, other) => other.number - one.number);
  }

  newestDownload(): StoredDownload | undefined {
    return this.#downloads.get(Math.max(...this.#downloads.keys()));
  }

  deployments(): readonly Deployment[] {
    return this.#deployments;
  }

  /** By download, the oldest first. */
  rollouts(): readonly DownloadRollout[] {
    return this.#rollouts;
  }

  /** The latest first. */
  withdrawn(): readonly WithdrawnContent[] {
    return this.#withdrawn;
  }

  campaigns(): readonly CarriedCampaign[] {
    return [...this.#campaigns.values()];
  }

  campaign(name: CampaignName): CarriedCampaign | undefined {
    return this.#campaigns.get(name);
  }

  /** Digests of every file that some download still names. */
  digests(): ReadonlySet<Digest> {
    const items = [...this.#downloads.values()].flatMap((download) => download.items);
    return new Set(items.map((item) => item.digest));
  }

  /** Above every one that the site was given before, by whichever replica: each session begins higher. */
  nextFence(site: ServerId): Fence {
    this.#fencesMade += 1;
    return { epoch: this.#sites.get(site)?.fences ?? this.#epoch, number: this.#fencesMade };
  }

  /** Unlike every earlier one, also after a restart. */
  nextHoldName(): string {
    this.#holdsMade += 1;
    return `cm-${this.#epoch.toString(36)}-${this.#holdsMade}`;
  }

  /** Of all sites, or of one. */
  due(now: Instant, only?: ServerId): DueOffers {
    const known = only === undefined ? this.sites() : [this.#sites.get(only) ?? blankSite(only)];
    const sites = known.map(({ site, offer, status }) => ({
      site,
      folder: this.folderOf(site),
      offered: offer && { download: offer.download, number: offer.deployment },
      holds: status?.holds ?? [],
    }));
    const [deployments, rollouts, holds] = [this.#deployments, this.#rollouts, this.holds()];
    return dueOffers({ sites, deployments, rollouts, holds }, now);
  }

  /** The planned deployments of a download as rows, with all that they make pointless gone. */
  withDeployments(
    planned: readonly PlannedDeployment[],
    download: number,
    { now, rollout }: { readonly now: Instant; readonly rollout: DownloadRollout | null },
  ): DeliveryChanges {
    const rollouts = rollout === null ? this.#rollouts : [...this.#rollouts, rollout];
    const made = planned.map((one, index) => {
      return { ...one, download, number: this.#deploymentsMade + index + 1 };
    });
    const kept = deploymentsThatMatter([...this.#deployments, ...made], rollouts, now);
    const forgetDownloads = this.#pointless(kept, download);
    return {
      ...(rollout === null ? {} : { rollouts: [rollout] }),
      forgetRollouts: forgetDownloads,
      deployments: kept,
      deploymentsMade: this.#deploymentsMade + made.length,
      forgetDownloads,
    };
  }

  async commit(changes: DeliveryChanges): Promise<void> {
    await this.#store.save(changes);
    this.heard(changes);
  }

  /** What stands in the store now, whoever wrote it. */
  heard(changes: DeliveryChanges): void {
    for (const one of changes.sites ?? []) this.#sites.set(one.site, one);
    for (const one of changes.holds ?? []) this.#holds.set(one.id, one);
    for (const id of changes.forgetHolds ?? []) this.#holds.delete(id);
    for (const one of changes.downloads ?? []) this.#downloads.set(one.number, one);
    for (const number of changes.forgetDownloads ?? []) this.#downloads.delete(number);
    this.#deployments = changes.deployments ?? this.#deployments;
    this.#rollouts = rolloutsAfter(this.#rollouts, changes);
    this.#withdrawn = withdrawnAfter(this.#withdrawn, changes);
    for (const one of changes.campaigns ?? []) this.#campaigns.set(one.campaign.campaign, one);
    for (const name of changes.forgetCampaigns ?? []) this.#campaigns.delete(name);
    this.#deploymentsMade = changes.deploymentsMade ?? this.#deploymentsMade;
    this.#committed(changes);
  }

  /** Downloads that no deployment and no offer names, the newest excepted. */
  #pointless(kept: readonly Deployment[], newest: number): number[] {
    const rolling = this.#rollouts.filter((one) => !isOver(one)).map((one) => one.download);
    const named = new Set([newest, ...rolling, ...kept.map((one) => one.download)]);
    for (const { offer } of this.#sites.values()) if (offer) named.add(offer.download);
    return [...this.#downloads.keys()].filter((number) => !named.has(number));
  }
}

function rolloutsAfter(
  before: readonly DownloadRollout[],
  { rollouts = [], forgetRollouts = [] }: DeliveryChanges,
): readonly DownloadRollout[] {
  const keyOf = ({ download, plan }: DownloadRollout): string => `${download} ${plan}`;
  const all = new Map([...before, ...rollouts].map((one) => [keyOf(one), one]));
  const left = [...all.values()].filter(({ download }) => !forgetRollouts.includes(download));
  return left.toSorted((one, other) => one.download - other.download);
}

function withdrawnAfter(
  before: readonly WithdrawnContent[],
  { withdrawn = [] }: DeliveryChanges,
): readonly WithdrawnContent[] {
  const keyOf = ({ component, file }: WithdrawnContent): string => `${component} ${file}`;
  const all = new Map([...before, ...withdrawn].map((one) => [keyOf(one), one]));
  return [...all.values()].toSorted((one, other) => other.at - one.at);
}

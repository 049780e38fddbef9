/**
 * What the control manager knows: sites, holds, downloads, deployments. Read from memory, changed
 * only by `commit`, which is on the disk before anybody can see it. No link and no timer here.
 */

import {
  deploymentsThatMatter,
  dueOffers,
  type DeliveryHold,
  type Deployment,
  type DueOffers,
} from '#domain/delivery/due.ts';
import type { PlannedDeployment } from '#domain/delivery/plan.ts';
import type { Digest, Fence, HoldId, Instant, ServerId } from '#domain/names.ts';
import type {
  DeliveryChanges,
  DeliveryRecord,
  DeliveryStore,
  StoredDownload,
  StoredSite,
} from '#ports/delivery-store.ts';
import { folderOfNewSites, type Settings } from './settings.ts';

export type Book = {
  readonly epoch: number;
  sites(): readonly StoredSite[];
  site(site: ServerId): StoredSite | undefined;
  folderOf(site: ServerId): string;
  folders(): readonly string[];
  holds(): readonly DeliveryHold[];
  hold(id: HoldId): DeliveryHold | undefined;
  download(number: number): StoredDownload | undefined;
  newestDownload(): StoredDownload | undefined;
  deployments(): readonly Deployment[];
  nextFence(): Fence;
  /** Unlike every earlier one, also after a restart. */
  nextHoldName(): string;
  due(now: Instant): DueOffers;
  /** The planned deployments of a download as rows, with all that they make pointless gone. */
  withDeployments(
    planned: readonly PlannedDeployment[],
    download: number,
    now: Instant,
  ): DeliveryChanges;
  /** Digests of every file that some download still names. */
  digests(): ReadonlySet<Digest>;
  commit(changes: DeliveryChanges): Promise<void>;
};

export function blankSite(site: ServerId): StoredSite {
  return { site, folder: null, agentVersion: null, lastSeen: null, status: null, offer: null };
}

export function openBook(options: {
  readonly record: DeliveryRecord;
  readonly store: DeliveryStore;
  readonly settings: Pick<Settings, 'folders'>;
}): Book {
  const { record, store, settings } = options;
  const placed = new Map<ServerId, string>();
  for (const [folder, members] of settings.folders) {
    for (const site of members) placed.set(site, folder);
  }
  const sites = new Map([...placed.keys()].map((site) => [site, blankSite(site)]));
  for (const one of record.sites) sites.set(one.site, one);
  const holds = new Map(record.holds.map((one) => [one.id, one]));
  const downloads = new Map(record.downloads.map((one) => [one.number, one]));
  let { deployments, deploymentsMade } = record;
  let fencesMade = 0;
  let holdsMade = 0;

  const folderOf = (site: ServerId): string =>
    sites.get(site)?.folder ?? placed.get(site) ?? folderOfNewSites;

  const newestDownload = (): StoredDownload | undefined =>
    downloads.get(Math.max(...downloads.keys()));

  /** Downloads that no deployment and no offer names, the newest excepted. */
  function pointless(kept: readonly Deployment[], newest: number): number[] {
    const named = new Set([newest, ...kept.map((one) => one.download)]);
    for (const { offer } of sites.values()) if (offer) named.add(offer.download);
    return [...downloads.keys()].filter((number) => !named.has(number));
  }

  function apply(changes: DeliveryChanges): void {
    for (const one of changes.sites ?? []) sites.set(one.site, one);
    for (const one of changes.holds ?? []) holds.set(one.id, one);
    for (const id of changes.forgetHolds ?? []) holds.delete(id);
    for (const one of changes.downloads ?? []) downloads.set(one.number, one);
    for (const number of changes.forgetDownloads ?? []) downloads.delete(number);
    deployments = changes.deployments ?? deployments;
    deploymentsMade = changes.deploymentsMade ?? deploymentsMade;
  }

  return {
    epoch: record.epoch,
    sites: () => [...sites.values()],
    site: (site) => sites.get(site),
    folderOf,
    folders: () => [...settings.folders.keys(), folderOfNewSites],
    holds: () => [...holds.values()],
    hold: (id) => holds.get(id),
    download: (number) => downloads.get(number),
    newestDownload,
    deployments: () => deployments,
    nextFence: () => ({ epoch: record.epoch, number: ++fencesMade }),
    nextHoldName: () => `cm-${record.epoch.toString(36)}-${++holdsMade}`,
    due: (now) =>
      dueOffers(
        {
          sites: [...sites.values()].map(({ site, offer, status }) => ({
            site,
            folder: folderOf(site),
            offered: offer && { download: offer.download, number: offer.deployment },
            holds: status?.holds ?? [],
          })),
          deployments,
          holds: [...holds.values()],
        },
        now,
      ),
    withDeployments(planned, download, now) {
      const made = planned.map((one, index) => {
        return { ...one, download, number: deploymentsMade + index + 1 };
      });
      const kept = deploymentsThatMatter([...deployments, ...made], now);
      return {
        deployments: kept,
        deploymentsMade: deploymentsMade + made.length,
        forgetDownloads: pointless(kept, download),
      };
    },
    digests: () => {
      const items = [...downloads.values()].flatMap((download) => download.items);
      return new Set(items.map((item) => item.digest));
    },
    async commit(changes) {
      await store.save(changes);
      apply(changes);
    },
  };
}

/**
 * A control manager's database without a database: rows in memory, each change whole and synced,
 * as a full sync on commit has it. Rows come back in the order in which SQLite would read them.
 */

import type { DeliveryHold, Deployment } from '#domain/delivery/due.ts';
import type { DownloadRollout } from '#domain/ring/download-rollout.ts';
import type { WithdrawnContent } from '#domain/ring/site-ring.ts';
import type { CarriedCampaign } from '#domain/campaign/waves.ts';
import type { CampaignName, HoldId, ServerId } from '#domain/names.ts';
import {
  chained,
  epochBegun,
  genesisHead,
  type Genesis,
  type RecordEntry,
  type RecordHead,
  type RecordLine,
} from '#domain/record/line.ts';
import { searchLines } from '#domain/record/search.ts';
import { invariant } from '#domain/result.ts';
import type {
  DeliveryChanges,
  DeliveryRecord,
  DeliveryStore,
  StoredDownload,
  StoredSite,
} from '#ports/delivery-store.ts';
import { JournalFailed } from '#ports/journal.ts';
import { digestOfText } from './store-folder.ts';
import { compare } from './journal-simulated-upgrades.ts';
import type { Stored } from '../world/disk.ts';
import type { Process } from '../world/machine.ts';

export type DeliveryState = {
  epoch: number;
  deploymentsMade: number;
  readonly sites: Map<ServerId, StoredSite>;
  readonly holds: Map<HoldId, DeliveryHold>;
  readonly downloads: Map<number, StoredDownload>;
  deployments: readonly Deployment[];
  /** By download and plan. */
  readonly rollouts: Map<string, DownloadRollout>;
  readonly withdrawn: Map<string, WithdrawnContent>;
  readonly campaigns: Map<CampaignName, CarriedCampaign>;
  genesis: Genesis | null;
  readonly record: RecordLine[];
};

export function emptyDeliveryState(): DeliveryState {
  return {
    epoch: 0,
    deploymentsMade: 0,
    sites: new Map(),
    holds: new Map(),
    downloads: new Map(),
    deployments: [],
    rollouts: new Map(),
    withdrawn: new Map(),
    campaigns: new Map(),
    genesis: null,
    record: [],
  };
}

/** For a backup, or for the data of another generation: rows themselves never change. */
export function copyDeliveryState(state: DeliveryState): DeliveryState {
  return {
    ...state,
    sites: new Map(state.sites),
    holds: new Map(state.holds),
    downloads: new Map(state.downloads),
    rollouts: new Map(state.rollouts),
    withdrawn: new Map(state.withdrawn),
    campaigns: new Map(state.campaigns),
    record: [...state.record],
  };
}

/** A transaction appends at least that much to the log beside the database. */
const transactionBytes = 4_096;

export function openDeliveryStoreSimulated(options: {
  readonly process: Process;
  readonly stored: Stored<DeliveryState>;
}): DeliveryStore {
  const { process, stored } = options;

  /** One transaction: all of it or nothing, and on the disk when it is answered. */
  async function transaction<Answer>(act: (state: DeliveryState) => Answer): Promise<Answer> {
    const { disk } = process.machine;
    const answer = await process.effect((): { readonly value: Answer } | null =>
      disk.refusal(transactionBytes) === null ? { value: act(stored.read()) } : null,
    );
    if (answer === null) throw new JournalFailed('the deliveries');
    return answer.value;
  }

  return {
    load: (now, site) =>
      transaction((state) => {
        state.epoch = Math.max(state.epoch + 1, Math.floor(now / 1_000));
        state.genesis ??= { format: 1, site, at: now, linesBefore: 0 };
        append(state, epochBegun('control-manager', { at: now, epoch: state.epoch }));
        return recordOf(state);
      }),
    save: (changes) => transaction((state) => write(state, changes)),
    genesis: () => process.effect(() => stored.read().genesis),
    recordHead: () => process.effect(() => headOf(stored.read())),
    record: (after, limit) =>
      process.effect(() => {
        const { record } = stored.read();
        return after === null ? record.slice(-limit) : record.slice(after, after + limit);
      }),
    searchRecord: (filter, part) =>
      process.effect(() => {
        const { record } = stored.read();
        const lineAt = (number: number) => record[number - 1];
        return searchLines(filter, part, { last: record.length, lineAt });
      }),
    close: () => process.effect(() => undefined),
  };
}

function headOf({ record, genesis }: DeliveryState): RecordHead {
  const last = record.at(-1);
  if (last !== undefined) return { number: last.number, hash: last.hash };
  invariant(genesis !== null, 'the record is begun before anything is asked of it');
  return genesisHead(genesis, digestOfText);
}

function append(state: DeliveryState, entry: RecordEntry): void {
  state.record.push(chained(headOf(state), entry, digestOfText));
}

function recordOf(state: DeliveryState): DeliveryRecord {
  return {
    epoch: state.epoch,
    sites: [...state.sites.values()],
    holds: [...state.holds.values()],
    downloads: [...state.downloads.values()].toSorted((left, right) => left.number - right.number),
    deployments: state.deployments.toSorted((left, right) => left.number - right.number),
    rollouts: [...state.rollouts.values()].toSorted(
      (left, right) => left.download - right.download || compare(left.plan, right.plan),
    ),
    withdrawn: [...state.withdrawn.values()].toSorted(
      (left, right) =>
        right.at - left.at ||
        compare(left.component, right.component) ||
        compare(left.file, right.file),
    ),
    campaigns: [...state.campaigns.values()].toSorted((left, right) =>
      compare(left.campaign.campaign, right.campaign.campaign),
    ),
    deploymentsMade: state.deploymentsMade,
  };
}

function write(state: DeliveryState, changes: DeliveryChanges): void {
  for (const { number } of changes.downloads ?? []) {
    invariant(!state.downloads.has(number), 'a download is stored once');
  }
  for (const one of changes.sites ?? []) state.sites.set(one.site, one);
  for (const one of changes.holds ?? []) state.holds.set(one.id, one);
  for (const one of changes.downloads ?? []) state.downloads.set(one.number, one);
  for (const number of changes.forgetDownloads ?? []) state.downloads.delete(number);
  for (const id of changes.forgetHolds ?? []) state.holds.delete(id);
  for (const one of changes.rollouts ?? []) {
    state.rollouts.set(`${one.download} ${one.plan}`, one);
  }
  for (const download of changes.forgetRollouts ?? []) {
    for (const [key, one] of state.rollouts)
      if (one.download === download) state.rollouts.delete(key);
  }
  for (const one of changes.campaigns ?? []) state.campaigns.set(one.campaign.campaign, one);
  for (const name of changes.forgetCampaigns ?? []) state.campaigns.delete(name);
  for (const one of changes.withdrawn ?? []) {
    state.withdrawn.set(`${one.component} ${one.file}`, one);
  }
  state.deployments = changes.deployments ?? state.deployments;
  state.deploymentsMade = changes.deploymentsMade ?? state.deploymentsMade;
  for (const entry of changes.record ?? []) append(state, entry);
}

/**
 * A control manager's database without a database: rows in memory, each change whole and synced,
 * as a full sync on commit has it. Rows come back in the order in which SQLite would read them.
 */

import type { DeliveryHold, Deployment } from '#domain/delivery/due.ts';
import type { HoldId, ServerId } from '#domain/names.ts';
import { invariant } from '#domain/result.ts';
import type {
  DeliveryChanges,
  DeliveryRecord,
  DeliveryStore,
  StoredDownload,
  StoredSite,
} from '#ports/delivery-store.ts';
import { JournalFailed } from '#ports/journal.ts';
import type { Stored } from '../world/disk.ts';
import type { Process } from '../world/machine.ts';

export type DeliveryState = {
  epoch: number;
  deploymentsMade: number;
  readonly sites: Map<ServerId, StoredSite>;
  readonly holds: Map<HoldId, DeliveryHold>;
  readonly downloads: Map<number, StoredDownload>;
  deployments: readonly Deployment[];
};

export function emptyDeliveryState(): DeliveryState {
  return {
    epoch: 0,
    deploymentsMade: 0,
    sites: new Map(),
    holds: new Map(),
    downloads: new Map(),
    deployments: [],
  };
}

/** For a backup, or for the data of another generation: rows themselves never change. */
export function copyDeliveryState(state: DeliveryState): DeliveryState {
  return {
    ...state,
    sites: new Map(state.sites),
    holds: new Map(state.holds),
    downloads: new Map(state.downloads),
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
    load: (now) =>
      transaction((state) => {
        state.epoch = Math.max(state.epoch + 1, Math.floor(now / 1_000));
        return recordOf(state);
      }),
    save: (changes) => transaction((state) => write(state, changes)),
    close: () => process.effect(() => undefined),
  };
}

function recordOf(state: DeliveryState): DeliveryRecord {
  return {
    epoch: state.epoch,
    sites: [...state.sites.values()],
    holds: [...state.holds.values()],
    downloads: [...state.downloads.values()].toSorted((left, right) => left.number - right.number),
    deployments: state.deployments.toSorted((left, right) => left.number - right.number),
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
  state.deployments = changes.deployments ?? state.deployments;
  state.deploymentsMade = changes.deploymentsMade ?? state.deploymentsMade;
}

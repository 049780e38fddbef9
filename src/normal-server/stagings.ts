/**
 * Releases that are being brought onto this computer, one work for each at a time, and the bytes that
 * crossed the link for them. What comes of a work is told; what follows from it is not known here.
 */

import type { Logger } from 'pino';
import type { Digest } from '#domain/names.ts';
import type { Problem } from '#domain/problem.ts';
import type { WantedItem } from '#protocol/normal-server/messages.ts';
import { limits } from './limits.ts';
import type { Received } from './remembered.ts';
import { stage, type StagingWorld } from './staging.ts';

export type Stagings = {
  begin(item: WantedItem): void;
  abandon(digest: Digest): void;
  bytesOf(digest: Digest): { readonly received: number; readonly total: number };
  received(): ReadonlyMap<Digest, Received>;
  keepDownloads(digests: readonly Digest[]): void;
  close(): Promise<void>;
};

type Work = { readonly abort: AbortController; readonly done: Promise<void> };

export function openStagings(world: {
  readonly staging: StagingWorld;
  readonly received: ReadonlyMap<Digest, Received>;
  readonly log: Logger;
  /** It is over, well or not; null: it is staged. Before that: what is remembered has changed. */
  ended(item: WantedItem, because: Problem | null): void;
  changed(): void;
  progress(item: WantedItem): void;
  inBackground(work: Promise<void>): void;
}): Stagings {
  const { staging, log, inBackground } = world;
  const received = new Map(world.received);
  const totals = new Map<Digest, number>();
  const works = new Map<Digest, Work>();

  async function stageNow(item: WantedItem, signal: AbortSignal): Promise<void> {
    const { component, digest } = item;
    const staged = await stage(staging, {
      item,
      signal,
      received: received.get(digest) ?? { bytes: 0, partBytes: 0 },
      progress(bytes, total) {
        received.set(digest, bytes);
        totals.set(digest, total);
        world.progress(item);
      },
    });
    if (signal.aborted) return;
    world.changed();
    if (staged.ok) return world.ended(item, null);
    const { because } = staged;
    log.warn({ event: 'stage-failed', component, digest, because }, 'stage-failed');
    world.ended(item, because);
  }

  return {
    begin(item) {
      const abort = new AbortController();
      const before = works.get(item.digest)?.done ?? Promise.resolve();
      const done = before.then(() => stageNow(item, abort.signal));
      const work = { abort, done };
      works.set(item.digest, work);
      inBackground(
        done.finally(() => {
          if (works.get(item.digest) === work) works.delete(item.digest);
        }),
      );
    },
    abandon: (digest) => works.get(digest)?.abort.abort(),
    bytesOf: (digest) => ({
      received: received.get(digest)?.bytes ?? 0,
      total: totals.get(digest) ?? 0,
    }),
    received: () => new Map(received),
    /** What crossed the link stays accounted (R6), for what is not wanted now may be wanted again. */
    keepDownloads(digests) {
      for (const digest of received.keys()) {
        if (received.size <= limits.receivedMax) break;
        if (!digests.includes(digest)) received.delete(digest);
      }
      inBackground(staging.downloads.keepOnly(digests));
    },
    async close() {
      for (const { abort } of works.values()) abort.abort();
      await Promise.allSettled([...works.values()].map(({ done }) => done));
    },
  };
}

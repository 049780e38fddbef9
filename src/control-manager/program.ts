/**
 * The control manager's parts put together, with no adapter in sight: its book, its loop, and what
 * people may ask of it. Absent: listeners, files, and where its settings come from.
 */

import { brand, type ServerId } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';
import { Changes } from '#people/changes.ts';
import type { CampaignReader } from '#ports/campaigns.ts';
import type { Clock } from '#ports/clock.ts';
import type { ContentSigner } from '#ports/content-signer.ts';
import type { DeliveryChanges, DeliveryStore } from '#ports/delivery-store.ts';
import type { ChangedPart } from '#protocol/console/events.ts';
import type { Feed } from '#ports/feed.ts';
import type { Notices } from '#ports/notices.ts';
import type { SocketLink } from '#ports/link.ts';
import type { Baton } from '#ports/baton.ts';
import type { Logger } from 'pino';
import { Book } from './book.ts';
import { keepHeads, type HeadsPlace } from './heads.ts';
import { openLoop } from './loop.ts';
import { answer } from './routes/answer.ts';
import type { By, Context } from './routes/context.ts';
import type { Settings } from './settings.ts';

export type ControlManagerWorld = {
  readonly store: DeliveryStore;
  readonly feed: Feed;
  /** null: an installation without an organisation, whose offers are not signed. */
  readonly signer: ContentSigner | null;
  /** Absent: an insecure loopback, which has no organisation. */
  readonly notices?: Notices | undefined;
  readonly campaigns: CampaignReader;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly log: Logger;
  /** Absent: there is no other replica. */
  readonly baton?: Baton | undefined;
  /** Where heads of the record are kept besides; absent: nowhere. */
  readonly headsPlace?: HeadsPlace | undefined;
  /** What nobody waits for went wrong: ends this process; the launcher starts it again. */
  failed(error: unknown): void;
};

/** A call with whoever asks. */
export type Asked = { readonly call: string; readonly params: unknown; readonly by: By };

export type ControlManager = {
  /** What the routes work on. */
  readonly context: Context;
  /** Tells those who look that something changed. */
  readonly changes: Changes;
  /** An agent's connection. */
  accept(link: SocketLink): void;
  /** What a person asks. */
  answer(asked: Asked): Promise<Result<unknown>>;
  /** Nothing begins any more by itself; listeners are closed after it. */
  end(): void;
  /** After `end`: what was begun is finished first. */
  close(): Promise<void>;
};

export async function openControlManager(world: ControlManagerWorld): Promise<ControlManager> {
  const { store, clock, settings } = world;
  const record = await store.load(clock.now(), brand<ServerId>(settings.name));
  const changes = new Changes();
  const committed = (of: DeliveryChanges): void => changes.changed(partsOf(of));
  const book = new Book({ record, store, settings, committed });
  const loop = openLoop({ ...world, book });
  const { headsPlace: place } = world;
  const commit = (of: DeliveryChanges) => loop.serial(() => book.commit(of));
  const site = brand<ServerId>(settings.name);
  const heads =
    place === undefined ? null : keepHeads(world, { epoch: book.epoch, commit }, { site, place });
  const { campaigns, notices = null } = world;
  const context: Context = { book, loop, clock, settings, store, campaigns, notices };
  return {
    context,
    changes,
    accept: (link) => loop.agents.accept(link),
    answer: (asked) => answer(context, asked),
    end() {
      heads?.end();
      loop.close();
    },
    async close() {
      // Where the baton cannot be had nothing is under way any more.
      await loop.serial(async () => undefined).catch(() => undefined);
      await store.close();
    },
  };
}

/** What a browser that shows it asks for again. */
function partsOf(changes: DeliveryChanges): ReadonlySet<ChangedPart> {
  const parts = new Set<ChangedPart>();
  if (changes.sites !== undefined) parts.add('sites');
  if (changes.holds !== undefined || changes.forgetHolds !== undefined) parts.add('holds');
  const { downloads, deployments, rollouts, withdrawn } = changes;
  const isContent = [downloads, deployments, rollouts, withdrawn].some((one) => one !== undefined);
  if (isContent) parts.add('content');
  const { campaigns, forgetCampaigns } = changes;
  if (campaigns !== undefined || forgetCampaigns !== undefined) parts.add('campaigns');
  if (changes.record !== undefined) parts.add('record');
  return parts;
}

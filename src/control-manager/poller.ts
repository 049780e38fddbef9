/**
 * Downloads from the feed and baton what was found into deployments. A feed with one wrong file
 * brings nothing: its `server.ini` names one state, which is taken whole or not at all.
 */

import type { Content } from '#domain/delivery/content.ts';
import { withoutRepeats } from '#domain/delivery/due.ts';
import { deploymentsAfter } from '#domain/delivery/plan.ts';
import type { RecordEntry } from '#domain/record/line.ts';
import { newDownloadRollout } from '#domain/ring/download-rollout.ts';
import type { Problem } from '#domain/problem.ts';
import { invariant } from '#domain/result.ts';
import type { Clock } from '#ports/clock.ts';
import type { StoredDownload } from '#ports/delivery-store.ts';
import type { Feed, FeedDownload } from '#ports/feed.ts';
import type { Baton } from '#ports/baton.ts';
import type { Logger } from 'pino';
import type { Book } from './book.ts';
import type { Serial } from './serial.ts';
import type { Settings } from './settings.ts';

export type PollAnswer = {
  readonly downloaded: readonly Pick<Content, 'component' | 'version'>[];
  readonly problems: readonly Problem[];
};

export type PollerOptions = {
  readonly book: Book;
  readonly feed: Feed;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly log: Logger;
  readonly serial: Serial;
  readonly reconcile: () => Promise<void>;
  /** Absent: there is no other replica. */
  readonly baton?: Pick<Baton, 'exclusively'> | undefined;
};

/** One download at a time, over all replicas; who asks meanwhile gets the same answer. */
export function openPoller(options: PollerOptions): () => Promise<PollAnswer> {
  const { baton } = options;
  let running: Promise<PollAnswer> | null = null;
  return () => {
    const polled = () => poll(options);
    running ??= (baton?.exclusively(polled) ?? polled()).finally(() => {
      running = null;
    });
    return running;
  };
}

async function poll(options: PollerOptions): Promise<PollAnswer> {
  const { book, feed, log, serial, reconcile } = options;
  const answer = await feed.download();
  if (!answer.ok) {
    log.warn({ event: 'download-refused', problems: answer.problems }, 'download-refused');
    await serial(() => recordRefusal(options, answer.problems));
    return { downloaded: [], problems: answer.problems };
  }
  const downloaded = await serial(async () => {
    const found = await record(options, answer.download);
    await reconcile();
    return found;
  });
  await feed.keepOnly(book.digests());
  return { downloaded, problems: [] };
}

/** Said once for each reason: a feed that stays wrong is refused at every poll. */
async function recordRefusal(
  { book, clock }: PollerOptions,
  problems: readonly Problem[],
): Promise<void> {
  const said = JSON.stringify(problems);
  if (book.refused === said) return;
  const detail = { problems };
  const of = { kind: 'download-refused', who: 'control-manager', server: null, detail } as const;
  await book.commit({ record: [{ at: clock.now(), ...of }] });
  book.refused = said;
}

async function record(
  { book, clock, feed, settings, log }: PollerOptions,
  { items, catalogue }: FeedDownload,
): Promise<readonly Content[]> {
  const now = clock.now();
  const before = book.newestDownload();
  const downloaded = newIn(items, before);
  const foundNew = downloaded.length > 0 || items.length !== before?.items.length;
  const isSame = before !== undefined && !foundNew && before.catalogue === catalogue;
  const download: StoredDownload = isSame
    ? before
    : { number: (before?.number ?? 0) + 1, finishedAt: now, items, catalogue };
  const activePlan = settings.plansAt(now).find((plan) => plan.name === settings.activePlan);
  invariant(activePlan !== undefined, 'the settings name a known plan');
  const { afterDownload } = settings;
  const planned = deploymentsAfter({ afterDownload, activePlan, finishedAt: now, foundNew });
  const made = withoutRepeats(planned, book.deployments(), download.number);
  if (isSame && made.length === 0) return [];
  const { number } = download;
  const contents = downloaded.map(({ component, version, digest }) => {
    return { component, version, digest };
  });
  const isInRings = activePlan.rings.length > 0 && made.some((one) => one.plan === activePlan.name);
  const rollout =
    isInRings && contents.length > 0
      ? newDownloadRollout({ download: number, plan: activePlan.name, contents }, activePlan.rings)
      : null;
  const named = downloaded.map(({ component, version }) => ({ component, version }));
  const folders = made.map(({ folder }) => folder);
  const planDetail = { plan: activePlan.name, download: number, folders };
  const entry = (kind: RecordEntry['kind'], detail: RecordEntry['detail']): RecordEntry => {
    return { at: now, kind, who: 'control-manager', server: null, detail };
  };
  await book.commit({
    ...(isSame ? {} : { downloads: [download] }),
    ...book.withDeployments(made, download.number, { now, rollout }),
    record: [
      ...(isSame
        ? []
        : [entry('content-downloaded', { download: number, from: feed.from, items: named })]),
      ...(made.length === 0 ? [] : [entry('delivery-planned', planDetail)]),
    ],
  });
  log.info({ event: 'downloaded', number, downloaded, deployments: made }, 'downloaded');
  return downloaded;
}

function newIn(items: readonly Content[], before: StoredDownload | undefined): readonly Content[] {
  const key = ({ component, version, digest, path }: Content): string =>
    JSON.stringify([component, version, digest, path]);
  const known = new Set(before?.items.map(key));
  return items.filter((item) => !known.has(key(item)));
}

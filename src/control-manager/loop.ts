/**
 * Brings about what the book wants: downloads from the feed, offers to the sites that are due,
 * nothing to those on hold. Level-triggered: it compares and acts, whatever woke it, so a restart
 * in the middle or a lost message changes nothing.
 */

import type { Instant, ServerId } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { noticeLine, type RecordEntry } from '#domain/record/line.ts';
import { rolloutsUnderWay } from '#domain/ring/download-rollout.ts';
import { nextLook } from '#domain/ring/rollout.ts';
import type { Clock } from '#ports/clock.ts';
import type { ContentSigner } from '#ports/content-signer.ts';
import type { StoredSite } from '#ports/delivery-store.ts';
import type { Feed } from '#ports/feed.ts';
import type { Notices } from '#ports/notices.ts';
import type { Baton } from '#ports/baton.ts';
import { protocolVersion, type SiteStatus } from '#protocol/control-manager/messages.ts';
import type { Logger } from 'pino';
import { Agents, type Session } from './agents.ts';
import { blankSite, type Book } from './book.ts';
import { nextCampaignLook, stepCampaigns } from './campaigns.ts';
import { stepEmergencies } from './emergencies.ts';
import { openHoldWarnings, reportedHolds, stepHolds } from './holds.ts';
import { limits } from './limits.ts';
import { openPoller, type PollAnswer } from './poller.ts';
import { stepRings } from './rings.ts';
import { openSender } from './sender.ts';
import { openSerial, type Serial, type BatonHeld } from './serial.ts';
import type { Settings } from './settings.ts';
import { openSignedContent } from './signed-content.ts';
import { openTeller } from './teller.ts';

export type Loop = {
  readonly agents: Agents;
  /** Whether its agent is connected, here or at another replica. */
  isThere(site: ServerId): boolean;
  /** Of all replicas this one alone follows the feed, and tidies up after the others. */
  isLeading(): boolean;
  /** Whatever reads the book and then commits to it runs in here. */
  readonly serial: Serial;
  poll(): Promise<PollAnswer>;
  /** Compares what is due with what was offered, and tells what changed. Only within `serial`. */
  reconcile(): Promise<void>;
  close(): void;
};

export type LoopOptions = {
  readonly book: Book;
  readonly feed: Feed;
  readonly signer: ContentSigner | null;
  /** Absent: an insecure loopback, which has no organisation. */
  readonly notices?: Notices | undefined;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly log: Logger;
  /** Absent: there is no other replica. */
  readonly baton?: Baton | undefined;
  /** What nobody waits for went wrong. */
  failed(error: unknown): void;
};

export function openLoop(options: LoopOptions): Loop {
  const { book, clock, log, settings, baton } = options;
  const serial = openSerial(baton && heardWith(book, baton));
  const cancelled = new AbortController();

  const failed = (error: unknown): void => options.failed(error);
  const agents: Agents = new Agents({
    clock,
    log,
    failed,
    arrived: (session) =>
      serial(async () => {
        const because = await welcome(options, session);
        if (agents.session(session.site) === undefined) await noteLeft(options, session.site);
        if (because === null) await reconcile(session.site);
        return because;
      }),
    reported: (session, status) =>
      serial(async () => {
        await noteStatus(options, session, status);
        await reconcile(session.site);
      }),
    // At the end all of them are: that says nothing of any site.
    left: ({ site }) =>
      serial(async () => {
        if (!cancelled.signal.aborted) await noteLeft(options, site);
      }),
  });
  const content = openSignedContent(options);
  const sender = openSender({ book, content, clock, log, sessions: () => agents.sessions() });
  const teller = openTeller(book, options.notices ?? null);
  const warnOfHolds = openHoldWarnings(book, log);
  const isLeading = (): boolean => baton?.isLeading() ?? true;
  const isThere = (site: ServerId): boolean =>
    agents.session(site) !== undefined || isElsewhere(options, site);

  /** What one site said concerns that site alone, however many there are. */
  async function reconcile(one?: ServerId): Promise<void> {
    const now = clock.now();
    if (one === undefined && isLeading()) await noteGone(options, now);
    const begun = stepHolds(book, now);
    if (begun !== null) await book.commit(begun);
    warnOfHolds(now);
    const stepped = stepRings(book, isThere, now);
    if (stepped !== null) await book.commit(stepped);
    const moved = stepCampaigns(book, now);
    if (moved !== null) await book.commit(moved);
    for (const { kind, detail } of [...(stepped?.record ?? []), ...(moved?.record ?? [])]) {
      // Nobody looks at a record all day.
      if (toldKinds.has(kind)) log.warn({ event: kind, ...detail }, kind);
    }
    const isWelcome = (site: ServerId): boolean => agents.session(site)?.welcomed === true;
    const admitted = stepEmergencies(book, isWelcome, now);
    if (admitted !== null) await book.commit(admitted);
    // A ring or wave that opened, or a hold that began, concerns others than who gave the last word.
    const isOfOne = (stepped ?? begun ?? moved ?? admitted) === null;
    const only = isOfOne ? one : undefined;
    const due = book.due(now, only);
    const sessions = only === undefined ? agents.sessions() : agents.sessionsOf(only);
    // Before any offer leaves: what a hold keeps back must not even be asked for.
    teller.tell(sessions, due.held, now);
    // Who is away is offered what is due when it returns, not what was due when it left.
    const reachable = due.offers.filter((one) => agents.session(one.site)?.welcomed);
    const sites = reachable.map(({ site, deployment }): StoredSite => {
      const { number, download, plan } = deployment;
      const offer = { fence: book.nextFence(site), deployment: number, download, plan, at: now };
      return { ...(book.site(site) ?? blankSite(site)), offer };
    });
    const record = reachable.map(
      ({ site, deployment: { number, download, plan } }): RecordEntry => {
        const detail = { deployment: number, download, plan };
        return { at: now, kind: 'content-offered', who: 'control-manager', server: site, detail };
      },
    );
    if (sites.length > 0) await book.commit({ sites, record });
    await content.update();
    sender.pump(sessions);
    const looks = [due.nextAt, nextRingLook(book), nextCampaignLook(book, now)];
    const nextAt = Math.min(...looks.map((at) => at ?? Infinity));
    if (only === undefined || nextAt < lookAt) lookAgainAt(nextAt);
  }

  function look(): void {
    serial(reconcile).catch(failed);
  }
  let cancelLook = (): void => undefined;
  let lookAt = Infinity;
  function lookAgainAt(instant: Instant): void {
    cancelLook();
    if (cancelled.signal.aborted) return;
    const wait = Math.max(0, Math.min(limits.resyncMilliseconds, instant - clock.now()));
    lookAt = clock.now() + wait;
    cancelLook = clock.after(wait, look);
  }

  const poll = openPoller({ ...options, serial, reconcile });
  let cancelPoll = (): void => undefined;
  async function pollForEver(): Promise<void> {
    if (isLeading()) await poll();
    if (cancelled.signal.aborted) return;
    cancelPoll = clock.after(settings.pollSeconds * 1_000, () => {
      pollForEver().catch(failed);
    });
  }

  const forgetNotices = options.notices?.onTaken((taken) => {
    serial(async () => {
      await book.commit({ record: [noticeLine(taken, clock.now())] });
      await reconcile();
    }).catch(failed);
  });

  baton?.watch({ others: look, failed });
  look();
  if (settings.pollSeconds > 0) pollForEver().catch(failed);

  return {
    agents,
    isThere,
    isLeading,
    serial,
    poll,
    reconcile,
    close() {
      cancelled.abort();
      forgetNotices?.();
      cancelLook();
      cancelPoll();
      sender.close();
    },
  };
}

async function welcome(
  { book, clock, settings }: LoopOptions,
  session: Session,
): Promise<Problem | null> {
  const { site, agentVersion } = session;
  const known = book.site(site);
  if (known === undefined && book.siteCount >= limits.sitesMax) {
    return problem('INFORMATION_SERVER_UNKNOWN', { site });
  }
  const now = clock.now();
  const replica = book.epoch;
  const fences = Math.max(replica, (known?.fences ?? 0) + 1);
  const row = { ...(known ?? blankSite(site)), agentVersion, lastSeen: now, replica, fences };
  await book.commit({ sites: [row] });
  const { version, components } = settings;
  const level = { version, components: [...components] };
  session.send({ type: 'welcome', protocol: protocolVersion, level });
  session.welcomed = true;
  return null;
}

async function noteStatus(
  { book, clock }: LoopOptions,
  { site }: Session,
  status: SiteStatus,
): Promise<void> {
  const {
    agentVersion,
    programVersion,
    contents,
    keptBack,
    evidence = [],
    campaigns = [],
  } = status;
  await book.commit({
    sites: [
      {
        ...(book.site(site) ?? blankSite(site)),
        agentVersion,
        lastSeen: clock.now(),
        status: {
          programVersion,
          ...reportedHolds(book, status),
          contents,
          keptBack,
          evidence,
          campaigns,
        },
      },
    ],
  });
}

const toldKinds: ReadonlySet<string> = new Set([
  'ring-inconclusive',
  'ring-failed',
  'wave-inconclusive',
  'wave-failed',
]);

/** From then on it is silent, unless another replica has its session already. */
async function noteLeft({ book, clock }: LoopOptions, site: ServerId): Promise<void> {
  const known = book.site(site);
  if (known?.replica !== book.epoch) return;
  await book.commit({ sites: [leftAt(known, clock.now())] });
}

/** Who had their sessions died with them: so do we of an earlier life. */
async function noteGone({ book, baton }: LoopOptions, now: Instant): Promise<void> {
  const isGone = ({ replica }: StoredSite): boolean =>
    replica !== undefined && replica !== book.epoch && !(baton?.isAlive(replica) ?? false);
  const gone = book.sites().filter(isGone);
  if (gone.length > 0) await book.commit({ sites: gone.map((site) => leftAt(site, now)) });
}

function leftAt({ replica: _replica, ...site }: StoredSite, now: Instant): StoredSite {
  return { ...site, lastSeen: now };
}

function isElsewhere({ book, baton }: LoopOptions, site: ServerId): boolean {
  const replica = book.site(site)?.replica;
  return replica !== undefined && replica !== book.epoch && (baton?.isAlive(replica) ?? false);
}

function heardWith(book: Book, baton: Baton): BatonHeld {
  return {
    async take() {
      for (const changes of await baton.take()) book.heard(changes);
    },
    give: () => baton.give(),
  };
}

/** Soaks, and times to decide, end by themselves. */
function nextRingLook(book: Book): Instant | null {
  const looks = rolloutsUnderWay(book.rollouts()).underWay.map(({ rings }) => nextLook(rings));
  return looks.reduce(
    (least, at) => (at !== null && (least === null || at < least) ? at : least),
    null,
  );
}

/**
 * Carries out what reconcile.ts decides: turns messages, ends of work and time into events, and
 * actions into work. Decides nothing itself; holds the state, one session and one timer.
 */

import type { Logger } from 'pino';
import type { Release } from '#domain/catalogue/release.ts';
import type { ComponentName, Digest } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import type { ToldHead } from '#domain/record/line.ts';
import type { Result } from '#domain/result.ts';
import type { Clock } from '#ports/clock.ts';
import type { SocketLink } from '#ports/link.ts';
import type { NoticeTexts } from '#ports/notices.ts';
import type {
  CareRequest,
  Hello,
  InventoryNow,
  Running,
  WantedItem,
} from '#protocol/normal-server/messages.ts';
import type { Care } from './care.ts';
import { causeOf } from './cause.ts';
import { openInventoryNews } from './inventory-news.ts';
import type { Installer, SwitchEnd } from './kind.ts';
import { limits } from './limits.ts';
import { nextDue, type HeldLease, type Item } from './progress.ts';
import { reconcile } from './reconcile.ts';
import type { Received } from './remembered.ts';
import { statusOf } from './report.ts';
import { openSession, type Session, type SessionMessage } from './session.ts';
import { stage, type StagingWorld } from './staging.ts';
import type { Action, Event, State } from './state.ts';

export type LoopWorld = {
  readonly clock: Clock;
  readonly chance: () => number;
  readonly log: Logger;
  readonly staging: StagingWorld;
  readonly received: ReadonlyMap<Digest, Received>;
  installerOf(release: Release): Result<Installer>;
  hello(): Promise<Hello>;
  inventory(): Promise<InventoryNow>;
  /** Of signatures, where those that are known here do not say enough. */
  learn(): Promise<void>;
  identity(): Promise<Running>;
  /** What is asked on somebody's behalf; null: nothing is answered. */
  readonly care: Care;
  /** Heads of the record that this server knows, and one more that a lease told it. */
  readonly heads: () => readonly ToldHead[];
  witness(head: ToldHead): void;
  /** What the tier above says that the organisation's root has said. */
  noticed(texts: NoticeTexts): Promise<void>;
  /** The tier above accepted this very process. */
  welcomed(): void;
  /** And does so no more. */
  left(): void;
  /** Why the disk did not take it; null: it did. */
  remember(state: State, received: ReadonlyMap<Digest, Received>): Promise<Problem | null>;
  /** After a switch to this release, before it is told. */
  installed(release: Release): Promise<void>;
};

/** A switch that an earlier process began. */
export type OpenSwitch = {
  readonly component: ComponentName;
  readonly release: Release | null;
  readonly digest: Digest;
  /** What is installed until it has ended. */
  readonly before: Digest | null;
  finish(proving: () => void): Promise<SwitchEnd>;
};

export type Loop = {
  readonly opened: (link: SocketLink) => void;
  /** Finishes them one after the other. */
  resume(switches: readonly OpenSwitch[]): Promise<void>;
  close(): Promise<void>;
};

type Work = { readonly abort: AbortController; readonly done: Promise<void> };

export function startLoop(world: LoopWorld, initial: State): Loop {
  const { clock, log } = world;
  let state = initial;
  let session: Session | null = null;
  let isClosed = false;
  let timer: { readonly due: number; readonly cancel: () => void } | null = null;
  let progressAt = -Infinity;
  /** In memory alone: who wakes from the image of one has it, and says it as well. */
  let turn: string | null = null;
  /** What must be on the disk before anything that depends on it is said or done. */
  let remembered: Promise<Problem | null> = Promise.resolve(null);
  let isForgetful = false;
  const received = new Map(world.received);
  const totals = new Map<Digest, number>();
  const works = new Map<Digest, Work>();

  const inventoryNews = openInventoryNews({
    clock,
    look: () => world.inventory(),
    learn: () => world.learn(),
    say: (message) => session?.send(message),
    begin: inBackground,
  });

  function happen(event: Event): void {
    if (isClosed) return;
    const moment = { now: clock.monotonic(), chance: world.chance() };
    const step = reconcile(state, event, moment);
    state = step.state;
    for (const action of step.actions) act(action);
    schedule();
  }

  function schedule(): void {
    const now = clock.monotonic();
    const due = nextDue(state.items, state.fetchFrom, now);
    if (due === timer?.due) return;
    timer?.cancel();
    timer = null;
    if (due === null) return;
    // Timers may fire a little early; a tick too soon would only set the next one.
    const cancel = clock.after(Math.ceil(due - now) + 1, () => {
      timer = null;
      happen({ type: 'tick' });
    });
    timer = { due, cancel };
  }

  function act(action: Action): void {
    switch (action.do) {
      case 'report':
        return report(action.item);
      case 'stage':
        return stageLater(action.item);
      case 'abandon':
        return works.get(action.item.digest)?.abort.abort();
      case 'remember':
        return remember();
      case 'keep-downloads':
        return keepDownloads(action.digests);
      case 'log':
        log.warn({ event: action.because.code, because: action.because }, action.because.code);
        return;
      case 'ask':
        return ask(action.item, action.request);
      case 'prepare':
        return inBackground(prepare(action.item));
      case 'confirm':
        return afterRemembering(action.item, () => {
          session?.send({ type: 'lease-confirm', lease: action.lease });
        });
      case 'switch':
        return inBackground(switchTo(action.item, action.lease));
    }
  }

  /** A rejection is a bug of ours; it ends the process, and the launcher starts it again. */
  function inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => {
      clock.after(0, () => {
        throw error;
      });
    });
  }

  function remember(): void {
    remembered = rememberAfter(remembered, { snapshot: state, bytes: new Map(received) });
  }

  async function rememberAfter(
    earlier: Promise<Problem | null>,
    { snapshot, bytes }: { readonly snapshot: State; readonly bytes: Map<Digest, Received> },
  ): Promise<Problem | null> {
    await earlier;
    const because = await world.remember(snapshot, bytes);
    isForgetful = because !== null;
    return because;
  }

  /** What the disk refused is tried again; until it stands there, nothing that depends on it is said. */
  function afterRemembering({ component, digest }: WantedItem, then: () => void): void {
    if (isForgetful) remember();
    inBackground(
      remembered.then((because) => {
        if (because === null) return then();
        const cause = causeOf(because);
        happen({ type: 'not-remembered', component, digest, because, cause });
      }),
    );
  }

  function report(item: Item): void {
    const { digest } = item.wanted;
    const bytes = { received: received.get(digest)?.bytes ?? 0, total: totals.get(digest) ?? 0 };
    const status = statusOf(item, bytes);
    if (status === null) return;
    const { component, state: reached, cause, detail } = status;
    if (reached !== 'downloading') {
      log.info({ event: 'status', component, digest, state: reached, cause, detail }, 'status');
    }
    session?.send(status);
  }

  function ask(item: WantedItem, request: number): void {
    const { component, digest } = item;
    afterRemembering(item, () => {
      session?.send({ type: 'lease-request', request, component, digest });
    });
  }

  /** What crossed the link stays accounted (R6), for what is not wanted now may be wanted again. */
  function keepDownloads(digests: readonly Digest[]): void {
    for (const digest of received.keys()) {
      if (received.size <= limits.receivedMax) break;
      if (!digests.includes(digest)) received.delete(digest);
    }
    inBackground(world.staging.downloads.keepOnly(digests));
  }

  function stageLater(item: WantedItem): void {
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
  }

  async function stageNow(item: WantedItem, signal: AbortSignal): Promise<void> {
    const { component, digest } = item;
    const staged = await stage(world.staging, {
      item,
      signal,
      received: received.get(digest) ?? { bytes: 0, partBytes: 0 },
      progress: (bytes, total) => progress(item, bytes, total),
    });
    if (signal.aborted) return;
    remember();
    if (staged.ok) return happen({ type: 'staged', component, digest });
    const { because } = staged;
    log.warn({ event: 'stage-failed', component, digest, because }, 'stage-failed');
    happen({ type: 'stage-failed', component, digest, because, cause: causeOf(because) });
  }

  function progress({ component, digest }: WantedItem, bytes: Received, total: number): void {
    received.set(digest, bytes);
    totals.set(digest, total);
    const now = clock.monotonic();
    if (now < progressAt + limits.progressMillisecondsMin) return;
    progressAt = now;
    const item = state.items.find(
      ({ wanted }) => wanted.component === component && wanted.digest === digest,
    );
    if (item?.progress.state === 'downloading') report(item);
  }

  async function prepare(item: WantedItem): Promise<void> {
    const { component, digest } = item;
    const found = await installerFor(item);
    // A release may have been withdrawn since it was staged; staging it again says why.
    const intact =
      found !== null &&
      (await found.installer.isIntact(found.release)) &&
      (await world.staging.against(found.release)) === null;
    happen({ type: 'prepared', component, digest, intact });
  }

  async function installerFor(
    item: WantedItem,
  ): Promise<{ readonly installer: Installer; readonly release: Release } | null> {
    const release = await world.staging.find(item);
    const installer = release === null ? null : world.installerOf(release);
    return release !== null && installer?.ok === true
      ? { installer: installer.value, release }
      : null;
  }

  async function switchTo(item: WantedItem, held: HeldLease | null): Promise<void> {
    const { component, digest } = item;
    const found = await installerFor(item);
    if (found === null) {
      const because = problem('PACKAGE_ABSENT', { digest });
      return happen({ type: 'switch-failed', component, digest, because, cause: 'disk' });
    }
    const lease = held === null ? null : { id: held.id, until: wallTime(held.until) };
    const { installer, release } = found;
    await remembered;
    const end = await installer.switchTo(release, lease, () =>
      happen({ type: 'proving', component, digest }),
    );
    await ended({ component, digest, release }, end);
  }

  function wallTime(monotonic: number): number {
    return Math.round(clock.now() + monotonic - clock.monotonic());
  }

  async function ended(
    of: Pick<OpenSwitch, 'component' | 'digest' | 'release'>,
    end: SwitchEnd,
  ): Promise<void> {
    const { component, digest, release } = of;
    switch (end.end) {
      case 'installed':
        if (release !== null) await world.installed(release);
        return happen({ type: 'installed', component, digest });
      case 'returned': {
        const { cause, detail, isNoneLeft = false } = end;
        happen({ type: 'returned', component, digest, cause, detail, isNoneLeft });
        if (isNoneLeft) session?.greetAnew();
        return;
      }
      case 'failed': {
        const { because } = end;
        const cause = causeOf(because);
        return happen({ type: 'switch-failed', component, digest, because, cause });
      }
    }
  }

  function heard(message: SessionMessage): void {
    switch (message.type) {
      case 'lease':
        if (message.head !== undefined) world.witness(message.head);
        return happen(message);
      case 'wanted':
      case 'refused':
      case 'confirmed':
        return happen(message);
      case 'identify':
        return inBackground(identify(message.nonce));
      case 'inventory-request':
        return inventoryNews.asked();
      case 'doctor-request':
      case 'log-request':
        return inBackground(answerCare(message));
      case 'notices':
        return inBackground(world.noticed(message.texts));
    }
  }

  async function identify(nonce: string): Promise<void> {
    const running = await world.identity();
    session?.send({ type: 'identity', nonce, running, heads: [...world.heads()] });
  }

  async function answerCare(asked: CareRequest): Promise<void> {
    const answer = await world.care(asked);
    if (answer !== null) session?.send(answer);
  }

  return {
    opened(link) {
      const mine: Session = openSession(link, {
        clock,
        log,
        hello: async () => {
          const hello = await world.hello();
          inventoryNews.greeted(hello);
          return { ...hello, turn };
        },
        welcomed: ({ hearsInventory = false, turn: given = null }) => {
          session = mine;
          turn = given;
          world.welcomed();
          if (hearsInventory) inventoryNews.sessionOpen();
          happen({ type: 'session-open' });
        },
        received: heard,
        closed: () => {
          if (session !== mine) return;
          session = null;
          world.left();
          inventoryNews.sessionClosed();
          happen({ type: 'session-closed' });
        },
      });
    },
    async resume(switches) {
      for (const { component, digest, before, release, finish } of switches) {
        happen({ type: 'underway', component, digest, before });
        const end = await finish(() => happen({ type: 'proving', component, digest }));
        await ended({ component, digest, release }, end);
      }
    },
    async close() {
      isClosed = true;
      timer?.cancel();
      inventoryNews.sessionClosed();
      for (const { abort } of works.values()) abort.abort();
      await Promise.allSettled([...works.values()].map(({ done }) => done));
      remember();
      await remembered;
    },
  };
}

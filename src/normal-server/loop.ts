/**
 * Carries out what reconcile.ts decides: turns messages, ends of work and time into events, and
 * actions into work. Decides nothing itself; holds the state, and wires what works to it.
 */

import type { Logger } from 'pino';
import type { Release } from '#domain/catalogue/release.ts';
import type { Digest } from '#domain/names.ts';
import type { Problem } from '#domain/problem.ts';
import type { Result } from '#domain/result.ts';
import type { Clock } from '#ports/clock.ts';
import type { SocketLink } from '#ports/link.ts';
import type { FromNormalServer, WantedItem } from '#protocol/normal-server/messages.ts';
import { openAlarm } from './alarm.ts';
import { causeOf } from './cause.ts';
import { openConversation, type Listening } from './conversation.ts';
import type { Installer } from './kind.ts';
import { limits } from './limits.ts';
import { nextDue, type Item } from './progress.ts';
import { reconcile } from './reconcile.ts';
import type { Received } from './remembered.ts';
import { openRemembering } from './remembering.ts';
import { statusOf } from './report.ts';
import type { StagingWorld } from './staging.ts';
import { openStagings, type Stagings } from './stagings.ts';
import { itemOf, type Action, type Event, type State } from './state.ts';
import { openSwitching, type OpenSwitch } from './switching.ts';

export type LoopWorld = Listening & {
  readonly clock: Clock;
  readonly chance: () => number;
  readonly log: Logger;
  readonly staging: StagingWorld;
  readonly received: ReadonlyMap<Digest, Received>;
  installerOf(release: Release): Result<Installer>;
  /** Why the disk did not take it; null: it did. */
  remember(state: State, received: ReadonlyMap<Digest, Received>): Promise<Problem | null>;
  /** After a switch to this release, before it is told. */
  installed(release: Release): Promise<void>;
};

export type Loop = {
  readonly opened: (link: SocketLink) => void;
  /** So long at most the next connection is waited for, as the last welcome said. */
  spreadMilliseconds(): number;
  /** Finishes them one after the other. */
  resume(switches: readonly OpenSwitch[]): Promise<void>;
  close(): Promise<void>;
};

export function startLoop(world: LoopWorld, initial: State): Loop {
  const { clock, log } = world;
  let state = initial;
  let isClosed = false;
  let progressAt = -Infinity;

  const alarm = openAlarm(clock, () => happen({ type: 'tick' }));
  const remembering = openRemembering(
    () => ({ snapshot: state, received: stagings.received() }),
    ({ snapshot, received }) => world.remember(snapshot, received),
  );
  const stagings: Stagings = openStagings({
    ...world,
    changed: remembering.save,
    progress,
    ended({ component, digest }, because) {
      if (because === null) return happen({ type: 'staged', component, digest });
      happen({ type: 'stage-failed', component, digest, because, cause: causeOf(because) });
    },
    inBackground,
  });
  const conversation = openConversation(world, { happen, inBackground });
  const switching = openSwitching({
    ...world,
    remembered: remembering.settled,
    happen,
    isWanted: (item) => state.obeyed && itemOf(state, item) !== undefined,
    greetAnew: conversation.greetAnew,
  });

  function happen(event: Event): void {
    if (isClosed) return;
    const moment = { now: clock.monotonic(), chance: world.chance() };
    const step = reconcile(state, event, moment);
    state = step.state;
    for (const action of step.actions) act(action);
    alarm.set(nextDue(state.items, state.fetchFrom, clock.monotonic()));
  }

  function act(action: Action): void {
    switch (action.do) {
      case 'report':
        return report(action.item);
      case 'stage':
        return stagings.begin(action.item);
      case 'abandon':
        return stagings.abandon(action.item.digest);
      case 'remember':
        return remembering.save();
      case 'keep-downloads':
        return stagings.keepDownloads(action.digests);
      case 'log':
        log.warn({ event: action.because.code, because: action.because }, action.because.code);
        return;
      case 'ask': {
        const { item, request } = action;
        const { component, digest } = item;
        return sayRemembered(item, { type: 'lease-request', request, component, digest });
      }
      case 'prepare':
        return inBackground(switching.prepare(action.item));
      case 'confirm':
        return sayRemembered(action.item, { type: 'lease-confirm', lease: action.lease });
      case 'switch':
        return inBackground(switching.switchTo(action.item, action.lease));
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

  /** As soon as what it depends on is on the disk. */
  function sayRemembered({ component, digest }: WantedItem, message: FromNormalServer): void {
    inBackground(
      remembering.needed().then((because) => {
        if (because === null) return conversation.say(message);
        const cause = causeOf(because);
        happen({ type: 'not-remembered', component, digest, because, cause });
      }),
    );
  }

  function report(item: Item): void {
    const { digest } = item.wanted;
    const status = statusOf(item, stagings.bytesOf(digest));
    if (status === null) return;
    const { component, state: reached, cause, detail } = status;
    if (reached !== 'downloading') {
      log.info({ event: 'status', component, digest, state: reached, cause, detail }, 'status');
    }
    conversation.say(status);
  }

  function progress({ component, digest }: WantedItem): void {
    const now = clock.monotonic();
    if (now < progressAt + limits.progressMillisecondsMin) return;
    progressAt = now;
    const item = state.items.find(
      ({ wanted }) => wanted.component === component && wanted.digest === digest,
    );
    if (item?.progress.state === 'downloading') report(item);
  }

  return {
    opened: conversation.opened,
    spreadMilliseconds: () => conversation.spreadMilliseconds(),
    resume: switching.resume,
    async close() {
      isClosed = true;
      alarm.cancel();
      conversation.close();
      await stagings.close();
      remembering.save();
      await remembering.settled();
    },
  };
}

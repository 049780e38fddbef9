/**
 * The agent's parts put together, with no adapter in sight: the relay between its two links, the
 * files that it takes, and what it tells its launcher. Absent: addresses, tokens, files.
 */

import type { Digest } from '#domain/names.ts';
import type { Clock } from '#ports/clock.ts';
import type { Inbox } from '#ports/inbox.ts';
import type { LauncherLink } from '#ports/launcher.ts';
import type { SocketLink } from '#ports/link.ts';
import type { Logger } from 'pino';
import { Relay, type RelayOptions } from './relay.ts';
import { Takes } from './takes.ts';

type Closable = { close(): void };

/** Keeps one connection alive for ever; `isWanted` is asked before each attempt. */
type Dial = (link: {
  isWanted(): boolean;
  readonly opened: (link: SocketLink) => void;
}) => Closable;

export type AgentWorld = Pick<RelayOptions, 'own' | 'reportMinutes'> & {
  readonly clock: Clock;
  readonly log: Logger;
  readonly launcher: LauncherLink | null;
  /** The inbox of that folder. */
  readonly inboxAt: (folder: string) => Inbox;
  /** Where it stands until the information server has said so. */
  readonly inboxFolder: string;
  readonly dial: { readonly informationServer: Dial; readonly controlManager: Dial };
};

export function openAgent(world: AgentWorld): Closable {
  const { clock, log, launcher, dial, own, reportMinutes } = world;
  const inbox = openMovableInbox(world.inboxFolder, world.inboxAt);
  const takes: Takes = new Takes({ clock, inbox, report: (report) => relay.report(report) });
  /** Files of the offer before may still be on their way into the share: they go one offer later. */
  let offeredBefore: readonly Digest[] = [];
  const relay: Relay = new Relay({
    clock,
    log,
    own,
    reportMinutes,
    take: (order) => takes.take(order),
    informationServerReady(folder) {
      inbox.move(folder);
      takes.forgetReports();
      launcher?.proven();
    },
    controlManagerReady: () => takes.tryAgain(),
    offered(digests) {
      void inbox.keepOnly(new Set([...digests, ...offeredBefore, ...takes.digests()]));
      offeredBefore = digests;
    },
  });
  launcher?.healthy();
  const below = dial.informationServer({
    isWanted: () => true,
    opened: (link) => relay.informationServer(link),
  });
  const above = dial.controlManager({
    // Who we are is said by the information server; before that there is nothing to say above.
    isWanted: () => relay.site() !== null,
    opened: (link) => relay.controlManager(link),
  });
  return {
    close() {
      below.close();
      above.close();
      relay.close();
      takes.close();
    },
  };
}

/** The inbox whose place the information server names with each welcome. */
function openMovableInbox(
  first: string,
  at: (folder: string) => Inbox,
): Inbox & { move(folder: string): void } {
  let inbox = at(first);
  return {
    fetch: (item, signal) => inbox.fetch(item, signal),
    keepOnly: (digests) => inbox.keepOnly(digests),
    move(folder) {
      inbox = at(folder);
    },
  };
}

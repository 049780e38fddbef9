/**
 * Stands between a control manager and an information server: passes offers, holds and the level
 * down, the site's status up, and fetches what the information server asks for.
 *
 * It decides nothing. What either side said last is kept in memory and said again when the other
 * returns, so no order of restarts loses anything. Nothing here outlives the process.
 */

import type { Digest, ServerId } from '#domain/names.ts';
import type { Clock } from '#ports/clock.ts';
import type { SocketLink } from '#ports/link.ts';
import {
  informationServerToAgent,
  protocolVersion,
  toAgent,
  type AgentToInformationServer,
  type ControlManagerLevel,
  type FromAgent,
  type InformationServerToAgent,
  type Offer,
  type SiteStatus,
  type ToAgent,
  type WireHold,
} from '#protocol/control-manager/messages.ts';
import type { Logger } from 'pino';
import type { z } from 'zod';
import type { Report } from './takes.ts';

export type RelayOptions = {
  readonly clock: Clock;
  readonly log: Logger;
  readonly own: { readonly version: string; readonly digest: Digest; readonly pid: number };
  readonly reportMinutes: number;
  /** Told to take these, into that folder. */
  take(order: Extract<InformationServerToAgent, { type: 'take' }>): void;
  informationServerReady(inbox: string): void;
  controlManagerReady(): void;
  /** Digests of the offer that stands; files of others may go. */
  offered(digests: readonly Digest[]): void;
};

export type Relay = {
  informationServer(link: SocketLink): void;
  controlManager(link: SocketLink): void;
  report(report: Report): void;
  /** null: the information server has not said yet which site this is. */
  site(): ServerId | null;
  close(): void;
};

/** What was said last, from above and from below. */
type Said = {
  site: ServerId | null;
  level: ControlManagerLevel | null;
  holds: WireHold[] | null;
  offer: Offer | null;
  status: SiteStatus | null;
};

export function openRelay(options: RelayOptions): Relay {
  const { clock, log, own } = options;
  const said: Said = { site: null, level: null, holds: null, offer: null, status: null };
  let above: SocketLink | null = null;
  let below: SocketLink | null = null;
  /** Until the welcome of that very connection nothing else is said on it. */
  let welcomedBelow = false;
  let cancelHeartbeat = (): void => undefined;

  const sayAbove = (message: FromAgent): void => above?.send(message);
  const sayBelow = (message: AgentToInformationServer): void => {
    if (welcomedBelow) below?.send(message);
  };

  function heartbeat(): void {
    cancelHeartbeat();
    if (said.status !== null) sayAbove(said.status);
    cancelHeartbeat = clock.after(options.reportMinutes * 60_000, heartbeat);
  }

  function fromBelow(message: InformationServerToAgent, link: SocketLink): void {
    switch (message.type) {
      case 'welcome':
        welcomedBelow = true;
        said.site = message.site;
        options.informationServerReady(message.inbox);
        // Holds before the offer: what they keep back must not even be asked for.
        sayBelow({ type: 'level', level: said.level });
        if (said.holds !== null) sayBelow({ type: 'holds', holds: said.holds });
        if (said.offer !== null) sayBelow(said.offer);
        break;
      case 'take':
        options.take(message);
        break;
      case 'site':
        said.status = message;
        heartbeat();
        break;
      case 'bye':
        sayBye(link, message.because.code);
        break;
    }
  }

  function fromAbove(message: ToAgent, link: SocketLink): void {
    switch (message.type) {
      case 'welcome':
        said.level = message.level;
        sayBelow({ type: 'level', level: said.level });
        heartbeat();
        options.controlManagerReady();
        break;
      case 'holds':
        said.holds = message.holds;
        sayBelow(message);
        break;
      case 'offer':
        said.offer = message;
        options.offered(message.items.map((item) => item.digest));
        sayBelow(message);
        break;
      case 'bye':
        sayBye(link, message.because.code);
        break;
    }
  }

  function sayBye(link: SocketLink, code: string): void {
    log.warn({ event: 'bye', remote: link.remote, code }, 'bye');
    link.close();
  }

  return {
    informationServer(link) {
      below = link;
      welcomedBelow = false;
      const { version: agentVersion, digest: agentDigest, pid } = own;
      link.send({ type: 'hello', protocol: protocolVersion, agentVersion, agentDigest, pid });
      read({ link, schema: informationServerToAgent, log }, (message) => {
        if (below === link) fromBelow(message, link);
      });
      link.onClose(() => {
        if (below === link) below = null;
      });
    },
    controlManager(link) {
      above = link;
      if (said.site === null) return link.close();
      const { version: agentVersion } = own;
      sayAbove({ type: 'hello', protocol: protocolVersion, site: said.site, agentVersion });
      read({ link, schema: toAgent, log }, (message) => {
        if (above === link) fromAbove(message, link);
      });
      link.onClose(() => {
        if (above !== link) return;
        above = null;
        said.level = null;
        cancelHeartbeat();
        sayBelow({ type: 'level', level: null });
      });
    },
    report({ fence, digest, because }) {
      if (because === null) sayBelow({ type: 'delivered', fence, digest });
      else sayBelow({ type: 'failed', fence, digest, because });
    },
    site: () => said.site,
    close: () => cancelHeartbeat(),
  };
}

/** A message that cannot be read ends this connection; the dialler opens the next. */
function read<Schema extends z.ZodType>(
  { link, schema, log }: { link: SocketLink; schema: Schema; log: Logger },
  act: (message: z.infer<Schema>) => void,
): void {
  let ended = false;
  link.onMessage((input) => {
    if (ended) return;
    const parsed = schema.safeParse(input);
    if (parsed.success) return act(parsed.data);
    ended = true;
    const detail = parsed.error.issues[0]?.message;
    log.warn({ event: 'MESSAGE_UNREADABLE', remote: link.remote, detail }, 'message-unreadable');
    link.close();
  });
}

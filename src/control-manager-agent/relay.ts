/**
 * Stands between a control manager and an information server: passes offers, holds and the level
 * down, the site's status up, and fetches what the information server asks for.
 *
 * It decides nothing. What either side said last is kept in memory and said again when the other
 * returns, so no order of restarts loses anything. Nothing here outlives the process.
 */

import type { Digest, ServerId } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import type { Clock } from '#ports/clock.ts';
import type { SocketLink } from '#ports/link.ts';
import {
  informationServerToAgent,
  protocolVersion,
  toAgent,
  type AgentToInformationServer,
  type CampaignsMessage,
  type ControlManagerLevel,
  type FromAgent,
  type Holds,
  type InformationServerToAgent,
  type Offer,
  type SiteStatus,
  type ToAgent,
} from '#protocol/control-manager/messages.ts';
import type { NoticesMessage } from '#protocol/shared/notices.ts';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { detailOf } from '#protocol/shared/mistake.ts';
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

/** What was said last, from above and from below. */
type Said = {
  site: ServerId | null;
  level: ControlManagerLevel | null;
  holds: Holds | null;
  offer: Offer | null;
  status: SiteStatus | null;
  notices: NoticesMessage | null;
  campaigns: CampaignsMessage | null;
};

export class Relay {
  readonly #options: RelayOptions;
  readonly #said: Said = {
    site: null,
    level: null,
    holds: null,
    offer: null,
    status: null,
    notices: null,
    campaigns: null,
  };
  #above: SocketLink | null = null;
  #below: SocketLink | null = null;
  /** Until the welcome of that very connection nothing else is said on it. */
  #isWelcomeBelow = false;
  /** Versions before end the session at such a message. */
  #areNoticesHeardBelow = false;
  #areCampaignsHeardBelow = false;
  #cancelHeartbeat = (): void => undefined;

  constructor(options: RelayOptions) {
    this.#options = options;
  }

  /** null: the information server has not said yet which site this is. */
  site(): ServerId | null {
    return this.#said.site;
  }

  /** A connection to the information server is open. */
  informationServer(link: SocketLink): void {
    this.#below = link;
    this.#isWelcomeBelow = false;
    const { version: agentVersion, digest: agentDigest, pid } = this.#options.own;
    link.send({ type: 'hello', protocol: protocolVersion, agentVersion, agentDigest, pid });
    const { log } = this.#options;
    read({ link, schema: informationServerToAgent, log }, (message) => {
      if (this.#below === link) this.#fromBelow(message);
    });
    link.onClose(() => {
      if (this.#below === link) this.#below = null;
    });
  }

  /** A connection to the control manager is open. */
  controlManager(link: SocketLink): void {
    const { own, log } = this.#options;
    const { site } = this.#said;
    if (site === null) return link.close();
    this.#above = link;
    const { version: agentVersion } = own;
    const hears = { hearsNotices: true, hearsCampaigns: true } as const;
    this.#sayAbove({ type: 'hello', protocol: protocolVersion, site, agentVersion, ...hears });
    read({ link, schema: toAgent, log }, (message) => {
      if (this.#above === link) this.#fromAbove(message);
    });
    link.onClose(() => {
      if (this.#above !== link) return;
      this.#above = null;
      this.#said.level = null;
      this.#cancelHeartbeat();
      this.#sayBelow({ type: 'level', level: null });
    });
  }

  report({ fence, digest, because }: Report): void {
    if (because === null) this.#sayBelow({ type: 'delivered', fence, digest });
    else this.#sayBelow({ type: 'failed', fence, digest, because });
  }

  close(): void {
    this.#cancelHeartbeat();
  }

  #sayAbove(message: FromAgent): void {
    this.#above?.send(message);
  }

  #sayBelow(message: AgentToInformationServer): void {
    if (this.#isWelcomeBelow) this.#below?.send(message);
  }

  #sayNotices(): void {
    const { notices } = this.#said;
    if (notices !== null && this.#areNoticesHeardBelow) this.#sayBelow(notices);
  }

  #sayCampaigns(): void {
    const { campaigns } = this.#said;
    if (campaigns !== null && this.#areCampaignsHeardBelow) this.#sayBelow(campaigns);
  }

  #heartbeat(): void {
    const { clock, reportMinutes } = this.#options;
    this.#cancelHeartbeat();
    if (this.#above === null || this.#said.status === null) return;
    this.#sayAbove(this.#said.status);
    this.#cancelHeartbeat = clock.after(reportMinutes * 60_000, () => this.#heartbeat());
  }

  #fromBelow(message: InformationServerToAgent): void {
    switch (message.type) {
      case 'welcome':
        if (!this.#isSpokenHere(this.#below, message.protocol)) break;
        this.#isWelcomeBelow = true;
        this.#areNoticesHeardBelow = message.hearsNotices === true;
        this.#areCampaignsHeardBelow = message.hearsCampaigns === true;
        this.#said.site = message.site;
        this.#options.informationServerReady(message.inbox);
        this.#sayAllBelow();
        break;
      case 'take':
        this.#options.take(message);
        break;
      case 'site':
        this.#said.status = message;
        this.#heartbeat();
        break;
      case 'bye':
        this.#hearBye(this.#below, message.because);
        break;
    }
  }

  /** Holds before the offer: what they keep back must not even be asked for. */
  #sayAllBelow(): void {
    const { level, holds, offer } = this.#said;
    this.#sayBelow({ type: 'level', level });
    this.#sayNotices();
    this.#sayCampaigns();
    if (holds !== null) this.#sayBelow(holds);
    if (offer !== null) this.#sayBelow(offer);
  }

  #fromAbove(message: ToAgent): void {
    switch (message.type) {
      case 'welcome':
        if (!this.#isSpokenHere(this.#above, message.protocol)) break;
        this.#said.level = message.level;
        this.#sayBelow({ type: 'level', level: message.level });
        this.#heartbeat();
        this.#options.controlManagerReady();
        break;
      case 'holds':
        this.#said.holds = message;
        this.#sayBelow(message);
        break;
      case 'notices':
        this.#said.notices = message;
        this.#sayNotices();
        break;
      case 'campaigns':
        this.#said.campaigns = message;
        this.#sayCampaigns();
        break;
      case 'offer':
        this.#said.offer = message;
        this.#options.offered(message.items.map((item) => item.digest));
        this.#sayBelow(message);
        break;
      case 'bye':
        this.#hearBye(this.#above, message.because);
        break;
    }
  }

  /** What follows a welcome in another protocol might mean something else: nothing is read of it. */
  #isSpokenHere(link: SocketLink | null, version: number): boolean {
    if (version === protocolVersion) return true;
    const because = problem('PROTOCOL_UNKNOWN', { version, known: protocolVersion });
    this.#options.log.warn({ event: 'session-ended', remote: link?.remote, because }, 'refused');
    link?.close();
    return false;
  }

  #hearBye(link: SocketLink | null, because: Problem): void {
    this.#options.log.warn({ event: 'bye', remote: link?.remote, because }, 'bye');
    link?.close();
  }
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
    const detail = detailOf(parsed.error);
    log.warn({ event: 'MESSAGE_UNREADABLE', remote: link.remote, detail }, 'message-unreadable');
    link.close();
  });
}

/**
 * The waiting connections of the sites' agents: who is there, and what each was told.
 *
 * A message that cannot be read ends its session, no other. Of two sessions of one site the newer
 * counts. Absent here: what is to be offered, and when (`loop.ts`).
 */

import type { Fence, Instant, ServerId } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { identityText } from '#domain/trust/identity.ts';
import type { Clock } from '#ports/clock.ts';
import type { SocketLink } from '#ports/link.ts';
import {
  fromAgent,
  protocolVersion,
  type FromAgent,
  type SiteStatus,
  type ToAgent,
} from '#protocol/control-manager/messages.ts';
import type { Logger } from 'pino';
import { detailOf } from '#protocol/shared/mistake.ts';
import { limits } from './limits.ts';

export type Session = {
  readonly site: ServerId;
  readonly agentVersion: string;
  readonly hearsNotices: boolean;
  readonly hearsCampaigns: boolean;
  send(message: ToAgent): void;
  /** The offer that went over this very connection last, and until when its signatures are fresh. */
  sent: { readonly fence: Fence; readonly renewAt: Instant } | null;
  /** Nothing goes before the welcome. */
  welcomed: boolean;
};

export type AgentsOptions = {
  readonly clock: Clock;
  readonly log: Logger;
  /** What nobody waits for went wrong. */
  failed(error: unknown): void;
  /** Welcomes it; a problem is told to the agent instead, and ends the session. */
  arrived(session: Session): Promise<Problem | null>;
  reported(session: Session, status: SiteStatus): Promise<void>;
  /** Its connection is gone, and no other of its site took its place. */
  left(session: Session): Promise<void>;
};

type Hello = Extract<FromAgent, { type: 'hello' }>;

/** One connection: nobody until its hello, and nobody again once it was refused. */
type Connection = { readonly link: SocketLink; session: Session | null; refused: boolean };

export class Agents {
  readonly #options: AgentsOptions;
  readonly #connections = new Map<ServerId, Connection>();

  constructor(options: AgentsOptions) {
    this.#options = options;
  }

  session(site: ServerId): Session | undefined {
    return this.#connections.get(site)?.session ?? undefined;
  }

  /** That of one site, once it was welcomed. */
  sessionsOf(site: ServerId): readonly Session[] {
    const session = this.session(site);
    return session?.welcomed === true ? [session] : [];
  }

  /** Those that were welcomed. */
  sessions(): readonly Session[] {
    return [...this.#connections.values()].flatMap(({ session }) =>
      session?.welcomed ? [session] : [],
    );
  }

  accept(link: SocketLink): void {
    const connection: Connection = { link, session: null, refused: false };
    const cancel = this.#options.clock.after(limits.helloMilliseconds, () => {
      if (connection.session === null) link.close();
    });
    link.onMessage((input) => {
      // What a peer says after its 'bye' is not read: it may be without end.
      if (!connection.refused) this.#hear(connection, input);
    });
    link.onClose(() => {
      cancel();
      this.#leave(connection);
    });
  }

  #hear(connection: Connection, input: unknown): void {
    const parsed = fromAgent.safeParse(input);
    if (!parsed.success) {
      return this.#refuse(connection, unreadable(detailOf(parsed.error)));
    }
    const message = parsed.data;
    const { session } = connection;
    if (session === null) {
      if (message.type === 'hello') return this.#begin(connection, message);
      return this.#refuse(connection, unreadable('a hello first'));
    }
    if (message.type === 'hello') return this.#refuse(connection, unreadable('one hello only'));
    if (message.site !== session.site) {
      return this.#refuse(connection, unreadable('site: not that of the hello'));
    }
    const { reported, failed } = this.#options;
    reported(session, message).catch(failed);
    return undefined;
  }

  #begin(connection: Connection, { protocol, site, agentVersion, ...hello }: Hello): void {
    if (protocol !== protocolVersion) {
      const values = { version: String(protocol), known: String(protocolVersion) };
      this.#refuse(connection, problem('PROTOCOL_UNKNOWN', values));
      return;
    }
    const { link } = connection;
    const proved = link.peer?.identity;
    if (proved !== undefined && proved.site !== site) {
      this.#refuse(
        connection,
        problem('SENDER_OTHER', { said: site, proved: identityText(proved) }),
      );
      return;
    }
    const say = (message: ToAgent): void => link.send(message);
    const session: Session = {
      site,
      agentVersion,
      hearsNotices: hello.hearsNotices === true,
      hearsCampaigns: hello.hearsCampaigns === true,
      send: say,
      sent: null,
      welcomed: false,
    };
    connection.session = session;
    const earlier = this.#connections.get(site);
    this.#connections.set(site, connection);
    earlier?.link.close();
    this.#options.log.info({ event: 'session-open', site, agentVersion }, 'session-open');
    const { arrived, failed } = this.#options;
    arrived(session)
      .then((because) => {
        if (because !== null) this.#refuse(connection, because);
      })
      .catch(failed);
  }

  #refuse(connection: Connection, because: Problem): void {
    const { link } = connection;
    connection.refused = true;
    this.#options.log.warn({ event: 'session-refused', remote: link.remote, because }, 'refused');
    const bye: ToAgent = { type: 'bye', because };
    link.send(bye);
    link.close();
  }

  #leave(connection: Connection): void {
    const { session } = connection;
    if (session === null || this.#connections.get(session.site) !== connection) return;
    this.#connections.delete(session.site);
    this.#options.log.info({ event: 'session-closed', site: session.site }, 'session-closed');
    if (session.welcomed) this.#options.left(session).catch(this.#options.failed);
  }
}

function unreadable(detail: string): Problem {
  return problem('MESSAGE_UNREADABLE', { detail });
}

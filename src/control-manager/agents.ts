/**
 * The waiting connections of the sites' agents: who is there, and what each was told.
 *
 * A message that cannot be read ends its session, no other. Of two sessions of one site the newer
 * counts. Absent here: what is to be offered, and when (`loop.ts`).
 */

import type { Fence, ServerId } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
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
import { limits } from './limits.ts';

export type Session = {
  readonly site: ServerId;
  readonly agentVersion: string;
  send(message: ToAgent): void;
  /** The offer that went over this very connection last. */
  sent: Fence | null;
  /** Nothing goes before the welcome. */
  welcomed: boolean;
};

export type Agents = {
  accept(link: SocketLink): void;
  session(site: ServerId): Session | undefined;
  /** Those that were welcomed. */
  readonly sessions: () => readonly Session[];
};

export type AgentsOptions = {
  readonly clock: Clock;
  readonly log: Logger;
  /** Welcomes it; a problem is told to the agent instead, and ends the session. */
  arrived(session: Session): Promise<Problem | null>;
  reported(session: Session, status: SiteStatus): Promise<void>;
};

type Hello = Extract<FromAgent, { type: 'hello' }>;

export function openAgents(options: AgentsOptions): Agents {
  const { clock, log } = options;
  const sessions = new Map<ServerId, { session: Session; link: SocketLink }>();

  function end(link: SocketLink, because: Problem): void {
    log.warn({ event: 'session-refused', remote: link.remote, because }, 'session-refused');
    send(link, { type: 'bye', because });
    link.close();
  }

  function begin(
    hello: Hello,
    link: SocketLink,
    refuse: (because: Problem) => void,
  ): Session | null {
    if (hello.protocol !== protocolVersion) {
      const known = String(protocolVersion);
      refuse(problem('PROTOCOL_UNKNOWN', { version: String(hello.protocol), known }));
      return null;
    }
    const { site, agentVersion } = hello;
    const session: Session = {
      site,
      agentVersion,
      send: (one) => send(link, one),
      sent: null,
      welcomed: false,
    };
    const earlier = sessions.get(site);
    sessions.set(site, { session, link });
    earlier?.link.close();
    log.info({ event: 'session-open', site, agentVersion }, 'session-open');
    void options.arrived(session).then((because) => {
      if (because !== null) refuse(because);
    });
    return session;
  }

  function accept(link: SocketLink): void {
    let session: Session | null = null;
    let ended = false;
    const refuse = (because: Problem): void => {
      ended = true;
      end(link, because);
    };
    const cancel = clock.after(limits.helloMilliseconds, () => {
      if (session === null) link.close();
    });
    link.onMessage((input) => {
      // What a peer says after its 'bye' is not read: it may be without end.
      if (ended) return;
      const parsed = fromAgent.safeParse(input);
      if (!parsed.success) {
        const issue = parsed.error.issues[0];
        const detail = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`;
        refuse(problem('MESSAGE_UNREADABLE', { detail: detail.slice(0, 500) }));
        return;
      }
      const message = parsed.data;
      if (session === null && message.type === 'hello') {
        session = begin(message, link, refuse);
      } else if (session === null || message.type === 'hello') {
        refuse(problem('MESSAGE_UNREADABLE', { detail: 'one hello, and that first' }));
      } else if (message.site !== session.site) {
        refuse(problem('MESSAGE_UNREADABLE', { detail: 'site: not that of the hello' }));
      } else {
        void options.reported(session, message);
      }
    });
    link.onClose(() => {
      cancel();
      if (session === null || sessions.get(session.site)?.session !== session) return;
      sessions.delete(session.site);
      log.info({ event: 'session-closed', site: session.site }, 'session-closed');
    });
  }

  return {
    accept,
    session: (site) => sessions.get(site)?.session,
    sessions: () =>
      [...sessions.values()].map((one) => one.session).filter((session) => session.welcomed),
  };
}

function send(link: SocketLink, message: ToAgent): void {
  link.send(message);
}

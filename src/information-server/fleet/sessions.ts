/**
 * The waiting connections of normal servers: who is there, what they say, what they are told.
 *
 * Lives in memory only. After a restart every server says hello again, and from that all that
 * matters is rebuilt; nothing here is believed that a hello did not say.
 */

import type { Logger } from 'pino';
import { problem } from '#domain/problem.ts';
import type { Problem } from '#domain/problem.ts';
import { identityText } from '#domain/trust/identity.ts';
import type { Peer, RefusedPeer, SocketLink } from '#ports/link.ts';
import type { ServerId } from '#domain/names.ts';
import type { Order } from '#domain/trust/lives.ts';
import {
  fromNormalServer,
  protocolVersion,
  type FromNormalServer,
  type Hello,
  type ToNormalServer,
} from '#protocol/normal-server/messages.ts';
import { detailOf } from '#protocol/shared/mistake.ts';
import { Clones, type CloneOf } from './clones.ts';
import { Questions, type Answered } from './questions.ts';
import { InventoryRound } from './inventory-round.ts';
import { limits } from '../limits.ts';
import type { Site } from '../site.ts';

/** What a session needs of a connection. */
export type ServerLink = SocketLink;

type Session = {
  readonly link: ServerLink;
  readonly hello: Hello;
  readonly since: number;
  /** Number of the server's last lease request, to answer it. */
  request: number;
  /** When it last said what its computer is. */
  inventoryAt: number;
  /** For its welcome; undefined: it says none itself. */
  readonly turn: string | undefined;
};

export type LiveSession = {
  readonly hello: Hello;
  readonly since: number;
  readonly isEncrypted: boolean;
};

/** What is known of a connection when it says hello. */
type Connection = {
  /** The server as which it said hello before. */
  readonly known: ServerId | null;
  readonly connected: Order;
};

type Found = { readonly cloneOf: CloneOf; readonly link: ServerLink };

/** Addresses of the two, where both are known: the one that came was behind the last. */
export type CloneFound = { readonly cloneOf: CloneOf; readonly remotes: readonly string[] };

type LogRequest = Extract<ToNormalServer, { type: 'log-request' }>;

/** What a running process says of itself when it is asked. */
export type Identity = Extract<FromNormalServer, { type: 'identity' }>;

export type SessionEvents = {
  hello(hello: Hello): void;
  said(server: ServerId, message: Exclude<FromNormalServer, { type: 'hello' } | Answered>): void;
  gone(server: ServerId): void;
  /** Two live installations under one identity. */
  cloned(server: ServerId, found: CloneFound): void;
  hasRoom(): boolean;
  /** He is not who he said, or counts no more. */
  turnedAway(peer: RefusedPeer): void;
  /** Why this certificate counts no more, or null. */
  against(peer: Peer): Problem | null;
};

export class Sessions {
  readonly #site: Site;
  readonly #log: Logger;
  readonly #events: SessionEvents;
  readonly #sessions = new Map<ServerId, Session>();
  readonly #counting = new InventoryRound();
  readonly #questions: Questions;
  readonly #clones: Clones;

  constructor(site: Site, events: SessionEvents) {
    this.#site = site;
    this.#log = site.log;
    this.#events = events;
    this.#clones = new Clones(() => site.clock.monotonic());
    this.#questions = new Questions(site.clock);
  }

  accept(link: ServerLink): void {
    let server: ServerId | null = null;
    const connected = this.#clones.connected();
    link.onMessage((input) => {
      const message = fromNormalServer.safeParse(input);
      if (!message.success) {
        const detail = detailOf(message.error);
        this.#end(link, problem('MESSAGE_UNREADABLE', { detail }));
        return;
      }
      if (!this.#events.hasRoom()) {
        link.close();
        return;
      }
      if (message.data.type === 'hello') {
        server = this.#hello(link, { known: server, connected }, message.data);
      } else if (server !== null) this.#said(server, link, message.data);
      else this.#end(link, problem('MESSAGE_UNREADABLE', { detail: 'a hello comes first' }));
    });
    link.onClose(() => {
      if (server === null || this.#sessions.get(server)?.link !== link) return;
      this.#sessions.delete(server);
      this.#questions.gone(server);
      this.#events.gone(server);
    });
  }

  #hello(link: ServerLink, { known, connected }: Connection, hello: Hello): ServerId | null {
    if (hello.protocol !== protocolVersion) {
      const values = { version: hello.protocol, known: protocolVersion };
      this.#end(link, problem('PROTOCOL_UNKNOWN', values));
      return known;
    }
    const against = againstSender(link, hello.server) ?? this.#againstCertificate(link);
    if (against !== null) {
      const { remote, peer } = link;
      this.#events.turnedAway({ remote, identity: peer?.identity ?? null, because: against });
      this.#end(link, against);
      return known;
    }
    if (known !== null && known !== hello.server) {
      this.#end(link, problem('MESSAGE_UNREADABLE', { detail: 'a session speaks for one server' }));
      return known;
    }
    // Epochs are seconds: so far ahead no honest server can be.
    if (hello.fence.epoch > this.#site.epoch + limits.epochsAheadMax) {
      this.#end(link, problem('MESSAGE_UNREADABLE', { detail: 'fence.epoch' }));
      return known;
    }
    const before = this.#sessions.get(hello.server);
    const standing = before?.hello ?? null;
    const verdict = this.#clones.judge(hello, { connected, standing });
    if (verdict.is === 'left-over') {
      link.close();
      return known;
    }
    if (verdict.is !== 'one') {
      if (verdict.is === 'found') this.#cloned(hello, { cloneOf: verdict.cloneOf, link });
      this.#end(link, problem('IDENTITY_CLONED', { server: hello.server }));
      return null;
    }
    const since = before?.link === link ? before.since : this.#site.clock.now();
    const inventoryAt = this.#site.clock.monotonic();
    const turn = this.#clones.turnFor(hello, { connected, epoch: this.#site.epoch });
    this.#sessions.set(hello.server, { link, hello, since, request: 0, inventoryAt, turn });
    if (before !== undefined && before.link !== link) before.link.close();
    this.#events.hello(hello);
    return hello.server;
  }

  /** A certificate may have been taken back since the connection began. */
  #againstCertificate({ peer }: ServerLink): Problem | null {
    return peer === null ? null : this.#events.against(peer);
  }

  /** Whoever stands here under this name goes as well: nobody knows which is the right one. */
  #cloned({ server }: Hello, { cloneOf, link }: Found): void {
    const standing = this.#sessions.get(server);
    const remotes = standing === undefined ? [link.remote] : [standing.link.remote, link.remote];
    if (standing !== undefined) {
      this.#end(standing.link, problem('IDENTITY_CLONED', { server }));
      this.#sessions.delete(server);
      this.#events.gone(server);
    }
    this.#events.cloned(server, { cloneOf, remotes });
  }

  #said(
    server: ServerId,
    link: ServerLink,
    message: Exclude<FromNormalServer, { type: 'hello' }>,
  ): void {
    const session = this.#sessions.get(server);
    if (session === undefined || session.link !== link) return;
    if ('nonce' in message) return this.#questions.heard(server, message);
    if (message.type === 'lease-request') session.request = message.request;
    if (message.type === 'inventory') session.inventoryAt = this.#site.clock.monotonic();
    this.#events.said(server, message);
    if (message.type === 'inventory') this.#counting.heard(server);
  }

  #end(link: ServerLink, because: Problem): void {
    this.#log.warn({ remote: link.remote, because }, 'a session was ended');
    link.send({ type: 'bye', because } satisfies ToNormalServer);
    link.close();
  }

  /** Over so long those who are here should come back, were we to begin anew now. */
  get spreadSeconds(): number {
    const seconds = Math.round(this.#sessions.size / limits.reconnectsPerSecond);
    return Math.min(limits.spreadSecondsMax, seconds);
  }

  isConnected(server: ServerId): boolean {
    return this.#sessions.has(server);
  }

  connected(): readonly ServerId[] {
    return [...this.#sessions.keys()];
  }

  /** The live session as the tree shows it, or null. */
  session(server: ServerId): LiveSession | null {
    const session = this.#sessions.get(server);
    if (session === undefined) return null;
    const { hello, since, link } = session;
    // Only an insecure loopback has peers that prove nothing, and there nothing is encrypted.
    return { hello, since, isEncrypted: link.peer !== null };
  }

  /** For its welcome; undefined: it says none itself. */
  turnOf(server: ServerId): string | undefined {
    return this.#sessions.get(server)?.turn;
  }

  requestOf(server: ServerId): number {
    return this.#sessions.get(server)?.request ?? 0;
  }

  send(server: ServerId, message: ToNormalServer): void {
    this.#sessions.get(server)?.link.send(message);
  }

  /** Asks the running process itself what it is; null when it does not answer in time. */
  identify(server: ServerId, nonce: string): Promise<Identity | null> {
    if (!this.isConnected(server)) return Promise.resolve(null);
    const asked = { server, nonce, type: 'identity', milliseconds: limits.identifyMs } as const;
    const answer = this.#questions.answerTo(asked);
    this.send(server, { type: 'identify', nonce });
    return answer;
  }

  /** Questions to doctors and for logs that are under way. */
  caresOpen(): number {
    return this.#questions.countOf(['doctor', 'log']);
  }

  /** What its doctor says; null when it says nothing in time. */
  examine(server: ServerId, nonce: string) {
    const asked = { server, nonce, type: 'doctor', milliseconds: limits.doctorMs } as const;
    const answer = this.#questions.answerTo(asked);
    this.send(server, { type: 'doctor-request', nonce });
    return answer;
  }

  /** The end of a log there; null when it does not come in time. */
  logTail(server: ServerId, what: Omit<LogRequest, 'type'>) {
    const { nonce } = what;
    const asked = { server, nonce, type: 'log', milliseconds: limits.logMs } as const;
    const answer = this.#questions.answerTo(asked);
    this.send(server, { type: 'log-request', ...what });
    return answer;
  }

  /**
   * Asks every server here what its computer is now, unless it said so a moment ago; resolves when
   * all have answered, or when the time for it is over.
   */
  takeInventory(): Promise<void> {
    const { clock } = this.#site;
    const staleSince = clock.monotonic() - limits.inventoryFreshMs;
    const asked: ServerId[] = [];
    for (const [server, { hello, inventoryAt }] of this.#sessions) {
      if (hello.answersInventory === true && inventoryAt < staleSince) asked.push(server);
    }
    for (const server of asked) this.send(server, { type: 'inventory-request' });
    return this.#counting.answersOf(asked, clock);
  }

  /** It may not be here any more: it is told why, and its connection ends. */
  turnAway(server: ServerId, because: Problem): void {
    const session = this.#sessions.get(server);
    if (session !== undefined) this.#end(session.link, because);
  }

  closeAll(): void {
    for (const { link } of this.#sessions.values()) link.close();
  }
}

/** A server speaks for itself alone, whatever it says that it is. */
function againstSender({ peer }: ServerLink, said: ServerId): Problem | null {
  if (peer === null) return null;
  const { identity } = peer;
  const isItself = identity.role === 'normal-server' && identity.server === said;
  return isItself ? null : problem('SENDER_OTHER', { said, proved: identityText(identity) });
}

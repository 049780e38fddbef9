/**
 * Keeps one WebSocket to the tier above alive for ever: dials, notices a dead peer, dials again
 * with a jittered back-off. Knows nothing of what the messages mean, and queues none: what was
 * not sent when a connection ended is said anew by whoever holds the next session. A message
 * that is not JSON ends the connection (socket-link.ts).
 */

import { X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Problem } from '#domain/problem.ts';
import { againstClock, type SeemingAge } from '#domain/trust/clock.ts';
import type { Clock } from '#ports/clock.ts';
import { backOffMilliseconds, redial } from '#protocol/shared/redial.ts';
import type { Verified } from '../identity/certificate-chain.ts';
import {
  diallingTls,
  linkAddress,
  PeerRefused,
  stillStands,
  type Dialling,
} from '../identity/link-trust.ts';
import { linkOver, type SocketLink } from './socket-link.ts';

export const dialLimits = {
  ...redial,
  /** Who is refused stays refused until a person changes something. */
  refusedMilliseconds: 30_000,
  refusalBytesMax: 16 * 1024,
} as const;

export type DialOptions = {
  /** `https://host:port`, read anew before each attempt; null: not known yet. */
  readonly address: () => string | null;
  readonly path: string;
  /** null: an insecure loopback, where the address is `http://…`. */
  readonly security: Dialling | null;
  readonly messageBytesMax: number;
  readonly clock: Clock;
  /** From 0 up to 1. */
  readonly chance: () => number;
  readonly log: Logger;
  readonly opened: (link: SocketLink) => void;
  /** After a connection that lasted: the next attempt waits so long at most, at random. */
  readonly spreadMilliseconds?: () => number;
  /** Somebody is there, whatever it answers. */
  readonly answered?: () => void;
};

/** The other side is not who was dialled: as good as a refusal by it. */
const statusOfRefused = 403;

type Ending = { readonly why: string; readonly status: number | null; readonly lived: number };

export function dial(options: DialOptions): { close(): void } {
  const { clock, log } = options;
  let closed = false;
  let failures = 0;
  let said = '';
  let current: { close(): void } | null = null;
  let cancelWait = (): void => undefined;

  const spread = (): number => (options.spreadMilliseconds?.() ?? 0) * options.chance();
  const again = (milliseconds: number): void => {
    cancelWait = clock.after(milliseconds, attempt);
  };

  const ended = ({ why, status, lived }: Ending): void => {
    current = null;
    if (closed) return;
    const wasSteady = lived >= dialLimits.steadyMilliseconds;
    failures = wasSteady ? 1 : failures + 1;
    const refused = status === 401 || status === 403;
    const event = refused ? 'link-refused' : 'link-ended';
    if (said !== event + why) log.warn({ event, address: options.address(), why }, event);
    said = event + why;
    again(
      refused
        ? dialLimits.refusedMilliseconds * (0.5 + options.chance() / 2)
        : backOffMilliseconds(failures, options.chance()) + (wasSteady ? spread() : 0),
    );
  };

  function attempt(): void {
    if (closed) return;
    const address = options.address();
    const isNobody = options.security !== null && options.security.trust.current() === null;
    if (address === null || isNobody) {
      failures += 1;
      const wait = backOffMilliseconds(failures, options.chance());
      again(Math.min(wait, dialLimits.addressMillisecondsMax));
      return;
    }
    const url = webSocketAddress(address, options);
    if (url === null) {
      ended({ why: 'ADDRESS_WRONG', status: null, lived: 0 });
      return;
    }
    const opened = (link: SocketLink): void => {
      said = '';
      log.info({ event: 'link-open', address }, 'link-open');
      options.opened(link);
    };
    current = connect({ ...options, opened }, url, ended);
  }

  attempt();
  return {
    close() {
      closed = true;
      cancelWait();
      current?.close();
    },
  };
}

/** One connection, from the first byte to the last. `ended` is called exactly once. */
function connect(
  options: DialOptions,
  url: URL,
  ended: (ending: Ending) => void,
): { close(): void } {
  const { clock, log } = options;
  let peer: Verified | null = null;
  const { security } = options;
  const tls = security === null ? {} : diallingTls(security, (found) => (peer = found));
  const socket = new WebSocket(url, {
    ...tls,
    perMessageDeflate: false,
    maxPayload: options.messageBytesMax,
    handshakeTimeout: dialLimits.handshakeMilliseconds,
  });
  let why = 'closed';
  let status: number | null = null;
  let openedAt: number | null = null;
  const keeper = keepAlive(socket, clock, () => {
    why = 'no sound from the other side';
  });

  socket.on('unexpected-response', (_request, response) => {
    options.answered?.();
    status = response.statusCode ?? null;
    why = `answered with HTTP status ${String(status)}`;
    void reasonIn(response).then((reason) => {
      if (reason !== null) why = reason;
      socket.terminate();
    });
  });
  socket.on('error', (error) => {
    if (status === null) why = error.message;
    const clockWrong =
      security === null ? null : againstOwnClock(security.trust, error, clock.now());
    if (clockWrong !== null) {
      why = JSON.stringify(clockWrong);
      log.error({ event: clockWrong.code, because: clockWrong }, clockWrong.code);
    }
    if (error instanceof PeerRefused) status = statusOfRefused;
    if (error instanceof PeerRefused || isOfTls(error)) options.answered?.();
  });
  // Who moved to another site, or hears that the other side is refused, has nothing to say there.
  const forget = security?.trust.onChanged(() => {
    if (peer === null || stillStands(security, peer)) return;
    why = 'the other side is not whom we dial any more';
    socket.terminate();
  });
  socket.on('open', () => {
    openedAt = clock.monotonic();
    options.answered?.();
    keeper.start();
    const { messageBytesMax } = options;
    options.opened(linkOver(socket, { remote: url.host, peer, messageBytesMax, log }));
  });
  socket.on('close', (code, reason) => {
    keeper.stop();
    forget?.();
    if (why === 'closed') why = `closed: ${String(code)} ${String(reason)}`.trim();
    ended({ why, status, lived: openedAt === null ? 0 : clock.monotonic() - openedAt });
  });
  return { close: () => socket.terminate() };
}

const seemingAges: Readonly<Record<string, SeemingAge | undefined>> = {
  CERT_HAS_EXPIRED: 'expired',
  CERT_NOT_YET_VALID: 'not-yet-valid',
};

/** Whether it is our own clock that makes the other side's certificate one of another time. */
function againstOwnClock(trust: Dialling['trust'], error: Error, now: number): Problem | null {
  const seems = 'code' in error ? seemingAges[String(error.code)] : undefined;
  const chain = trust.current()?.credentials.chain;
  if (seems === undefined || chain === undefined) return null;
  const { validFromDate, validToDate } = new X509Certificate(chain);
  const own = { from: validFromDate.getTime(), until: validToDate.getTime() };
  return againstClock(own, seems, now);
}

/** The other side ended the handshake: it is there, and did not take us. */
function isOfTls(error: Error): boolean {
  return 'code' in error && String(error.code).startsWith('ERR_SSL_');
}

/** null: that is no address. */
function webSocketAddress(
  address: string,
  { path, security }: Pick<DialOptions, 'path' | 'security'>,
): URL | null {
  const base = linkAddress(address, security);
  const url = base === null ? null : URL.parse(path, base.href);
  if (url !== null) url.protocol = security === null ? 'ws:' : 'wss:';
  return url;
}

const refusal = z.object({ problem: z.object({ code: z.string().max(100) }).loose() });

/** What the other side says of its refusal, on one line of the log; null: nothing that we know. */
async function reasonIn(response: IncomingMessage): Promise<string | null> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  response.setTimeout(dialLimits.handshakeMilliseconds, () => response.destroy());
  try {
    for await (const piece of response as AsyncIterable<Buffer>) {
      bytes += piece.length;
      if (bytes > dialLimits.refusalBytesMax) return null;
      pieces.push(piece);
    }
    const { problem } = refusal.parse(JSON.parse(Buffer.concat(pieces).toString('utf8')));
    return JSON.stringify(problem).slice(0, 500);
  } catch {
    return null;
  }
}

/** Pings, and ends the connection when neither a pong nor anything else came between two pings. */
function keepAlive(
  socket: WebSocket,
  clock: Clock,
  silent: () => void,
): { start(): void; stop(): void } {
  let heard = true;
  let cancel = (): void => undefined;
  const hear = (): void => {
    heard = true;
  };
  for (const sound of ['message', 'ping', 'pong'] as const) socket.on(sound, hear);

  function tick(): void {
    if (!heard) {
      silent();
      socket.terminate();
      return;
    }
    heard = false;
    socket.ping();
    cancel = clock.after(dialLimits.pingMilliseconds, tick);
  }
  return { start: tick, stop: () => cancel() };
}

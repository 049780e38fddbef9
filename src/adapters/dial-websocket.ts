/**
 * Keeps one WebSocket to the tier above alive for ever: dials, notices a dead peer, dials again
 * with a jittered back-off. Knows nothing of what the messages mean, and queues none: what was
 * not sent when a connection ended is said anew by whoever holds the next session. A message
 * that is not JSON ends the connection (socket-link.ts).
 */

import { WebSocket } from 'ws';
import type { Logger } from 'pino';
import type { Clock } from '#ports/clock.ts';
import { backOffMilliseconds, redial } from '#protocol/shared/redial.ts';
import { linkOver, type SocketLink } from './socket-link.ts';

export const dialLimits = {
  ...redial,
  /** A token that is refused stays refused until a person changes it. */
  refusedMilliseconds: 30_000,
} as const;

export type DialOptions = {
  /** `http://host:port`, read anew before each attempt; null: not known yet. */
  readonly address: () => string | null;
  readonly path: string;
  readonly token: string;
  readonly messageBytesMax: number;
  readonly clock: Clock;
  /** From 0 up to 1. */
  readonly chance: () => number;
  readonly log: Logger;
  readonly opened: (link: SocketLink) => void;
};

type Ending = { readonly why: string; readonly status: number | null; readonly lived: number };

export function dial(options: DialOptions): { close(): void } {
  const { clock, log } = options;
  let closed = false;
  let failures = 0;
  let said = '';
  let current: { close(): void } | null = null;
  let cancelWait = (): void => undefined;

  const again = (milliseconds: number): void => {
    cancelWait = clock.after(milliseconds, attempt);
  };

  const ended = ({ why, status, lived }: Ending): void => {
    current = null;
    if (closed) return;
    failures = lived >= dialLimits.steadyMilliseconds ? 1 : failures + 1;
    const refused = status === 401 || status === 403;
    const event = refused ? 'TOKEN_WRONG' : 'link-ended';
    if (said !== event + why) log.warn({ event, address: options.address(), why }, event);
    said = event + why;
    again(
      refused
        ? dialLimits.refusedMilliseconds * (0.5 + options.chance() / 2)
        : backOffMilliseconds(failures, options.chance()),
    );
  };

  function attempt(): void {
    if (closed) return;
    const address = options.address();
    if (address === null) {
      failures += 1;
      const wait = backOffMilliseconds(failures, options.chance());
      again(Math.min(wait, dialLimits.addressMillisecondsMax));
      return;
    }
    const url = webSocketAddress(address, options.path);
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
  const socket = new WebSocket(url, {
    headers: { authorization: `Bearer ${options.token}` },
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
    status = response.statusCode ?? null;
    why = `answered with HTTP status ${String(status)}`;
    socket.terminate();
  });
  socket.on('error', (error) => {
    if (status === null) why = error.message;
  });
  socket.on('open', () => {
    openedAt = clock.monotonic();
    keeper.start();
    const { messageBytesMax } = options;
    options.opened(linkOver(socket, { remote: url.host, messageBytesMax, log }));
  });
  socket.on('close', (code, reason) => {
    keeper.stop();
    if (why === 'closed') why = `closed: ${String(code)} ${String(reason)}`.trim();
    ended({ why, status, lived: openedAt === null ? 0 : clock.monotonic() - openedAt });
  });
  return { close: () => socket.terminate() };
}

/** null: that is no address. */
function webSocketAddress(address: string, path: string): URL | null {
  const url = URL.parse(path, address);
  if (url === null || !/^https?:$/.test(url.protocol)) return null;
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url;
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

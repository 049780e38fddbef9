/** Waiting connections: who may open one, and when one that says nothing is over. */

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { WebSocketServer, type WebSocket } from 'ws';
import { problem, type Problem } from '#domain/problem.ts';
import type { Peer } from '#ports/link.ts';
import { limits, type EdgeLimits } from '../link/limits.ts';
import { answerText } from './listener-answers.ts';
import type { Admit, Gate } from './listener-peers.ts';
import { linkOver, slowDown, type SocketLink } from '../link/socket-link.ts';

export type SocketRoute = {
  readonly path: string;
  readonly admit: Admit;
  readonly messageBytesMax: number;
  accept(link: SocketLink): void;
};

type Options = {
  readonly log: Logger;
  readonly firstMessageMs: number;
  readonly gate: Gate;
  readonly limits: EdgeLimits;
  /** Asked before anything else of a request. */
  refusalOf(request: IncomingMessage): Problem | null;
};

export function addSockets(
  server: FastifyInstance,
  sockets: readonly SocketRoute[],
  options: Options,
): void {
  const servers = new Map(
    sockets.map((route) => [
      route.path,
      {
        route,
        upgrader: new WebSocketServer({
          noServer: true,
          maxPayload: route.messageBytesMax,
          perMessageDeflate: false,
        }),
      },
    ]),
  );
  server.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const found = servers.get((request.url ?? '').split('?')[0] ?? '');
    // Until it is one of ours, nobody else hears that it broke.
    socket.on('error', () => socket.destroy());
    const refusal =
      options.refusalOf(request) ??
      (found === undefined ? problem('CALL_UNKNOWN', { call: 'that path' }) : null);
    if (refusal !== null || found === undefined) {
      if (refusal !== null) refuseUpgrade(socket, refusal);
      return;
    }
    const begin = (peer: Peer | null): void =>
      found.upgrader.handleUpgrade(request, socket, head, (websocket) => {
        const remote = request.socket.remoteAddress ?? '';
        const { messageBytesMax } = found.route;
        keepWatch(websocket);
        slowDown(websocket, options.limits);
        awaitFirstMessage(websocket, options.firstMessageMs);
        found.route.accept(
          linkOver(websocket, { remote, peer, messageBytesMax, log: options.log }),
        );
      });
    options.gate(found.route.admit, request.socket).then(
      (peer) => (peer.ok ? begin(peer.value) : refuseUpgrade(socket, peer.because)),
      (error: unknown) => {
        options.log.error({ err: error }, 'who may open a link could not be told');
        socket.destroy();
      },
    );
  });
  server.addHook('preClose', async () => {
    for (const { upgrader } of servers.values()) {
      for (const client of upgrader.clients) client.terminate();
    }
  });
}

/** A peer that lost its power says no goodbye: one that answers no ping is gone. */
function keepWatch(websocket: WebSocket): void {
  let isAlive = true;
  const timer = setInterval(() => {
    if (!isAlive) {
      websocket.terminate();
      return;
    }
    isAlive = false;
    websocket.ping();
  }, limits.pingMs);
  websocket.on('pong', () => {
    isAlive = true;
  });
  websocket.once('close', () => clearInterval(timer));
}

function awaitFirstMessage(websocket: WebSocket, milliseconds: number): void {
  const timer = setTimeout(() => websocket.close(1008, 'no first message'), milliseconds);
  const cancel = (): void => clearTimeout(timer);
  websocket.once('message', cancel);
  websocket.once('close', cancel);
}

function refuseUpgrade(socket: Duplex, because: Problem): void {
  socket.end(answerText(because));
}

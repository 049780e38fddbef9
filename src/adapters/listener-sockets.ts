/** Waiting connections: who may open one, and when one that says nothing is over. */

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { WebSocketServer, type WebSocket } from 'ws';
import { limits } from './limits.ts';
import { tokenMatches } from './listener-asking.ts';
import { linkOver, type SocketLink } from './socket-link.ts';

export type SocketRoute = {
  readonly path: string;
  readonly token: string;
  readonly messageBytesMax: number;
  accept(link: SocketLink): void;
};

export function addSockets(
  server: FastifyInstance,
  sockets: readonly SocketRoute[],
  { log, firstMessageMs }: { readonly log: Logger; readonly firstMessageMs: number },
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
    if (found === undefined) return refuseUpgrade(socket, 404);
    if (!tokenMatches(request.headers.authorization, found.route.token)) {
      return refuseUpgrade(socket, 403);
    }
    found.upgrader.handleUpgrade(request, socket, head, (websocket) => {
      const remote = request.socket.remoteAddress ?? '';
      const { messageBytesMax } = found.route;
      keepWatch(websocket);
      awaitFirstMessage(websocket, firstMessageMs);
      found.route.accept(linkOver(websocket, { remote, messageBytesMax, log }));
    });
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

function refuseUpgrade(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} Refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

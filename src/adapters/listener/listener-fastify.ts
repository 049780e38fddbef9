/**
 * The one listening port of a tier: calls, waiting sockets, immutable files and uploads. Each has a
 * file of its own (listener-*.ts). Knows nothing of what the messages mean.
 */

import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { problem, type Problem } from '#domain/problem.ts';
import type { RefusedPeer } from '#ports/link.ts';
import type { Meter } from '#ports/transfers.ts';
import { identityText } from '#domain/trust/identity.ts';
import { RowDamaged } from '../database/rows-json.ts';
import type { ConsoleAssets } from './console-assets.ts';
import { consoleLimits, edgeLimits, limits, type EdgeLimits } from '../link/limits.ts';
import {
  answerText,
  problemOfError,
  sendProblem,
  sendUnknown,
  statusOf,
} from './listener-answers.ts';
import { addCalendar, type CalendarRoute } from './listener-calendar.ts';
import { addCalls, type Calls } from './listener-calls.ts';
import { addConsole } from './listener-console.ts';
import { addEvents, type Events } from './listener-events.ts';
import { FilePieces } from './file-pieces.ts';
import { addDocuments, addFiles, type DocumentRoute, type FileRoute } from './listener-files.ts';
import { addOpenCall, type OpenCall } from './listener-open-calls.ts';
import { addLogins, type Logins } from './listener-people.ts';
import { gateOf } from './listener-peers.ts';
import { groundOf, type Ground, type ListenerSecurity } from './listener-server.ts';
import { addMirror, type MirrorRoute } from './listener-mirror.ts';
import { addSockets, type SocketRoute } from './listener-sockets.ts';
import { addUploads, type Upload } from './listener-uploads.ts';
import { TokenBuckets } from '../link/token-bucket.ts';

export type ListenerOptions<Who> = {
  readonly host: string;
  readonly port: number;
  readonly security: ListenerSecurity;
  readonly log: Logger;
  readonly openCalls?: readonly OpenCall[];
  readonly calls?: Calls<Who>;
  readonly logins?: Logins;
  /** Holds for calendar programs. */
  readonly calendar?: CalendarRoute;
  /** Tells browsers what changed. */
  readonly events?: Events;
  /** The web console; null: none came with this program. */
  readonly console?: ConsoleAssets | null;
  readonly sockets?: readonly SocketRoute[];
  readonly files?: readonly FileRoute[];
  readonly documents?: readonly DocumentRoute[];
  readonly uploads?: readonly Upload<Who>[];
  readonly mirror?: MirrorRoute;
  /** Told of everybody who was turned away by his certificate, its absence or the route. */
  readonly refused?: (peer: RefusedPeer) => void;
  /** Told what the connections of those who prove who they are carry. */
  readonly meter?: Meter | undefined;
  /** Tests wait less long. */
  readonly waits?: Waits;
  /** Tests need less of everything. */
  readonly limits?: Partial<EdgeLimits>;
};

type Waits = { readonly bodyMs: number; readonly firstMessageMs: number };

export type Listener = { readonly address: string; close(): Promise<void> };

export async function openListener<Who>(options: ListenerOptions<Who>): Promise<Listener> {
  const { log, calls, logins, uploads, waits } = options;
  const refused = options.refused ?? (() => undefined);
  const own = options.security.kind === 'console' ? consoleLimits : edgeLimits;
  const edge: EdgeLimits = { ...own, ...options.limits };
  const ground = groundOf(options.security, { limits: edge, refused, meter: options.meter });
  const gate = gateOf(ground.peerOf, refused);
  const refusalOf = edgeRefusal(ground, edge);
  const server: FastifyInstance = fastify({
    serverFactory: (handler) => ground.create(handler),
    bodyLimit: limits.callBytesMax,
    forceCloseConnections: true,
    clientErrorHandler: (error, socket) => answerBroken(error, socket, edge),
    routerOptions: { maxParamLength: 200 },
    // A name that is too long, or no name at all, is found before any route.
    frameworkErrors: (_error, request, reply) => void sendUnknown(request, reply),
  });
  sayProblems(server, log);
  server.addHook('onRequest', async (request, reply) => {
    const because = refusalOf(request.raw);
    return because === null ? undefined : sendProblem(reply, because);
  });
  cutSlowBodies(server, waits?.bodyMs ?? limits.bodyMs);
  for (const call of options.openCalls ?? []) addOpenCall(server, call, ground.chainOf);
  if (calls !== undefined) addCalls(server, calls);
  if (logins !== undefined) addLogins(server, logins);
  if (options.calendar !== undefined) addCalendar(server, options.calendar);
  if (options.events !== undefined) addEvents(server, options.events, options.console?.build);
  if (options.console) addConsole(server, options.console);
  const pieces = new FilePieces();
  for (const route of options.files ?? []) addFiles(server, route, { gate, pieces });
  for (const route of options.documents ?? []) addDocuments(server, route, gate);
  if (options.mirror !== undefined) addMirror(server, options.mirror, pieces);
  if (uploads !== undefined) addUploads(server, uploads);
  addSockets(server, options.sockets ?? [], {
    log,
    firstMessageMs: waits?.firstMessageMs ?? limits.firstMessageMs,
    gate,
    limits: edge,
    refusalOf,
  });
  const address = await server.listen({ host: options.host, port: options.port });
  return { address: ground.addressOf(address), close: () => server.close() };
}

/** What is refused of anybody, whatever he wants: too many headers, too many requests. */
function edgeRefusal(ground: Ground, edge: EdgeLimits) {
  const { headersMax, namesMax } = edge;
  const ofPeers = new TokenBuckets(edge.requests, namesMax);
  const ofAddresses = new TokenBuckets(edge.strangerRequests, namesMax);
  return (request: IncomingMessage): Problem | null => {
    if (request.rawHeaders.length / 2 > headersMax)
      return problem('HEADERS_TOO_MANY', { headersMax });
    const crowd = ground.crowdOf(request.socket);
    if (crowd !== null) return crowd;
    const peer = ground.peerOf(request.socket);
    const now = performance.now();
    const identity = peer.ok ? peer.value?.identity : undefined;
    const milliseconds =
      identity === undefined
        ? ofAddresses.take(request.socket.remoteAddress ?? '', now)
        : ofPeers.take(identityText(identity), now);
    const { perSecond } = identity === undefined ? edge.strangerRequests : edge.requests;
    return milliseconds === 0 ? null : problem('REQUESTS_TOO_MANY', { perSecond });
  };
}

function sayProblems(server: FastifyInstance, log: Logger): void {
  server.setErrorHandler((error, request, reply) => {
    const because = problemOfError(error);
    if (isAborted(error, request)) {
      log.debug({ err: error }, 'a body ended before its end');
      return reply.hijack();
    }
    if (error instanceof RowDamaged) log.error({ err: error }, 'a row is damaged');
    if (because !== null) return sendProblem(reply, because);
    log.error({ err: error }, 'a route threw');
    return sendProblem(reply, problem('MESSAGE_UNREADABLE', { detail: 'internal' }), 500);
  });
  server.setNotFoundHandler(sendUnknown);
}

/**
 * What is no request is answered all the same, so that its sender learns why; the socket is given
 * the time that the answer takes over TLS, and no more.
 */
function answerBroken(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  { headerBytesMax: bytesMax }: EdgeLimits,
): void {
  if (socket.destroyed || !socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const isTooLong = error.code === 'HPE_HEADER_OVERFLOW';
  const because = isTooLong
    ? problem('MESSAGE_TOO_LARGE', { bytesMax })
    : problem('MESSAGE_UNREADABLE', { detail: String(error.code ?? 'no request') });
  socket.on('error', () => undefined);
  socket.end(answerText(because, isTooLong ? 431 : statusOf(because)));
  setTimeout(() => socket.destroy(), limits.lastAnswerMs).unref();
}

/** A body that dribbles would hold its connection for ever. */
function cutSlowBodies(server: FastifyInstance, milliseconds: number): void {
  server.addHook('onRequest', async (request) => {
    const { raw } = request;
    if (raw.complete || 'isUpload' in request.routeOptions.config) return;
    const cut = (): void => {
      if (!raw.complete) raw.destroy();
    };
    const timer = setTimeout(cut, milliseconds);
    raw.once('close', () => clearTimeout(timer));
  });
}

/** Who went away before the end of its body is owed no answer. */
function isAborted(error: unknown, request: FastifyRequest): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ECONNRESET' && !request.raw.complete && request.raw.destroyed;
}

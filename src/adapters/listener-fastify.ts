/**
 * The one listening port of a tier: calls, waiting sockets, immutable files and uploads.
 *
 * Who speaks is decided here and nowhere else: today by a bearer token per path, later by the
 * peer's certificate. Knows nothing of what the messages mean.
 */

import { timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { Readable, type Duplex } from 'node:stream';
import { finished } from 'node:stream/promises';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { WebSocketServer, type WebSocket } from 'ws';
import type { z } from 'zod';
import { brand, digestPattern, type Digest } from '#domain/names.ts';
import { kindOf, problem, type Problem, type ProblemKind } from '#domain/problem.ts';
import type { Result } from '#domain/result.ts';
import { JournalFailed } from '#ports/journal.ts';
import { limits } from './limits.ts';
import { problemOfDisk } from './sqlite-node-problem.ts';
import { linkOver, type SocketLink } from './socket-link.ts';

export type CallTable = Record<
  string,
  { readonly params: z.ZodType; readonly result: z.ZodType } | undefined
>;

export type ListenerOptions = {
  readonly host: string;
  readonly port: number;
  readonly log: Logger;
  readonly calls?: {
    readonly table: CallTable;
    readonly token: string;
    answer(call: string, params: unknown): Promise<Result<unknown>>;
  };
  readonly sockets?: readonly {
    readonly path: string;
    readonly token: string;
    readonly messageBytesMax: number;
    accept(link: SocketLink): void;
  }[];
  readonly files?: readonly {
    readonly prefix: string;
    readonly token: string;
    /** Answers the file that holds these bytes, or null. */
    locate(digest: Digest): Promise<string | null>;
  }[];
  readonly uploads?: readonly {
    readonly path: string;
    readonly token: string;
    readonly bytesMax: number;
    receive(stream: Readable): Promise<Result<unknown>>;
  }[];
  /** Tests wait less long. */
  readonly waits?: Waits;
};

type Waits = { readonly bodyMs: number; readonly firstMessageMs: number };

export type Listener = { readonly address: string; close(): Promise<void> };

const statusOfKind: Record<ProblemKind, number> = {
  usage: 400,
  no: 409,
  absent: 404,
  forbidden: 403,
  unreachable: 503,
  limit: 413,
};

export async function openListener(options: ListenerOptions): Promise<Listener> {
  const server = fastify({
    bodyLimit: limits.callBytesMax,
    forceCloseConnections: true,
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveMs,
    routerOptions: { maxParamLength: 200 },
    // A name that is too long, or no name at all, is found before any route.
    frameworkErrors: (_error, request, reply) => void sendUnknown(request, reply),
  });
  server.setErrorHandler((error, request, reply) => {
    const because = problemOfError(error);
    if (isAborted(error, request)) {
      options.log.debug({ err: error }, 'a body ended before its end');
      return reply.hijack();
    }
    if (because === null) options.log.error({ err: error }, 'a route threw');
    return sendProblem(
      reply,
      because ?? problem('MESSAGE_UNREADABLE', { detail: 'internal' }),
      because === null ? 500 : undefined,
    );
  });
  server.setNotFoundHandler(sendUnknown);
  cutSlowBodies(server, options);
  addCalls(server, options);
  addFiles(server, options);
  addUploads(server, options);
  addSockets(server, options);
  const address = await server.listen({ host: options.host, port: options.port });
  return { address, close: () => server.close() };
}

function addCalls(server: FastifyInstance, { calls }: ListenerOptions): void {
  if (calls === undefined) return;
  // Of a stranger no body is read into memory.
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    const refusal = refusalOfToken(request, calls.token);
    return refusal === null ? undefined : sendProblem(reply, refusal);
  };
  server.post<{ Params: { call: string } }>('/v1/:call', { onRequest }, async (request, reply) => {
    const { call } = request.params;
    const shape = Object.hasOwn(calls.table, call) ? calls.table[call] : undefined;
    if (shape === undefined) return sendProblem(reply, problem('CALL_UNKNOWN', { call }));
    const params = shape.params.safeParse(request.body ?? {});
    if (!params.success) {
      const issue = params.error.issues[0];
      const detail = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`;
      return sendProblem(reply, problem('MESSAGE_UNREADABLE', { detail }));
    }
    const answer = await calls.answer(call, params.data);
    if (!answer.ok) return sendProblem(reply, answer.because);
    // Parsing the answer drops every member that the contract does not name.
    return reply.send(shape.result.parse(answer.value));
  });
}

function addFiles(server: FastifyInstance, { files }: ListenerOptions): void {
  for (const route of files ?? []) {
    server.get<{ Params: { digest: string } }>(`${route.prefix}:digest`, async (request, reply) => {
      const refusal = refusalOfToken(request, route.token);
      if (refusal !== null) return sendProblem(reply, refusal);
      const { digest } = request.params;
      const file = digestPattern.test(digest) ? await route.locate(brand<Digest>(digest)) : null;
      const facts = file === null ? null : await stat(file).catch(() => null);
      if (file === null || facts === null) {
        return sendProblem(reply, problem('PACKAGE_ABSENT', { digest: digest.slice(0, 80) }));
      }
      return sendFile(request, reply, { file, bytes: facts.size, digest });
    });
  }
}

function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  source: { readonly file: string; readonly bytes: number; readonly digest: string },
): FastifyReply {
  const range = parseRange(request.headers.range, source.bytes);
  void reply
    .header('etag', `"${source.digest}"`)
    .header('accept-ranges', 'bytes')
    .header('cache-control', 'public, max-age=31536000, immutable')
    .type('application/octet-stream');
  if (range === 'unsatisfiable') {
    return reply.code(416).header('content-range', `bytes */${source.bytes}`).send();
  }
  const from = range?.from ?? 0;
  const last = range?.last ?? source.bytes - 1;
  if (range !== null) {
    void reply.code(206).header('content-range', `bytes ${from}-${last}/${source.bytes}`);
  }
  void reply.header('content-length', last - from + 1);
  if (source.bytes === 0) return reply.send('');
  return reply.send(
    createReadStream(source.file, { start: from, end: last, highWaterMark: limits.readBytes }),
  );
}

/** One range of bytes, or null for the whole file. Other forms of the header are ignored. */
function parseRange(
  header: string | undefined,
  bytes: number,
): { readonly from: number; readonly last: number } | 'unsatisfiable' | null {
  const match = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(header ?? '');
  if (match === null) return null;
  const from = Number(match[1]);
  const last = match[2] === '' ? bytes - 1 : Math.min(Number(match[2]), bytes - 1);
  return from > last ? 'unsatisfiable' : { from, last };
}

function addUploads(server: FastifyInstance, { uploads }: ListenerOptions): void {
  if (uploads === undefined) return;
  // A scope of its own: a call takes no stream, and an upload nothing else.
  void server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/octet-stream', (_request, payload, done) =>
      done(null, payload),
    );
    for (const route of uploads) addUpload(scope, route);
  });
}

function addUpload(
  scope: FastifyInstance,
  route: NonNullable<ListenerOptions['uploads']>[number],
): void {
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    const refusal = refusalOfToken(request, route.token);
    return refusal === null ? undefined : refuseUpload(reply, refusal);
  };
  scope.post(
    route.path,
    { bodyLimit: route.bytesMax, onRequest, config: { isUpload: true } },
    async (request, reply) => {
      if (Number(request.headers['content-length'] ?? 0) > route.bytesMax) {
        return refuseUpload(reply, problem('MESSAGE_TOO_LARGE', { bytesMax: route.bytesMax }));
      }
      const answer = await route.receive(Readable.from(piecesOf(request.raw)));
      return answer.ok ? reply.send(answer.value) : refuseUpload(reply, answer.because);
    },
  );
}

/** A body that dribbles would hold its connection for ever. */
function cutSlowBodies(server: FastifyInstance, { waits }: ListenerOptions): void {
  server.addHook('onRequest', async (request) => {
    const { raw } = request;
    if (raw.complete || 'isUpload' in request.routeOptions.config) return;
    const cut = (): void => {
      if (!raw.complete) raw.destroy();
    };
    const timer = setTimeout(cut, waits?.bodyMs ?? limits.bodyMs);
    raw.once('close', () => clearTimeout(timer));
  });
}

/** Who went away before the end of its body is owed no answer. */
function isAborted(error: unknown, request: FastifyRequest): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ECONNRESET' && !request.raw.complete && request.raw.destroyed;
}

/** Who reads may stop before the end, by an error or not; the socket lives on, to say why. */
async function* piecesOf(incoming: IncomingMessage): AsyncGenerator<Buffer> {
  const pieces: AsyncIterable<Buffer> = incoming.iterator({ destroyOnReturn: false });
  for await (const piece of pieces) yield piece;
}

/**
 * The answer goes out whole while the sender still sends. Were the socket closed then, its system
 * would throw the answer away; so what still comes is read and dropped, for a while.
 */
async function refuseUpload(reply: FastifyReply, because: Problem): Promise<FastifyReply> {
  const { raw } = reply;
  const incoming = reply.request.raw;
  const text = JSON.stringify({ problem: because });
  reply.hijack();
  raw.writeHead(statusOfKind[kindOf(because)], {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    connection: 'close',
  });
  raw.write(text);
  incoming.resume();
  const signal = AbortSignal.timeout(limits.refusedUploadMs);
  await finished(incoming, { signal, writable: false }).catch(() => undefined);
  raw.end();
  return reply;
}

function addSockets(server: FastifyInstance, { sockets, log, waits }: ListenerOptions): void {
  const servers = new Map(
    (sockets ?? []).map((route) => [
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
      awaitFirstMessage(websocket, waits?.firstMessageMs ?? limits.firstMessageMs);
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

function refusalOfToken(request: FastifyRequest, token: string): Problem | null {
  return tokenMatches(request.headers.authorization, token) ? null : problem('TOKEN_WRONG', {});
}

function tokenMatches(header: string | undefined, token: string): boolean {
  const given = Buffer.from(header?.replace(/^Bearer /i, '') ?? '');
  const expected = Buffer.from(token);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function problemOfError(error: unknown): Problem | null {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return problem('MESSAGE_TOO_LARGE', { bytesMax: limits.callBytesMax });
  }
  const ofDisk = error instanceof JournalFailed ? problemOfDisk(error, error.message) : null;
  if (ofDisk !== null) return ofDisk;
  const isTheirs = typeof code === 'string' && code.startsWith('FST_ERR_CTP');
  return isTheirs || error instanceof SyntaxError
    ? problem('MESSAGE_UNREADABLE', { detail: String((error as Error).message).slice(0, 500) })
    : null;
}

function sendUnknown(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendProblem(reply, problem('CALL_UNKNOWN', { call: request.url.slice(0, 200) }));
}

function sendProblem(reply: FastifyReply, because: Problem, status?: number): FastifyReply {
  return reply.code(status ?? statusOfKind[kindOf(because)]).send({ problem: because });
}

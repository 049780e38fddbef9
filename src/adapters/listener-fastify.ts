/**
 * The one listening port of a tier: calls, waiting sockets, immutable files and uploads. Each has a
 * file of its own (listener-*.ts). Knows nothing of what the messages mean.
 */

import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { problem } from '#domain/problem.ts';
import { limits } from './limits.ts';
import { problemOfError, sendProblem, sendUnknown } from './listener-answers.ts';
import { addCalls, type Calls } from './listener-calls.ts';
import { addDocuments, addFiles, type DocumentRoute, type FileRoute } from './listener-files.ts';
import { addSockets, type SocketRoute } from './listener-sockets.ts';
import { addUploads, type Upload } from './listener-uploads.ts';

export type ListenerOptions<Who> = {
  readonly host: string;
  readonly port: number;
  readonly log: Logger;
  readonly calls?: Calls<Who>;
  readonly sockets?: readonly SocketRoute[];
  readonly files?: readonly FileRoute[];
  readonly documents?: readonly DocumentRoute[];
  readonly uploads?: readonly Upload<Who>[];
  /** Tests wait less long. */
  readonly waits?: Waits;
};

type Waits = { readonly bodyMs: number; readonly firstMessageMs: number };

export type Listener = { readonly address: string; close(): Promise<void> };

export async function openListener<Who>(options: ListenerOptions<Who>): Promise<Listener> {
  const { log, calls, files, uploads, sockets, waits } = options;
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
      log.debug({ err: error }, 'a body ended before its end');
      return reply.hijack();
    }
    if (because !== null) return sendProblem(reply, because);
    log.error({ err: error }, 'a route threw');
    return sendProblem(reply, problem('MESSAGE_UNREADABLE', { detail: 'internal' }), 500);
  });
  server.setNotFoundHandler(sendUnknown);
  cutSlowBodies(server, waits?.bodyMs ?? limits.bodyMs);
  if (calls !== undefined) addCalls(server, calls);
  for (const route of files ?? []) addFiles(server, route);
  for (const route of options.documents ?? []) addDocuments(server, route);
  if (uploads !== undefined) addUploads(server, uploads);
  const firstMessageMs = waits?.firstMessageMs ?? limits.firstMessageMs;
  addSockets(server, sockets ?? [], { log, firstMessageMs });
  const address = await server.listen({ host: options.host, port: options.port });
  return { address, close: () => server.close() };
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

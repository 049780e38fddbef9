/** Uploads: one stream of bytes each, read as it comes. */

import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problem, type Problem } from '#domain/problem.ts';
import { invariant, type Result } from '#domain/result.ts';
import { limits } from '../link/limits.ts';
import { statusOf } from './listener-answers.ts';
import { askingOf, type Authenticate } from './listener-asking.ts';

export type Upload<Who> = {
  readonly path: string;
  readonly authenticate: Authenticate<Who>;
  readonly bytesMax: number;
  receive(stream: Readable, who: Who): Promise<Result<unknown>>;
};

export function addUploads<Who>(server: FastifyInstance, uploads: readonly Upload<Who>[]): void {
  // A scope of its own: a call takes no stream, and an upload nothing else.
  void server.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/octet-stream', (_request, payload, done) =>
      done(null, payload),
    );
    for (const route of uploads) addUpload(scope, route);
  });
}

function addUpload<Who>(scope: FastifyInstance, route: Upload<Who>): void {
  const askers = new WeakMap<FastifyRequest, { readonly who: Who }>();
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    const who = await route.authenticate(askingOf(request));
    if (!who.ok) return refuseUpload(reply, who.because);
    askers.set(request, { who: who.value });
    return undefined;
  };
  scope.post(
    route.path,
    { bodyLimit: route.bytesMax, onRequest, config: { isUpload: true } },
    async (request, reply) => {
      if (Number(request.headers['content-length'] ?? 0) > route.bytesMax) {
        return refuseUpload(reply, problem('MESSAGE_TOO_LARGE', { bytesMax: route.bytesMax }));
      }
      const asker = askers.get(request);
      invariant(asker !== undefined, 'no upload is taken whose sender is not known');
      const answer = await route.receive(Readable.from(piecesOf(request.raw)), asker.who);
      return answer.ok ? reply.send(answer.value) : refuseUpload(reply, answer.because);
    },
  );
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
  raw.writeHead(statusOf(because), {
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

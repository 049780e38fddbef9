/** Files for peers: immutable ones by their digest, whole or from somewhere on; small ones by name. */

import type { FastifyInstance } from 'fastify';
import { brand, digestPattern, type Digest } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import type { Transfers } from '#ports/transfers.ts';
import { answerTo } from './file-answer.ts';
import type { FilePieces } from './file-pieces.ts';
import { sendPart } from './file-transfer.ts';
import { sendProblem } from './listener-answers.ts';
import { onlyAdmitted, type Admit, type Gate } from './listener-peers.ts';

export type FileRoute = {
  readonly prefix: string;
  readonly admit: Admit;
  /** Answers the file that holds these bytes, or null. */
  locate(digest: Digest): Promise<string | null>;
  /** What limits and counts what is sent; absent: nothing does. */
  readonly transfers?: Transfers | undefined;
};

/** Small files that change, such as signed metadata. */
export type DocumentRoute = {
  readonly prefix: string;
  readonly admit: Admit;
  read(name: string): Promise<Uint8Array | null>;
};

export function addFiles(
  server: FastifyInstance,
  route: FileRoute,
  { gate, pieces }: { readonly gate: Gate; readonly pieces: FilePieces },
): void {
  const { admit, transfers } = route;
  const path = `${route.prefix}:digest`;
  server.get<{ Params: { digest: string } }>(path, async (request, reply) => {
    const peer = await gate(admit, request.raw.socket);
    if (!peer.ok) return sendProblem(reply, peer.because);
    const named = request.params.digest;
    const digest = digestPattern.test(named) ? brand<Digest>(named) : null;
    const file = digest === null ? null : await route.locate(digest);
    const reader = file === null ? null : await pieces.open(file);
    if (digest === null || reader === null) {
      // It may come: nobody is to remember that it was not there.
      void reply.header('cache-control', 'no-store');
      return sendProblem(reply, problem('PACKAGE_ABSENT', { digest: named.slice(0, 80) }));
    }
    const answer = answerTo(request.headers, { digest, bytes: reader.bytes });
    void reply.hijack();
    const response = reply.raw;
    response.writeHead(answer.status, answer.headers);
    if (answer.body === null || request.method === 'HEAD') {
      reader.close();
      response.end();
      return reply;
    }
    const transfer = transfers?.begin({ digest, peer: peer.value });
    await sendPart({ response, reader, ...answer.body, transfer });
    return reply;
  });
}

export function addDocuments(server: FastifyInstance, route: DocumentRoute, gate: Gate): void {
  const onRequest = onlyAdmitted(route.admit, gate);
  const path = `${route.prefix}:name`;
  server.get<{ Params: { name: string } }>(path, { onRequest }, async (request, reply) => {
    const { name } = request.params;
    const bytes = await route.read(name);
    if (bytes === null) return sendProblem(reply, problem('METADATA_ABSENT', { file: name }), 404);
    return reply.type('application/json').header('cache-control', 'no-cache').send(bytes);
  });
}

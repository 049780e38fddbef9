/** Files for peers: immutable ones by their digest, whole or from somewhere on; small ones by name. */

import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { brand, digestPattern, type Digest } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { limits } from '../link/limits.ts';
import { sendProblem } from './listener-answers.ts';
import { onlyAdmitted, type Admit, type Gate } from './listener-peers.ts';

export type FileRoute = {
  readonly prefix: string;
  readonly admit: Admit;
  /** Answers the file that holds these bytes, or null. */
  locate(digest: Digest): Promise<string | null>;
};

/** Small files that change, such as signed metadata. */
export type DocumentRoute = {
  readonly prefix: string;
  readonly admit: Admit;
  read(name: string): Promise<Uint8Array | null>;
};

export function addFiles(server: FastifyInstance, route: FileRoute, gate: Gate): void {
  const onRequest = onlyAdmitted(route.admit, gate);
  const path = `${route.prefix}:digest`;
  server.get<{ Params: { digest: string } }>(path, { onRequest }, async (request, reply) => {
    const { digest } = request.params;
    const file = digestPattern.test(digest) ? await route.locate(brand<Digest>(digest)) : null;
    const facts = file === null ? null : await stat(file).catch(() => null);
    if (file === null || facts === null) {
      return sendProblem(reply, problem('PACKAGE_ABSENT', { digest: digest.slice(0, 80) }));
    }
    return sendFile(request, reply, { file, bytes: facts.size, digest });
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

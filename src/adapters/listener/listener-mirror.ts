/**
 * Content for programs that fetch it themselves, such as `freshclam`, which shows no certificate:
 * `/<server>/<file>`. Absent: what a server may have, which is the program's (`find`).
 */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Digest } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import type { Mirror, Mirrored } from '#ports/mirror.ts';
import type { Transfers } from '#ports/transfers.ts';
import { limits } from '../link/limits.ts';
import { answerTo } from './file-answer.ts';
import type { FilePieces } from './file-pieces.ts';
import { sendPart } from './file-transfer.ts';
import { sendProblem } from './listener-answers.ts';

export type MirrorRoute = { readonly mirror: Mirror; readonly transfers: Transfers };

type Asked = { readonly server: string; readonly file: string };

export function addMirror(server: FastifyInstance, route: MirrorRoute, pieces: FilePieces): void {
  const sent = new SentLast();
  server.get<{ Params: Asked }>('/:server/:file', async (request, reply) => {
    const asked = request.params;
    const found = await route.mirror.find(asked.server, asked.file);
    if (!found.ok) return sendProblem(reply, found.because);
    if (found.value.answer === 'keep') return keep(request, reply, asked);
    return sendFile({ request, reply }, { asked, found: found.value, sent, pieces, ...route });
  });
}

/** Who has something is told that it is still the newest; freshclam counts a 404 as a failure. */
function keep({ headers }: FastifyRequest, reply: FastifyReply, asked: Asked): FastifyReply {
  const has = headers['if-modified-since'] ?? headers['if-none-match'];
  if (has !== undefined) return reply.code(304).send();
  return sendProblem(reply, problem('MIRROR_KEEPS_BACK', asked));
}

type Sending = Pick<MirrorRoute, 'transfers'> & {
  readonly asked: Asked;
  readonly found: Extract<Mirrored, { readonly answer: 'file' }>;
  readonly sent: SentLast;
  readonly pieces: FilePieces;
};

async function sendFile(
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
  { asked, found, sent, transfers, pieces }: Sending,
): Promise<FastifyReply> {
  const { headers, method } = request;
  const { digest, release, server } = found;
  const reader = await pieces.open(found.file);
  if (reader === null) {
    return sendProblem(reply, problem('MIRROR_FILE_ABSENT', { file: asked.file }));
  }
  const answer = answerTo(headers, { digest, bytes: reader.bytes, mayChange: true });
  const since = headers['if-modified-since'] ?? null;
  const isWhole = answer.status === 200;
  const has = isWhole && sent.stillHas(asked, digest, since);
  void reply.hijack();
  const response = reply.raw;
  if (has || answer.body === null || method === 'HEAD') {
    reader.close();
    response.writeHead(has ? 304 : answer.status, answer.headers).end();
    return reply;
  }
  response.writeHead(answer.status, answer.headers);
  const transfer = transfers.begin({ digest: release, peer: null, towards: server });
  if (isWhole) response.once('finish', () => sent.note(asked, digest, since));
  await sendPart({ response, reader, ...answer.body, transfer });
  return reply;
}

/**
 * What each server was sent whole, and the date of what it had before: `freshclam` asks with the
 * date of the file that it has, by its own clock. A date that changed since says that it took what
 * it was sent; compared with a clock of ours it would say nothing, above all not when content was
 * taken back and what is offered is older. Lost at a restart: then each is sent once more.
 */
export class SentLast {
  readonly #sent = new Map<string, { readonly digest: Digest; readonly since: string | null }>();
  readonly #max: number;

  constructor(max: number = limits.mirroredMax) {
    this.#max = max;
  }

  note(asked: Asked, digest: Digest, since: string | null): void {
    const name = nameOf(asked);
    this.#sent.delete(name);
    this.#sent.set(name, { digest, since });
    for (const oldest of this.#sent.keys()) {
      if (this.#sent.size <= this.#max) break;
      this.#sent.delete(oldest);
    }
  }

  stillHas(asked: Asked, digest: Digest, since: string | null): boolean {
    const last = this.#sent.get(nameOf(asked));
    return since !== null && last?.digest === digest && last.since !== since;
  }
}

const nameOf = ({ server, file }: Asked): string => `${server}/${file}`;

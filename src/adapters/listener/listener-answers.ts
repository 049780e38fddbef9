/** How a listener says no: one HTTP status for each kind of problem, and the problem itself. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { kindOf, problem, type Problem, type ProblemKind } from '#domain/problem.ts';
import { JournalFailed } from '#ports/journal.ts';
import { limits } from '../link/limits.ts';
import { RowDamaged } from '../database/rows-json.ts';
import { DatabaseAway, problemOfDatabase } from '../database/database-problem.ts';

const statusOfKind: Record<ProblemKind, number> = {
  usage: 400,
  no: 409,
  absent: 404,
  forbidden: 403,
  unreachable: 503,
  limit: 413,
};

/** Where HTTP has a number of its own for it. */
const statusOfCode: Readonly<Record<string, number>> = {
  HEADERS_TOO_MANY: 431,
  REQUESTS_TOO_MANY: 429,
  CONNECTIONS_TOO_MANY: 429,
};

export function statusOf(because: Problem): number {
  return statusOfCode[because.code] ?? statusOfKind[kindOf(because)];
}

export function sendProblem(
  reply: FastifyReply,
  because: Problem,
  status = statusOf(because),
): FastifyReply {
  return reply.code(status).send({ problem: because });
}

/** A whole answer for who is answered before there is a request, or instead of one. */
export function answerText(because: Problem, status = statusOf(because)): string {
  const text = JSON.stringify({ problem: because });
  const head = [
    `HTTP/1.1 ${status} Refused`,
    'connection: close',
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(text)}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${text}`;
}

export function sendUnknown(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendProblem(reply, problem('CALL_UNKNOWN', { call: request.url.slice(0, 200) }));
}

/** null: a bug of ours, and nobody else's business. */
export function problemOfError(error: unknown): Problem | null {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return problem('MESSAGE_TOO_LARGE', { bytesMax: limits.callBytesMax });
  }
  if (error instanceof RowDamaged) return error.because;
  const isOfDisk = error instanceof JournalFailed || error instanceof DatabaseAway;
  const ofDisk = isOfDisk ? problemOfDatabase(error, error.message) : null;
  if (ofDisk !== null) return ofDisk;
  const isTheirs = typeof code === 'string' && code.startsWith('FST_ERR_CTP');
  return isTheirs || error instanceof SyntaxError
    ? problem('MESSAGE_UNREADABLE', { detail: String((error as Error).message).slice(0, 500) })
    : null;
}

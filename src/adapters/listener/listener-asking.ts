/** Who asks: what a request shows of its sender, and the bearer token as one way to judge it. */

import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';

/** What a request shows of who sent it, before a byte of its body is read. */
export type Asking = {
  readonly method: string;
  /** Without what follows a question mark. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Address of the other end. */
  readonly remote: string;
  /** Where this listener stands, as the request calls it. */
  readonly ownOrigin: string;
};

/** Says who asks, or why he may not; the answer goes along with the call. */
export type Authenticate<Who> = (asking: Asking) => Promise<Result<Who>>;

export function askingOf(request: FastifyRequest): Asking {
  const { method, url, headers, ip, protocol, host } = request;
  const ownOrigin = `${protocol}://${host}`;
  return { method, path: url.split('?', 1)[0] ?? '', headers, remote: ip, ownOrigin };
}

/** One token for everybody. */
export function bearer(token: string): Authenticate<null> {
  return async ({ headers }) =>
    tokenMatches(headers.authorization, token) ? ok(null) : refuse(problem('TOKEN_WRONG', {}));
}

function tokenMatches(header: string | undefined, token: string): boolean {
  const given = Buffer.from(header?.replace(/^Bearer /i, '') ?? '');
  const expected = Buffer.from(token);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

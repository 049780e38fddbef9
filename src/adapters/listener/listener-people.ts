/**
 * People at a listener: who asks, by token or by cookie, and the two calls that begin and end a
 * session. The cookie is out of reach of scripts and of other sites.
 */

import { parseCookie, stringifySetCookie } from 'cookie';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { z } from 'zod';
import { problem } from '#domain/problem.ts';
import type { Result } from '#domain/result.ts';
import { sessionCalls } from '#protocol/console/people-calls.ts';
import { sendProblem } from './listener-answers.ts';
import { askingOf, type Asking } from './listener-asking.ts';

/** `__Host-`: a browser takes it over an encrypted link only, and sends it back nowhere else. */
export const sessionCookie = '__Host-dankai';
const attributes = { path: '/', secure: true, httpOnly: true, sameSite: 'strict' } as const;

export const loginBytesMax = 16 * 1024;

/** What a request shows of who sent it. */
export type Shown = {
  readonly bearer: string | null;
  readonly cookie: string | null;
  readonly origin: string | null;
  readonly ownOrigin: string;
  readonly remote: string;
};

export type Logins = {
  begin(
    asked: z.infer<(typeof sessionCalls)['session.begin']['params']>,
    shown: Shown,
  ): Promise<
    Result<
      Omit<z.infer<(typeof sessionCalls)['session.begin']['result']>, 'secret'> & {
        readonly secret: string;
      }
    >
  >;
  redeem(
    asked: z.infer<(typeof sessionCalls)['session.redeem']['params']>,
    shown: Shown,
  ): ReturnType<Logins['begin']>;
  end(shown: Shown): Promise<Result<null>>;
};

export function shownBy({ headers, ownOrigin, remote }: Asking): Shown {
  const { authorization, cookie, origin } = headers;
  const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? null;
  const cookies = cookie === undefined ? {} : parseCookie(cookie);
  return {
    // Whatever was put there is what counts, even if it is no token.
    bearer: authorization === undefined ? null : (bearer ?? ''),
    cookie: cookies[sessionCookie] ?? null,
    origin: origin ?? null,
    ownOrigin,
    remote,
  };
}

export function addLogins(server: FastifyInstance, logins: Logins): void {
  const shapes = sessionCalls;
  const options = { bodyLimit: loginBytesMax };
  server.post('/v1/session.begin', options, async (request, reply) => {
    void reply.header('cache-control', 'no-store');
    const params = shapes['session.begin'].params.safeParse(request.body ?? {});
    if (!params.success) return sendProblem(reply, unreadable(params.error));
    const begun = await logins.begin(params.data, shownBy(askingOf(request)));
    if (!begun.ok) return sendProblem(reply, begun.because);
    const { secret, ...answer } = begun.value;
    const isCookie = params.data.form === 'cookie';
    if (isCookie) setCookie(reply, secret);
    return reply.send({ ...answer, secret: isCookie ? null : secret });
  });
  server.post('/v1/session.redeem', options, async (request, reply) => {
    void reply.header('cache-control', 'no-store');
    const params = shapes['session.redeem'].params.safeParse(request.body ?? {});
    if (!params.success) return sendProblem(reply, unreadable(params.error));
    const begun = await logins.redeem(params.data, shownBy(askingOf(request)));
    if (!begun.ok) return sendProblem(reply, begun.because);
    const { secret, ...answer } = begun.value;
    setCookie(reply, secret);
    return reply.send(answer);
  });
  server.post('/v1/session.end', options, async (request, reply) => {
    void reply.header('cache-control', 'no-store');
    const shown = shownBy(askingOf(request));
    const ended = await logins.end(shown);
    if (!ended.ok) return sendProblem(reply, ended.because);
    if (shown.bearer === null) setCookie(reply, null);
    return reply.send({ done: true });
  });
}

/** Without an end of its own: the browser forgets it when it ends, and the server sooner. */
function setCookie(reply: FastifyReply, secret: string | null): void {
  const over = secret === null ? { ...attributes, maxAge: 0 } : attributes;
  void reply.header(
    'set-cookie',
    stringifySetCookie({ name: sessionCookie, value: secret ?? '', ...over }),
  );
}

/** Nothing of what was typed is said again: it may be a password. */
function unreadable(error: z.ZodError): ReturnType<typeof problem> {
  const path = error.issues[0]?.path.join('.') ?? '';
  return problem('MESSAGE_UNREADABLE', { detail: path });
}

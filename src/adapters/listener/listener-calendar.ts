/**
 * Holds for calendar programs, which subscribe by an address and know neither cookies nor headers of
 * ours: a token goes along as the password of basic authentication, or in the address itself.
 * An address is kept in many places, so there only a token counts that may do nothing but look.
 */

import type { FastifyInstance } from 'fastify';
import { problem } from '#domain/problem.ts';
import type { Asker } from '#domain/people/person.ts';
import type { Result } from '#domain/result.ts';
import { calendarType, holdsCalendar } from '#protocol/calendar/holds-calendar.ts';
import { holdList, type HoldView } from '#protocol/console/hold-calls.ts';
import { sendProblem } from './listener-answers.ts';
import { askingOf, type Asking, type Authenticate } from './listener-asking.ts';

export type CalendarRoute = {
  /** Of the site, or of the control manager. */
  readonly name: string;
  readonly authenticate: Authenticate<Asker>;
  answer(call: string, params: unknown, who: Asker): Promise<Result<unknown>>;
};

const calendarPath = '/v1/holds.ics';

export function addCalendar(server: FastifyInstance, route: CalendarRoute): void {
  server.get<{ Querystring: { token?: unknown } }>(calendarPath, async (request, reply) => {
    void reply.header('cache-control', 'no-store');
    const { token } = request.query;
    const isInAddress = typeof token === 'string';
    const asking = askingOf(request);
    const who = await route.authenticate(isInAddress ? withToken(asking, token) : unpacked(asking));
    // A program that has a password sends it only when it is asked for one.
    if (!who.ok && !isInAddress) void reply.header('www-authenticate', 'Basic realm="Dankai"');
    if (!who.ok) return sendProblem(reply, who.because, 401);
    const { role } = who.value;
    if (isInAddress && role !== 'viewer') {
      return sendProblem(reply, problem('TOKEN_NOT_FOR_ADDRESSES', { role }));
    }
    const answer = await route.answer('hold.list', {}, who.value);
    if (!answer.ok) return sendProblem(reply, answer.because);
    const { holds } = holdList['hold.list'].result.parse(answer.value);
    return reply.type(calendarType).send(textOf(route, holds));
  });
}

function textOf({ name }: CalendarRoute, holds: readonly HoldView[]): string {
  return holdsCalendar(holds, { name: `Dankai ${name}`, now: Date.now() });
}

function withToken(asking: Asking, token: string): Asking {
  return { ...asking, headers: { ...asking.headers, authorization: `Bearer ${token}` } };
}

/** The password of basic authentication is the token; its name says nothing to us. */
function unpacked(asking: Asking): Asking {
  const packed = /^Basic +(\S+)$/i.exec(asking.headers.authorization ?? '')?.[1];
  if (packed === undefined) return asking;
  const text = Buffer.from(packed, 'base64').toString();
  return withToken(asking, text.slice(text.indexOf(':') + 1));
}

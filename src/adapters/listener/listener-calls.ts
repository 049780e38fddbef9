/** Calls of people: one `POST` by name, its parameters and its answer both by the contract. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { problem } from '#domain/problem.ts';
import { invariant, type Result } from '#domain/result.ts';
import { detailOf } from '#protocol/shared/mistake.ts';
import { sendProblem } from './listener-answers.ts';
import { askingOf, type Authenticate } from './listener-asking.ts';

export type CallTable = Record<
  string,
  { readonly params: z.ZodType; readonly result: z.ZodType } | undefined
>;

export type Calls<Who> = {
  readonly table: CallTable;
  readonly authenticate: Authenticate<Who>;
  answer(call: string, params: unknown, who: Who): Promise<Result<unknown>>;
};

export function addCalls<Who>(server: FastifyInstance, calls: Calls<Who>): void {
  const askers = new WeakMap<FastifyRequest, { readonly who: Who }>();
  // Of a stranger no body is read into memory.
  const onRequest = async (request: FastifyRequest, reply: FastifyReply) => {
    const who = await calls.authenticate(askingOf(request));
    if (!who.ok) return sendProblem(reply, who.because);
    askers.set(request, { who: who.value });
    return undefined;
  };
  server.post<{ Params: { call: string } }>('/v1/:call', { onRequest }, async (request, reply) => {
    // Answers hold what not everybody may read, some of them secrets.
    void reply.header('cache-control', 'no-store');
    const { call } = request.params;
    const shape = Object.hasOwn(calls.table, call) ? calls.table[call] : undefined;
    if (shape === undefined) return sendProblem(reply, problem('CALL_UNKNOWN', { call }));
    const params = shape.params.safeParse(request.body ?? {});
    if (!params.success) {
      const detail = detailOf(params.error);
      return sendProblem(reply, problem('MESSAGE_UNREADABLE', { detail }));
    }
    const asker = askers.get(request);
    invariant(asker !== undefined, 'no call is answered whose sender is not known');
    const answer = await calls.answer(call, params.data, asker.who);
    if (!answer.ok) return sendProblem(reply, answer.because);
    // Parsing the answer drops every member that the contract does not name.
    return reply.send(shape.result.parse(answer.value));
  });
}

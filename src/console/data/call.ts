/**
 * Asks the listener that served this page, by the same contract that the command line uses. The
 * one place of the console where an answer that came over the wire becomes a type.
 */

import type { z } from 'zod';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import {
  callPath,
  controlManagerCalls,
  informationServerCalls,
  type ControlManagerTable,
  type InformationServerTable,
  type ParamsOf,
  type ResultOf,
} from '#protocol/console/contract.ts';
import {
  peopleCalls,
  sessionCalls,
  type PeopleTable,
  type SessionTable,
} from '#protocol/console/people-calls.ts';
import { detailOf } from '#protocol/shared/mistake.ts';
import { problem as problemSchema } from '#protocol/shared/primitives.ts';

type Table = Record<string, { readonly params: z.ZodType; readonly result: z.ZodType }>;

export type Caller<Calls extends Table> = <Call extends keyof Calls & string>(
  call: Call,
  params: ParamsOf<Calls, Call>,
) => Promise<Result<ResultOf<Calls, Call>>>;

export const callSite = callerOf<InformationServerTable>(informationServerCalls);
export const callManager = callerOf<ControlManagerTable>(controlManagerCalls);
export const callPeople = callerOf<PeopleTable>(peopleCalls);
export const callSession = callerOf<SessionTable>(sessionCalls);

function callerOf<Calls extends Table>(table: Calls): Caller<Calls> {
  return async (call, params) => {
    const answered = await post(callPath(call), params);
    if (!answered.ok) return answered;
    const parsed = table[call]?.result.safeParse(answered.value);
    return parsed?.success === true
      ? ok(parsed.data as ResultOf<Calls, typeof call>)
      : refuse(problem('ANSWER_UNREADABLE', { call, detail: detailOf(parsed?.error) }));
  };
}

async function post(path: string, params: unknown): Promise<Result<unknown>> {
  const address = window.location.origin;
  let answer: Response;
  let body: unknown;
  try {
    answer = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(params),
    });
    body = await answer.json();
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return refuse(problem('ADDRESS_UNREACHABLE', { address, detail }));
  }
  return answer.ok ? ok(body) : refuse(refusalIn(body, answer.status));
}

/** What an answer that is a 'no' says. */
export function refusalIn(body: unknown, status: number): ReturnType<typeof problem> {
  const held = typeof body === 'object' && body !== null ? Reflect.get(body, 'problem') : undefined;
  const parsed = problemSchema.safeParse(held);
  return parsed.success
    ? parsed.data
    : problem('NOT_DANKAI', { address: `${window.location.origin} (${status})` });
}

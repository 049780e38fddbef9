/** Calls that a server itself answers: how its installation stands, and what it logged last. */

import type { ServerId } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { InformationServerTable, ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import { limits } from '../limits.ts';
import type { Parts } from '../parts.ts';

type Params<Call extends keyof InformationServerTable> = ParamsOf<InformationServerTable, Call>;
type Answer<Call extends keyof InformationServerTable> = Promise<
  Result<ResultOf<InformationServerTable, Call>>
>;

export async function examineServer(
  parts: Parts,
  { server }: Params<'fleet.doctor'>,
): Answer<'fleet.doctor'> {
  const against = await againstAsking(parts, server);
  if (against !== null) return refuse(against);
  const said = await parts.sessions.examine(server, nonceFor(parts, server));
  if (said === null) return silent(server, limits.doctorMs);
  return said.because === null ? ok({ server, checks: said.checks }) : refuse(said.because);
}

export async function readServerLog(
  parts: Parts,
  { server, log, lines }: Params<'fleet.log'>,
): Answer<'fleet.log'> {
  const against = await againstAsking(parts, server);
  if (against !== null) return refuse(against);
  const nonce = nonceFor(parts, server);
  const said = await parts.sessions.logTail(server, { nonce, log, lines });
  if (said === null) return silent(server, limits.logMs);
  const { text, isCut, because } = said;
  return because === null ? ok({ server, text, isCut }) : refuse(because);
}

async function againstAsking({ site, sessions }: Parts, server: ServerId): Promise<Problem | null> {
  const known = await site.journal.rows.fleet.server(server);
  if (known === null) return problem('SERVER_UNKNOWN', { server });
  const session = sessions.session(server);
  if (session === null) return problem('SERVER_ABSENT', { server });
  const { answersCare, running } = session.hello;
  if (answersCare !== true)
    return problem('QUESTION_UNKNOWN', { server, version: running.version });
  const { careAtOnceMax: max } = limits;
  return sessions.caresOpen() < max ? null : problem('QUESTIONS_TOO_MANY', { max });
}

function silent(server: ServerId, milliseconds: number): ReturnType<typeof refuse> {
  return refuse(problem('SERVER_SILENT', { server, seconds: milliseconds / 1_000 }));
}

function nonceFor({ site }: Parts, server: ServerId): string {
  return site.digestOf(`${server} ${site.clock.monotonic()}`).slice(0, 32);
}

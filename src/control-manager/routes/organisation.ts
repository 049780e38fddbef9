/** What the organisation's root says to everybody, brought by a person. */

import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { ControlManagerTable, ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import type { By, Context } from './context.ts';

type Call = 'organisation.import';

export async function importNotices(
  { notices }: Context,
  { texts }: ParamsOf<ControlManagerTable, Call>,
  { name: who }: By,
): Promise<Result<ResultOf<ControlManagerTable, Call>>> {
  if (notices === null) return refuse(problem('ENROLMENT_NOT_HERE', {}));
  const taken = await notices.take(texts, who);
  return taken.ok
    ? ok({ taken: taken.value.map((one) => ({ ...one, authorities: [...one.authorities] })) })
    : taken;
}

/** What the organisation's root says to everybody, brought by a person. */

import { ok, type Result } from '#domain/result.ts';
import type { InformationServerTable, ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import type { By, Parts } from '../parts.ts';

type Call = 'organisation.import';

export async function importNotices(
  { notices }: Parts,
  { texts }: ParamsOf<InformationServerTable, Call>,
  { name: who }: By,
): Promise<Result<ResultOf<InformationServerTable, Call>>> {
  const taken = await notices.import(texts, who);
  return taken.ok
    ? ok({ taken: taken.value.map((one) => ({ ...one, authorities: [...one.authorities] })) })
    : taken;
}

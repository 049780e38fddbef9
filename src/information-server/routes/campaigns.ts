/** Calls about this site's parts of campaigns. */

import { ok, refuse, type Result } from '#domain/result.ts';
import type { InformationServerTable, ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import type { By, Parts } from '../parts.ts';

type Table = InformationServerTable;

export async function listParts(parts: Parts): Promise<Result<ResultOf<Table, 'campaign.parts'>>> {
  return ok({ parts: await parts.campaigns.reports() });
}

/** Where the settings ask a person, or before the site tries again by itself. */
export async function beginPart(
  parts: Parts,
  { campaign }: ParamsOf<Table, 'campaign.begin'>,
  { name: who }: By,
): Promise<Result<ResultOf<Table, 'campaign.begin'>>> {
  const because = await parts.campaigns.begin(campaign, who);
  return because === null ? ok({ done: true }) : refuse(because);
}

/** The call that fetches a release from the sources of the settings. */

import { ok, type Result } from '#domain/result.ts';
import type { InformationServerTable, ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import { fetchRelease } from '../content/fetches.ts';
import type { By, Parts } from '../parts.ts';

export async function fetchShared(
  parts: Parts,
  wanted: ParamsOf<InformationServerTable, 'share.fetch'>,
  by: By,
): Promise<Result<ResultOf<InformationServerTable, 'share.fetch'>>> {
  const fetched = await fetchRelease(parts, wanted, by);
  if (!fetched.ok) return fetched;
  const { release, from } = fetched.value;
  const { component, version } = release.manifest;
  return ok({ component, version, digest: release.digest, from: from.map((one) => ({ ...one })) });
}

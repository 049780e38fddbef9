/** The call that removes packages of which nobody has any use, or says which those are. */

import type { PackagesUse } from '#domain/catalogue/packages-of-use.ts';
import { archivesOf } from '#domain/catalogue/release.ts';
import { ok, type Result } from '#domain/result.ts';
import type { InformationServerTable, ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import { packagesUse, prunePackages } from '../content/packages-here.ts';
import type { By, Parts } from '../parts.ts';

export async function pruneShare(
  parts: Parts,
  { versionsKept, preview }: ParamsOf<InformationServerTable, 'share.prune'>,
  by: By,
): Promise<Result<ResultOf<InformationServerTable, 'share.prune'>>> {
  const { site } = parts;
  const use = preview
    ? await packagesUse(site, site.journal.rows, versionsKept)
    : await prunePackages(parts, versionsKept, by);
  return ok({
    gone: use.filter(({ stays }) => stays === null).map(packagesOf),
    kept: use.flatMap((one) =>
      one.stays === null ? [] : [{ ...packagesOf(one), because: one.stays }],
    ),
  });
}

function packagesOf({ release: { digest, manifest } }: PackagesUse) {
  const { component, version } = manifest;
  const bytes = [...archivesOf(manifest).values()].reduce((sum, one) => sum + one, 0);
  return { component, version, digest, bytes };
}

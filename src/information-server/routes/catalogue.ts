/** Calls about the catalogue: show, diff, restore, update (D8, D11, R5). */

import type { Drift } from '#domain/catalogue/drift.ts';
import { isClean } from '#domain/catalogue/drift.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type {
  DriftView,
  InformationServerTable,
  ParamsOf,
  ResultOf,
} from '#protocol/console/contract.ts';
import type { By, Parts } from '../parts.ts';

type Params<Call extends keyof InformationServerTable> = ParamsOf<InformationServerTable, Call>;
type Answer<Call extends keyof InformationServerTable> = Promise<
  Result<ResultOf<InformationServerTable, Call>>
>;

function driftView(drift: Drift): DriftView {
  return {
    clean: isClean(drift),
    fields: drift.fields.map((one) => ({ ...one })),
    packages: drift.packages.map((one) => ({ ...one })),
  };
}

const noRevision = refuse(problem('CATALOGUE_NO_REVISION', {}));

export async function showCatalogue(parts: Parts): Answer<'catalogue.show'> {
  const revision = await parts.catalogue.revision();
  if (revision === null) return noRevision;
  const text = await parts.site.share.catalogueText();
  return ok({ revision: revision.fence.number, text: text ?? '' });
}

export async function diffCatalogue(parts: Parts): Answer<'catalogue.diff'> {
  const drift = await parts.catalogue.check({ thorough: true });
  return drift === null ? noRevision : ok(driftView(drift));
}

export async function restoreCatalogue(
  parts: Parts,
  { preview }: Params<'catalogue.restore'>,
  by: By,
): Answer<'catalogue.restore'> {
  if (preview) {
    const drift = await parts.catalogue.check({ thorough: true });
    if (drift === null) return noRevision;
    return ok({ before: driftView(drift), restored: false, after: driftView(drift) });
  }
  const report = await parts.catalogue.restore(by.name);
  if (!report.ok) return report;
  const { before, after } = report.value;
  return ok({ before: driftView(before), restored: !isClean(before), after: driftView(after) });
}

export async function updateNow(
  parts: Parts,
  { source }: Params<'update.now'>,
  { name: who }: By,
): Answer<'update.now'> {
  const at = parts.site.clock.now();
  // Before it begins: what it takes is said line by line, and it may take a while.
  await parts.loop.submit(async ({ log }) => {
    const detail = { source: source ?? null };
    await log.appendRecord({ at, kind: 'update-asked', who, server: null, detail });
    return [];
  });
  const updated = await parts.updates.now(source);
  if (!updated.ok) return updated;
  const { taken, keptBack, standing, refused } = updated.value;
  const names = (items: typeof taken) =>
    items.map(({ component, version }) => ({ component, version }));
  return ok({
    taken: names(taken),
    refused: [...refused],
    keptBack: names(keptBack),
    standing: names(standing),
  });
}

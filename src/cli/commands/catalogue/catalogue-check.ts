/**
 * `dankai catalogue check FILE`: any `server.ini`, no server needed (D8, D11). Imports neither
 * the argument parser nor schemas nor sentences, because its whole process has a CPU budget.
 */

import { checkCatalogue, readCatalogue, type FieldDrift } from '#domain/catalogue/drift.ts';
import type { ServerIni } from '#domain/catalogue/server-ini.ts';
import type { Problem } from '#domain/problem.ts';
import { ok, type Result } from '#domain/result.ts';
import { profileDefault, shippedProfile } from '#profiles/shipped.ts';

export type CatalogueCheckOptions = {
  readonly file: string;
  readonly expect?: string | undefined;
  readonly baseline?: string | undefined;
  readonly profile?: string | undefined;
};

export type CatalogueCheckAnswer = {
  readonly clean: boolean;
  readonly fields: readonly FieldDrift[];
  /** Why nothing could be checked, and in which file; `fields` says nothing then. */
  readonly problem?: Problem;
  readonly file?: string;
};

/** Reads a catalogue's text without loss; `readCatalogueFile` of the adapters does. */
export type ReadCatalogue = (file: string) => Promise<Result<{ readonly text: string }>>;

export async function catalogueCheck(
  options: CatalogueCheckOptions,
  read: ReadCatalogue,
): Promise<CatalogueCheckAnswer> {
  const { file, expect = null, baseline = null } = options;
  const profile = shippedProfile(options.profile ?? profileDefault);
  if (!profile.ok) return unchecked(profile.because, null);
  const baselineIni = baseline === null ? ok(null) : await readBaseline(baseline, read);
  if (!baselineIni.ok) return unchecked(baselineIni.because, baseline);
  const text = await read(file);
  if (!text.ok) return unchecked(text.because, file);
  const question = { profile: profile.value, expect, baseline: baselineIni.value };
  const checked = checkCatalogue(text.value.text, question);
  if (!checked.ok) return unchecked(checked.because, file);
  return { clean: checked.value.length === 0, fields: checked.value };
}

async function readBaseline(file: string, read: ReadCatalogue): Promise<Result<ServerIni>> {
  const text = await read(file);
  return text.ok ? readCatalogue(text.value.text) : text;
}

function unchecked(because: Problem, file: string | null): CatalogueCheckAnswer {
  const answer = { clean: false, fields: [], problem: because };
  return file === null ? answer : { ...answer, file };
}

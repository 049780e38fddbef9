/** What this installation trusts: the two lanes of its organisation, as they stand under ROOT/trust. */

import { join } from 'node:path';
import { canonicalJson } from '#domain/catalogue/canonical-json.ts';
import { ok, type Result } from '#domain/result.ts';
import type { Trust } from '#ports/trust.ts';
import { organisationFile, readOrganisation } from './trust-files.ts';
import { isThere } from './atomic-file.ts';
import { trustIn } from './trust-tuf.ts';

/** Opened when it is asked for, and once: a server gets its organisation when it enrols. */
export function trustWhenAsked(root: string): () => Promise<Result<Trust | null>> {
  let known: Result<Trust | null> | null = null;
  return async () => {
    if (known !== null) return known;
    const opened = await openTrust(root);
    if (opened.ok && opened.value !== null) known = opened;
    return opened;
  };
}

export async function openTrust(root: string): Promise<Result<Trust | null>> {
  // TO BE REMOVED, the one place of its kind: an installation that was made before there were
  // organisations believes unsigned releases, as it did. With this line, and `| null` behind it,
  // nothing unsigned is accepted anywhere; the compiler shows every place that asks for it.
  if (!(await isThere(organisationFile(root)))) return ok(null);
  const known = await readOrganisation(root);
  if (!known.ok) return known;
  const { programRoot, contentRoot } = known.value.organisation;
  const shippedRoots = { program: canonicalJson(programRoot), content: canonicalJson(contentRoot) };
  return ok(trustIn(join(root, 'trust'), shippedRoots));
}

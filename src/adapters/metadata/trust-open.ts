/** What this installation trusts: the two lanes of its organisation, as they stand under ROOT/trust. */

import { join } from 'node:path';
import { canonicalJson } from '#domain/catalogue/canonical-json.ts';
import { ok, type Result } from '#domain/result.ts';
import type { Trust } from '#ports/trust.ts';
import { organisationFile, readOrganisation } from '../identity/trust-files.ts';
import { isThere } from '../files/atomic-file.ts';
import { trustIn } from './trust-tuf.ts';

/** On an insecure loopback nobody is asked who he is, and what has no organisation is not signed. */
type Links = { readonly isInsecure: boolean };

/** Opened when it is asked for, and once: a server gets its organisation when it enrols. */
export function trustWhenAsked(root: string, links: Links): () => Promise<Result<Trust | null>> {
  let known: Result<Trust | null> | null = null;
  return async () => {
    if (known !== null) return known;
    const opened = await openTrust(root, links);
    if (opened.ok && opened.value !== null) known = opened;
    return opened;
  };
}

/**
 * null: an insecure loopback without an organisation, where unsigned releases are believed for
 * trials and tests. Everywhere else nothing is believed without one.
 */
export async function openTrust(
  root: string,
  { isInsecure }: Links,
): Promise<Result<Trust | null>> {
  if (isInsecure && !(await isThere(organisationFile(root)))) return ok(null);
  const known = await readOrganisation(root);
  if (!known.ok) return known;
  const { programRoot, contentRoot } = known.value.organisation;
  const shippedRoots = { program: canonicalJson(programRoot), content: canonicalJson(contentRoot) };
  return ok(trustIn(join(root, 'trust'), shippedRoots));
}

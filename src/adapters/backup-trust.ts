/**
 * What a backup knows of both lanes goes through the client workflow like any other metadata: what
 * stands here never becomes older by it, and what expired meanwhile brings nothing in.
 */

import { join } from 'node:path';
import { canonicalJson } from '#domain/catalogue/canonical-json.ts';
import type { Lane } from '#domain/names.ts';
import { ok, type Result } from '#domain/result.ts';
import type { RestoredFacts, RestoredLane } from '#ports/backups.ts';
import { isThere, makeFolder, renameDurably } from './atomic-file.ts';
import { organisationFile, readOrganisation } from './trust-files.ts';
import { trustIn } from './trust-tuf.ts';

export async function takeTrust(
  staging: string,
  root: string,
): Promise<Result<RestoredFacts['metadata']>> {
  const none = { program: 'absent', content: 'absent' } as const;
  const theirs = organisationFile(staging);
  if (!(await isThere(organisationFile(root)))) {
    if (!(await isThere(theirs))) return ok(none);
    await makeFolder(join(root, 'trust'));
    await renameDurably(theirs, organisationFile(root));
  }
  const known = await readOrganisation(root);
  if (!known.ok) return known;
  const { programRoot, contentRoot } = known.value.organisation;
  const roots = { program: canonicalJson(programRoot), content: canonicalJson(contentRoot) };
  const from = trustIn(join(staging, 'trust'), roots);
  const to = trustIn(join(root, 'trust'), roots);
  const take = async (lane: Lane): Promise<RestoredLane> => {
    if (!(await isThere(join(staging, 'trust', lane, 'verified.json')))) return 'absent';
    const refreshed = await to[lane].refresh(async (name) => ok(await from[lane].file(name)));
    return refreshed.ok ? 'taken' : refreshed.because;
  };
  return ok({ program: await take('program'), content: await take('content') });
}

/**
 * What a backup knows of both lanes goes through the client workflow like any other metadata: what
 * stands here never becomes older by it, and what expired meanwhile brings nothing in.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { canonicalJson } from '#domain/catalogue/canonical-json.ts';
import type { Lane } from '#domain/names.ts';
import { ok, type Result } from '#domain/result.ts';
import type { RestoredFacts, RestoredLane } from '#ports/backups.ts';
import { isThere, makeFolder, renameDurably } from '../files/atomic-file.ts';
import { noticeFiles } from '../identity/notice-files.ts';
import { openNotices } from '../identity/notices-disk.ts';
import { organisationFile, readOrganisation } from '../identity/trust-files.ts';
import { trustIn } from '../metadata/trust-tuf.ts';

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
  const noticed = await takeNotices(staging, root);
  if (!noticed.ok) return noticed;
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

/** What the root has said since stays: a list of a lower number is not taken. */
async function takeNotices(staging: string, root: string): Promise<Result<null>> {
  const file = join(staging, 'trust', noticeFiles['refused-authorities']);
  if (!(await isThere(file))) return ok(null);
  const log = pino({ enabled: false });
  // An older list than the one that stands here counts for nothing.
  const notices = await openNotices(root, { clock: { after: () => () => undefined }, log });
  if (!notices.ok) return notices;
  const text = await readFile(file, 'utf8');
  const taken = await notices.value.take({ 'refused-authorities': text }, 'restore');
  const isOlder = !taken.ok && taken.because.code === 'NOTICE_OLDER';
  return taken.ok || isOlder ? ok(null) : taken;
}

/**
 * Takes the authority of a site back: every kit that was ever made for it, in the list of refused
 * authorities. The list is written before it is noted which kits stand in it, so that a command that
 * was cut off is only to be given again.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Instant } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { nextNoticeNumber, type RefusedAuthorities } from '#domain/trust/notices.ts';
import type { Organisations, RevokedSite } from '#ports/organisations.ts';
import { errorCode, writeFileAtomically } from '../files/atomic-file.ts';
import { noticeFiles } from '../identity/notice-files.ts';
import { openRoot, readOrganisationIn, readSite, writeSite } from './organisation-authority.ts';
import {
  entriesOf,
  makeRefusedAuthorities,
  readRefusedAuthorities,
  type RefusedAuthority,
} from '../identity/refused-authorities.ts';

type Options = {
  readPassphrase(): Promise<Result<string>>;
  readonly now: () => Instant;
};

export async function revokeSite(
  { readPassphrase, now: clock }: Options,
  { folder, site, reason }: Parameters<Organisations['revokeSite']>[0],
): Promise<Result<RevokedSite>> {
  const known = await readSite(folder, site);
  if (!known.ok) return known;
  if (known.value === null) return refuse(problem('SITE_UNKNOWN', { site }));
  const open = known.value.kits.filter(({ revoked }) => revoked === undefined);
  if (open.length === 0) return refuse(problem('SITE_REVOKED', { site }));
  const organisation = await readOrganisationIn(folder);
  if (!organisation.ok) return organisation;
  const file = join(folder, 'authority', noticeFiles['refused-authorities']);
  const before = await readBefore(file, organisation.value.authority);
  if (!before.ok) return before;
  const root = await openRoot(readPassphrase, folder, organisation.value);
  if (!root.ok) return root;
  const now = clock();
  const number = nextNoticeNumber(before.value?.number ?? null, now);
  const standing = before.value?.entries ?? [];
  const isIn = new Set(standing.map(({ serial }) => serial));
  const news = open.filter(({ serial }) => !isIn.has(serial));
  const authorities = [...standing, ...news.map(({ serial }) => ({ serial, at: now }))];
  const text = await makeRefusedAuthorities(root.value, { number, now, authorities });
  const written = await writeFileAtomically(file, text);
  if (!written.ok) return written;
  const revoked = { at: now, reason };
  const kits = known.value.kits.map((kit) => ({ ...kit, revoked: kit.revoked ?? revoked }));
  const noted = await writeSite(folder, { site, kits });
  if (!noted.ok) return noted;
  return ok({ site, file, number, authorities: open.map(({ serial }) => serial) });
}

/** The list must grow: one that cannot be read any more is not begun anew. */
async function readBefore(
  file: string,
  root: string,
): Promise<
  Result<(RefusedAuthorities & { readonly entries: readonly RefusedAuthority[] }) | null>
> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return ok(null);
  const read = await readRefusedAuthorities(text, root);
  return read.ok ? ok({ ...read.value, entries: entriesOf(text) }) : read;
}

/**
 * The authority in an organisation folder, as the commands that sign by it find it: the public face,
 * the sealed root key, and which kits were made for each site. Made in `organisation-folder.ts`.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { SiteOfOrganisation } from '#ports/organisations.ts';
import { parseOrganisation, placeName, type Organisation } from '#protocol/shared/organisation.ts';
import {
  errorCode,
  isThere,
  makeFolder,
  refuseDiskError,
  writeFileAtomically,
} from '../files/atomic-file.ts';
import type { Authority } from '../identity/authority-x509.ts';
import { sealedText, unsealText } from '../secrets/sealed-text.ts';

export const aboutRootKey = (organisation: string): string =>
  `root key of the authority of ${organisation}`;

const siteFile = z.object({
  site: placeName,
  kits: z.array(
    z.object({
      serial: z.string(),
      madeAt: z.int(),
      until: z.int(),
      revoked: z.object({ at: z.int(), reason: z.string() }).optional(),
    }),
  ),
});

export async function readOrganisationIn(folder: string): Promise<Result<Organisation>> {
  const file = join(folder, 'organisation.json');
  try {
    return parseOrganisation(await readFile(file, 'utf8'), file);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') return refuseDiskError(error, file);
    return refuse(problem('ORGANISATION_UNREADABLE', { file, detail: 'absent' }));
  }
}

const rootKeyFile = z.strictObject({ format: z.literal(1), sealed: sealedText });

export async function openRoot(
  readPassphrase: () => Promise<Result<string>>,
  folder: string,
  { organisation, authority }: Organisation,
): Promise<Result<Authority>> {
  const file = join(folder, 'authority', 'root.key');
  const sealed = await readJson(file, rootKeyFile);
  if (!sealed.ok) return sealed;
  const passphrase = await readPassphrase();
  if (!passphrase.ok) return passphrase;
  const key = await unsealText(sealed.value.sealed, {
    about: aboutRootKey(organisation),
    passphrase: passphrase.value,
  });
  return key === null
    ? refuse(problem('PASSPHRASE_WRONG', { file }))
    : ok({ key, certificate: authority });
}

async function readJson<Value>(file: string, schema: z.ZodType<Value>): Promise<Result<Value>> {
  try {
    const parsed = schema.safeParse(JSON.parse(await readFile(file, 'utf8')));
    if (parsed.success) return ok(parsed.data);
    const detail = parsed.error.issues[0]?.message ?? 'unreadable';
    return refuse(problem('FILE_UNREADABLE', { file, detail }));
  } catch (error) {
    if (!(error instanceof SyntaxError)) return refuseDiskError(error, file);
    return refuse(problem('FILE_UNREADABLE', { file, detail: 'not JSON' }));
  }
}

export async function readSite(
  folder: string,
  site: string,
): Promise<Result<SiteOfOrganisation | null>> {
  const file = join(folder, 'sites', `${site}.json`);
  return (await isThere(file)) ? readJson(file, siteFile) : ok(null);
}

export async function writeSite(folder: string, site: SiteOfOrganisation): Promise<Result<null>> {
  await makeFolder(join(folder, 'sites'), 0o700);
  const file = join(folder, 'sites', `${site.site}.json`);
  return writeFileAtomically(file, `${JSON.stringify(site, null, 2)}\n`);
}

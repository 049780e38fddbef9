/**
 * The installer that the running program came out of: `installer.json` and the signed metadata that
 * stand beside its unpacked release.
 */

import { readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { MetadataFiles } from '#domain/trust/metadata-files.ts';
import {
  installerFacts,
  installerMetadata,
  installerName,
  type InstallerFacts,
} from '#protocol/shared/installer.ts';
import { detailOf } from '#protocol/shared/mistake.ts';
import { parseEnrolmentToken } from '#protocol/shared/organisation.ts';
import { errorCode } from '../files/atomic-file.ts';
import { readMetadataFolder } from '../metadata/metadata-folder.ts';
import { knownOrganisation } from '../identity/trust-files.ts';

/** <folder>/tree/app/main.mjs */
async function folderOf(program: string): Promise<string> {
  return dirname(dirname(dirname(await realpath(program))));
}

/** null: the running program came out of no installer. */
export async function readInstaller(program: string): Promise<Result<InstallerFacts | null>> {
  const file = join(await folderOf(program), installerName);
  const unreadable = (detail: string) => refuse(problem('INSTALLER_UNREADABLE', { file, detail }));
  let input: unknown;
  try {
    input = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const code = errorCode(error);
    return code === 'ENOENT' || code === 'ENOTDIR' ? ok(null) : unreadable(String(error));
  }
  const parsed = installerFacts.safeParse(input);
  if (!parsed.success) return unreadable(detailOf(parsed.error));
  return ownOrganisation(parsed.data, file);
}

/** Its token and its organisation are of one making. */
function ownOrganisation(facts: InstallerFacts, file: string): Result<InstallerFacts> {
  const organisation = knownOrganisation(facts.organisation, file);
  if (!organisation.ok) return organisation;
  if (facts.token === null) return ok(facts);
  const token = parseEnrolmentToken(facts.token, file);
  if (!token.ok) return token;
  const { organisation: expected } = token.value;
  const { fingerprint: found } = organisation.value;
  return found === expected
    ? ok(facts)
    : refuse(problem('ORGANISATION_OTHER', { expected, found }));
}

export async function metadataBeside(program: string): Promise<Result<MetadataFiles>> {
  return readMetadataFolder(join(await folderOf(program), installerMetadata));
}

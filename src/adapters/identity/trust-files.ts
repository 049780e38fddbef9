/**
 * What stands in ROOT/trust and ROOT/secrets of who this computer is: the organisation, and for
 * each daemon its private key and its chain. Writes keys so that only their owner reads them.
 */

import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { parseOrganisation, type Organisation } from '#protocol/shared/organisation.ts';
import {
  errorCode,
  makeFolder,
  refuseDiskError,
  syncFolder,
  writeFileAtomically,
} from '../files/atomic-file.ts';
import { placeOfSecret } from '../secrets/given-secret.ts';
import type { Authority } from './authority-x509.ts';
import { readChain } from './certificate-chain.ts';
import { digestOfBytes } from '../files/digest.ts';

/** Who has an identity on its links. Several of them may stand in one installation folder. */
export type TrustedService = 'control-manager' | 'information-server' | 'agent' | 'normal-server';

export const organisationFile = (root: string): string => join(root, 'trust', 'organisation.json');
const secretFile = (root: string, name: string): string => join(root, 'secrets', name);

export type KnownOrganisation = {
  readonly organisation: Organisation;
  /** The very bytes, as they are told to the tier below. */
  readonly text: string;
  readonly fingerprint: Digest;
};

export function knownOrganisation(text: string, file: string): Result<KnownOrganisation> {
  const organisation = parseOrganisation(text, file);
  if (!organisation.ok) return organisation;
  return ok({ organisation: organisation.value, text, fingerprint: digestOfBytes(text) });
}

/** What somebody answered who could be anybody: it counts when it has this fingerprint. */
export function organisationOf(
  text: string,
  { fingerprint, from }: { readonly fingerprint: Digest; readonly from: string },
): Result<KnownOrganisation> {
  const found = digestOfBytes(text);
  return found === fingerprint
    ? knownOrganisation(text, from)
    : refuse(problem('ORGANISATION_OTHER', { expected: fingerprint, found }));
}

export async function readOrganisation(root: string): Promise<Result<KnownOrganisation>> {
  const file = organisationFile(root);
  const text = await readText(file);
  return text.ok ? knownOrganisation(text.value, file) : text;
}

export async function writeOrganisation(root: string, text: string): Promise<Result<null>> {
  await makeFolder(join(root, 'trust'));
  return writeFileAtomically(organisationFile(root), text);
}

/** What a daemon shows on its links; both PEM. The leaf comes first in the chain. */
export type Credentials = { readonly key: string; readonly chain: string };

const keyBlock = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----\n/;

export function readCredentials(
  root: string,
  service: TrustedService,
): Promise<Result<Credentials>> {
  return readPair(secretFile(root, `${service}.pem`));
}

/** Both stand in one file, so that no kill leaves a key beside the chain of another. */
async function readPair(file: string): Promise<Result<Credentials>> {
  const text = await readText(file);
  if (!text.ok) return text;
  const key = keyBlock.exec(text.value)?.[0];
  if (key === undefined || readChain(text.value) === null) {
    return refuse(problem('FILE_UNREADABLE', { file, detail: 'no key, or no certificate' }));
  }
  return ok({ key, chain: text.value.replace(keyBlock, '') });
}

export function writeCredentials(
  root: string,
  service: TrustedService,
  { key, chain }: Credentials,
): Promise<Result<null>> {
  return writeSecret(root, `${service}.pem`, `${key}${chain}`);
}

/** Of the site whose upper tier this computer is; it stands here as it stood in the kit. */
export async function readAuthority(root: string): Promise<Result<Authority>> {
  const read = await readPair(placeOfSecret(root, 'authority.pem').file);
  return read.ok ? ok({ key: read.value.key, certificate: read.value.chain }) : read;
}

export function writeAuthority(
  root: string,
  { key, certificate }: Authority,
): Promise<Result<null>> {
  return writeSecret(root, 'authority.pem', `${key}${certificate}`);
}

export async function writeSecret(root: string, name: string, text: string): Promise<Result<null>> {
  await makeFolder(join(root, 'secrets'), 0o700);
  return writeFileAtomically(secretFile(root, name), text, 0o600);
}

/** null: there is none. */
export async function readSecret(root: string, name: string): Promise<Result<string | null>> {
  const text = await readText(secretFile(root, name));
  if (text.ok) return text;
  return text.because.with['detail'] === 'ENOENT' ? ok(null) : text;
}

export async function removeSecret(root: string, name: string): Promise<void> {
  await rm(secretFile(root, name), { force: true });
  await syncFolder(join(root, 'secrets'));
}

async function readText(file: string): Promise<Result<string>> {
  try {
    return ok(await readFile(file, 'utf8'));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') {
      return refuse(problem('FILE_UNREADABLE', { file, detail: 'ENOENT' }));
    }
    return refuseDiskError(error, file);
  }
}

/**
 * Whom a command line believes: an information server or control manager of its organisation, by
 * the organisation's description. Plain HTTP is spoken to this very computer alone, where a person
 * accepted that.
 */

import { readFile } from 'node:fs/promises';
import { request as requestPlainly, type RequestOptions } from 'node:http';
import { request as requestSecurely } from 'node:https';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Identity } from '#domain/trust/identity.ts';
import { errorCode } from './atomic-file.ts';
import { organisationServerName } from './console-trust.ts';
import { believingTls, type OrganisationAuthority } from './link-trust.ts';
import { isLoopback } from './settings-yaml.ts';
import { knownOrganisation, readOrganisation } from './trust-files.ts';

/** null: an insecure loopback. */
export type Believed = OrganisationAuthority | null;

export async function believedAt(
  address: string,
  where: {
    /** The installation that the address was found in. */
    readonly root?: string | undefined;
    /** organisation.json of elsewhere. */
    readonly organisationFile?: string | undefined;
  },
): Promise<Result<Believed>> {
  const url = URL.parse(address);
  if (url?.protocol === 'http:') {
    return isLoopback(url.hostname) ? ok(null) : refuse(problem('LINK_INSECURE', { address }));
  }
  if (where.organisationFile !== undefined) return organisationAt(where.organisationFile);
  if (where.root === undefined) {
    return refuse(problem('ORGANISATION_ABSENT', { address }));
  }
  const read = await readOrganisation(where.root);
  return read.ok ? ok(read.value.organisation) : read;
}

async function organisationAt(file: string): Promise<Result<Believed>> {
  try {
    const known = knownOrganisation(await readFile(file, 'utf8'), file);
    return known.ok ? ok(known.value.organisation) : known;
  } catch (error) {
    const detail = errorCode(error) ?? String(error);
    return refuse(problem('FILE_UNREADABLE', { file, detail }));
  }
}

const isTier = ({ role }: Identity): boolean =>
  role === 'information-server' || role === 'control-manager';

export function requestTo(
  url: URL,
  believed: Believed,
  options: RequestOptions,
): ReturnType<typeof requestPlainly> {
  return believed === null
    ? requestPlainly(url, options)
    : requestSecurely(url, {
        ...options,
        ...believingTls(believed, isTier),
        servername: organisationServerName,
      });
}

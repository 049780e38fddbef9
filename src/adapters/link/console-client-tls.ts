/**
 * Whom a command line believes: the information server or control manager of one named site, by the
 * organisation's description. Tokens and passwords go to nobody else of the organisation: the stolen
 * key of one site must not collect those of another, nor those of its own once the site was taken
 * back. Plain HTTP is spoken to this very computer alone, where a person accepted that.
 */

import { dirname, join } from 'node:path';
import { request as requestPlainly, type RequestOptions } from 'node:http';
import { request as requestSecurely } from 'node:https';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Identity } from '#domain/trust/identity.ts';
import { readText } from '../files/read-text.ts';
import { readChain, type Refusals } from '../identity/certificate-chain.ts';
import { organisationServerName } from './console-trust.ts';
import { believingTls, type OrganisationAuthority } from '../identity/link-trust.ts';
import { readRefusals } from '../identity/refusals-file.ts';
import { isLoopback } from '../daemon/settings-yaml.ts';
import { knownOrganisation, readAuthority, readOrganisation } from '../identity/trust-files.ts';

/** The upper tier of that site, `head-office` for the control manager; null: an insecure loopback. */
export type Believed = {
  readonly organisation: OrganisationAuthority;
  readonly site: string;
  /** Sites that were taken back, as far as that is known where the organisation's description stands. */
  readonly refusals?: Refusals;
} | null;

export async function believedAt(
  address: string,
  where: {
    /** The installation that the address was found in. */
    readonly root?: string | undefined;
    /** organisation.json of elsewhere. */
    readonly organisationFile?: string | undefined;
    /** Default: that of the installation. */
    readonly site?: string | undefined;
    /**
     * The address is what the installation itself noted of its own server. That one answers on this
     * very computer, also when its site was taken back: its people must see that, and mend it.
     */
    readonly isOwn?: boolean | undefined;
  },
): Promise<Result<Believed>> {
  const url = URL.parse(address);
  if (url?.protocol === 'http:') {
    return isLoopback(url.hostname) ? ok(null) : refuse(problem('LINK_INSECURE', { address }));
  }
  const organisation = await organisationOf(address, where);
  if (!organisation.ok) return organisation;
  const site = where.site ?? (await siteIn(where.root, organisation.value));
  if (site === null) return refuse(problem('OPTION_ABSENT', { option: '--site' }));
  if (where.isOwn === true) return ok({ organisation: organisation.value, site });
  const refusals = await readRefusals(noticesBeside(where), organisation.value);
  if (!refusals.ok) return refusals;
  return ok({ organisation: organisation.value, site, refusals: refusals.value });
}

type Description = {
  readonly root?: string | undefined;
  readonly organisationFile?: string | undefined;
};

/** In an organisation folder the list stands with the authority that signed it. */
function noticesBeside({ root = '', organisationFile }: Description): readonly string[] {
  if (organisationFile === undefined) return [join(root, 'trust')];
  const folder = dirname(organisationFile);
  return [folder, join(folder, 'authority')];
}

async function organisationOf(
  address: string,
  where: Description,
): Promise<Result<OrganisationAuthority>> {
  if (where.organisationFile !== undefined) return organisationAt(where.organisationFile);
  if (where.root === undefined) return refuse(problem('ORGANISATION_ABSENT', { address }));
  const read = await readOrganisation(where.root);
  return read.ok ? ok(read.value.organisation) : read;
}

/** The site whose upper tier stands there, as the organisation named it; null: none does. */
async function siteIn(
  root: string | undefined,
  { organisation }: OrganisationAuthority,
): Promise<string | null> {
  const authority = root === undefined ? null : await readAuthority(root);
  if (authority === null || !authority.ok) return null;
  const subject = readChain(authority.value.certificate)?.[0]?.subject ?? '';
  const end = `.${organisation}.dankai`;
  return subject.startsWith('CN=') && subject.endsWith(end)
    ? subject.slice('CN='.length, -end.length)
    : null;
}

async function organisationAt(file: string): Promise<Result<OrganisationAuthority>> {
  const text = await readText(file);
  if (!text.ok) return text;
  const known = knownOrganisation(text.value, file);
  return known.ok ? ok(known.value.organisation) : known;
}

const isTierOf =
  (expected: string) =>
  ({ role, site }: Identity): boolean =>
    site === expected && (role === 'information-server' || role === 'control-manager');

export function requestTo(
  url: URL,
  believed: Believed,
  options: RequestOptions,
): ReturnType<typeof requestPlainly> {
  return believed === null
    ? requestPlainly(url, options)
    : requestSecurely(url, {
        ...options,
        ...believingTls(believed.organisation, {
          expects: isTierOf(believed.site),
          ...(believed.refusals === undefined ? {} : { refusals: believed.refusals }),
        }),
        servername: organisationServerName,
      });
}

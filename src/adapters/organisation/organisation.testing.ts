/**
 * An organisation for tests, made in memory: a root, the authorities of sites, and an identity for
 * every role. Its lanes have no keys; a test that needs signed lanes gives their roots.
 */

import { brand, type ServerId } from '#domain/names.ts';
import { headOffice, type Identity } from '#domain/trust/identity.ts';
import {
  organisationSchema,
  organisationText,
  type Kit,
  type Organisation,
} from '#protocol/shared/organisation.ts';
import {
  issueLeaf,
  makeRoot,
  makeSiteAuthority,
  type Authority,
} from '../identity/authority-x509.ts';
import { certificateRequest, newPrivateKey } from '../identity/certificate-request.ts';
import { digestOfBytes } from '../files/digest.ts';
import type { Standing } from '../identity/link-trust.ts';

/** What a daemon shows on its links; both PEM. */
export type Credentials = {
  readonly key: string;
  /** The leaf, then its site's authority. */
  readonly chain: string;
  readonly identity: Identity;
  readonly serial: string;
};

export type TestSite = {
  readonly site: string;
  readonly authority: Authority;
  readonly kit: Kit;
  readonly informationServer: Credentials;
  readonly agent: Credentials;
  normalServer(server: string, options?: LeafOptions): Promise<Credentials>;
  /** Any identity, also one that this site may not sign. */
  leaf(identity: Identity, options?: LeafOptions): Promise<Credentials>;
};

export type LeafOptions = { readonly now?: number; readonly lifetimeMs?: number };

export type TestOrganisation = {
  readonly organisation: Organisation;
  /** The bytes of organisation.json. */
  readonly text: string;
  readonly fingerprint: string;
  readonly root: Authority;
  readonly controlManager: Credentials;
  readonly controlManagerKit: Kit;
  /** The site `tokyo`. */
  readonly site: TestSite;
  addSite(name: string): Promise<TestSite>;
  /** What a daemon with these credentials shows and believes. */
  standing(credentials: Credentials): Standing;
};

const noLane = { signed: {}, signatures: [] };

export async function testOrganisation({
  name = 'acme',
  programRoot = noLane,
  contentRoot = noLane,
}: {
  readonly name?: string;
  readonly programRoot?: Organisation['programRoot'];
  readonly contentRoot?: Organisation['contentRoot'];
} = {}): Promise<TestOrganisation> {
  const now = Date.now();
  const root = await makeRoot({ organisation: name, now });
  const organisation = organisationSchema.parse({
    format: 1,
    organisation: name,
    authority: root.certificate,
    programRoot,
    contentRoot,
  });
  const text = organisationText(organisation);
  const addSite = (site: string): Promise<TestSite> => makeSite(root, organisation, site);
  const above = await makeSiteAuthority(root, { organisation: name, site: headOffice, now });
  return {
    organisation,
    text,
    fingerprint: digestOfBytes(text),
    root,
    controlManager: await credentials(above, {
      role: 'control-manager',
      site: headOffice,
      organisation: name,
    }),
    controlManagerKit: {
      format: 1,
      organisation,
      role: 'control-manager',
      site: headOffice,
      authority: above,
    },
    site: await addSite('tokyo'),
    addSite,
    standing: ({ identity, key, chain }) => ({
      identity,
      credentials: { key, chain },
      organisation: { organisation },
    }),
  };
}

async function makeSite(
  root: Authority,
  organisation: Organisation,
  site: string,
): Promise<TestSite> {
  const place = { site, organisation: organisation.organisation };
  const authority = await makeSiteAuthority(root, { ...place, now: Date.now() });
  return {
    site,
    authority,
    kit: { format: 1, organisation, role: 'information-server', site, authority },
    informationServer: await credentials(authority, { ...place, role: 'information-server' }),
    agent: await credentials(authority, { ...place, role: 'agent' }),
    normalServer: (server, options) =>
      credentials(
        authority,
        { ...place, role: 'normal-server', server: brand<ServerId>(server) },
        options,
      ),
    leaf: (identity, options) => credentials(authority, identity, options),
  };
}

async function credentials(
  authority: Authority,
  identity: Identity,
  { now = Date.now(), lifetimeMs }: LeafOptions = {},
): Promise<Credentials> {
  const key = newPrivateKey();
  const request = certificateRequest(key);
  const issued = await issueLeaf(authority, { request, identity, now, lifetimeMs });
  if (!issued.ok) throw new Error(issued.because.code);
  const { certificate, serial } = issued.value;
  return { key, chain: `${certificate}${authority.certificate}`, identity, serial };
}

/**
 * Who speaks on a link: the role, the site and the organisation that a certificate says, as the one
 * URI in it. Peers are known by this and by nothing else: no host name, no address, no token.
 * Absent here: certificates. What a text is worth depends on who signed it.
 */

import { brand, namePattern, type ServerId } from '../names.ts';

type Place = {
  /** The site's name; of the control manager always `headOffice`. */
  readonly site: string;
  readonly organisation: string;
};

export type Identity =
  | (Place & { readonly role: 'control-manager' | 'information-server' | 'agent' })
  | (Place & { readonly role: 'normal-server'; readonly server: ServerId });

/**
 * The site of the control manager, and of nobody else. Each site's authority can sign any role of
 * its own site; were the control manager one of those roles, the stolen key of one site could
 * deliver content to all others.
 */
export const headOffice = 'head-office';

/**
 * Names of organisations and of sites. They are parts of a host name in certificates, so they are
 * what DNS allows there, in the one spelling.
 */
export const placePattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** What a site's authority is bound to: the host of all its identities. */
export function siteHost({ site, organisation }: Place): string {
  return `${site}.${organisation}.dankai`;
}

/** `spiffe://tokyo.acme.dankai/normal-server/files-01` */
export function identityText(identity: Identity): string {
  const role = `spiffe://${siteHost(identity)}/${identity.role}`;
  return identity.role === 'normal-server'
    ? `${role}/${encodeURIComponent(identity.server)}`
    : role;
}

const form =
  /^spiffe:\/\/([a-z0-9-]{1,63})\.([a-z0-9-]{1,63})\.dankai\/([a-z-]{1,32})(?:\/([\w.%~-]{1,1000}))?$/;

/** null: that is nobody. There is one text for each identity, and no other is read. */
export function parseIdentity(text: string): Identity | null {
  const [, site = '', organisation = '', role, encoded] = form.exec(text) ?? [];
  if (!placePattern.test(site) || !placePattern.test(organisation)) return null;
  if (role === 'normal-server') {
    const server = serverOf(encoded);
    if (server === null || site === headOffice) return null;
    const identity: Identity = { role, site, organisation, server };
    return identityText(identity) === text ? identity : null;
  }
  if (encoded !== undefined) return null;
  if (role === 'control-manager') return site === headOffice ? { role, site, organisation } : null;
  if (role !== 'information-server' && role !== 'agent') return null;
  return site === headOffice ? null : { role, site, organisation };
}

function serverOf(encoded: string | undefined): ServerId | null {
  if (encoded === undefined) return null;
  try {
    const name = decodeURIComponent(encoded);
    return namePattern.test(name) ? brand<ServerId>(name) : null;
  } catch {
    return null; // a per cent sign that begins nothing
  }
}

export function sameIdentity(one: Identity, other: Identity): boolean {
  return identityText(one) === identityText(other);
}

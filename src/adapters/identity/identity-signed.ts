/**
 * The identity of a daemon of an upper tier, or beside one: the authority of the site stands on
 * this very computer, so it signs for itself whenever its certificate is half over.
 */

import { X509Certificate } from 'node:crypto';
import type { Instant, ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { parseIdentity, sameIdentity, type Identity } from '#domain/trust/identity.ts';
import { renewAt, type Lifetime } from '#domain/trust/validity.ts';
import type { Authority } from './authority-x509.ts';
import { openVerifier, readChain, type Refusals } from './certificate-chain.ts';
import { certificateRequest, newPrivateKey } from './certificate-request.ts';
import {
  readAuthority,
  readCredentials,
  readOrganisation,
  writeCredentials,
  type Credentials,
  type KnownOrganisation,
} from './trust-files.ts';

/** Who a daemon is at present, and until when. */
export type Standing = Lifetime & {
  readonly organisation: KnownOrganisation;
  readonly identity: Identity;
  readonly credentials: Credentials;
};

export type Daemon =
  | { readonly service: 'control-manager' | 'information-server' | 'agent' }
  | { readonly service: 'normal-server'; readonly server: ServerId };

export type Moment = {
  readonly now: Instant;
  /** From 0 up to 1: when within its time a certificate is renewed. */
  readonly chance: number;
  /** Of a certificate that is signed here. */
  readonly lifetimeMs?: number | undefined;
  /** Under an authority that was taken back nothing stands; a new one may be there. */
  readonly refusals?: Refusals | undefined;
};

/** Reads what stands in ROOT, or signs anew. */
export async function signedIdentity(
  root: string,
  daemon: Daemon,
  moment: Moment,
): Promise<Result<Standing>> {
  const organisation = await readOrganisation(root);
  if (!organisation.ok) return organisation;
  const authority = await readAuthority(root);
  if (!authority.ok) return authority;
  const identity = identityOf(organisation.value, authority.value, daemon);
  if (!identity.ok) return identity;
  const who = { organisation: organisation.value, identity: identity.value };
  const standing = await standingIdentity(root, daemon.service, {
    organisation: organisation.value,
    now: moment.now,
    refusals: moment.refusals,
    isIt: (found) => sameIdentity(found, identity.value),
  });
  if (standing !== null && moment.now < renewAt(standing, moment.chance)) return ok(standing);
  return sign(root, daemon, { ...who, authority: authority.value, moment });
}

/** Of which site this computer is, stands in the certificate of its authority. */
function identityOf(
  { organisation }: KnownOrganisation,
  { certificate }: Authority,
  daemon: Daemon,
): Result<Identity> {
  const { subject } = new X509Certificate(certificate);
  const role =
    daemon.service === 'normal-server'
      ? `normal-server/${encodeURIComponent(daemon.server)}`
      : daemon.service;
  const identity = parseIdentity(`spiffe://${subject.replace(/^CN=/, '')}/${role}`);
  return identity !== null && identity.organisation === organisation.organisation
    ? ok(identity)
    : refuse(problem('IDENTITY_NOT_HERE', { service: daemon.service, authority: subject }));
}

/** What stands there, if it is of that identity and counts now; null: nothing of use. */
export async function standingIdentity(
  root: string,
  service: Daemon['service'],
  {
    organisation,
    isIt,
    now,
    refusals,
    expiredMsMax = 0,
  }: {
    readonly organisation: KnownOrganisation;
    readonly isIt: (found: Identity) => boolean;
    readonly now: Instant;
    readonly refusals?: Refusals | undefined;
    readonly expiredMsMax?: number;
  },
): Promise<Standing | null> {
  const credentials = await readCredentials(root, service);
  if (!credentials.ok) return null;
  const chain = readChain(credentials.value.chain) ?? [];
  const verified = openVerifier(organisation.organisation, refusals).verify(chain, {
    now,
    expiredMsMax,
  });
  if (!verified.ok || !isIt(verified.value.identity)) return null;
  const { identity, from, until } = verified.value;
  return { organisation, identity, credentials: credentials.value, from, until };
}

async function sign(
  root: string,
  daemon: Daemon,
  {
    organisation,
    identity,
    authority,
    moment: { now, lifetimeMs },
  }: {
    readonly organisation: KnownOrganisation;
    readonly identity: Identity;
    readonly authority: Authority;
    readonly moment: Moment;
  },
): Promise<Result<Standing>> {
  const key = newPrivateKey();
  const request = certificateRequest(key);
  // It costs a tenth of a second to load, and is needed every other week.
  const { issueLeaf } = await import('./authority-x509.ts');
  const issued = await issueLeaf(authority, { request, identity, now, lifetimeMs });
  if (!issued.ok) return issued;
  const { certificate, from, until } = issued.value;
  const credentials = { key, chain: `${certificate}${authority.certificate}` };
  const written = await writeCredentials(root, daemon.service, credentials);
  return written.ok ? ok({ organisation, identity, credentials, from, until }) : written;
}

/**
 * What one side of a link shows of itself and what it believes of the other. TLS 1.3 and nothing
 * older; the other side is known by the identity in its certificate, never by name or address.
 * Absent here: who may do what (the programs say so), and how certificates are made.
 */

import { X509Certificate } from 'node:crypto';
import type { PeerCertificate, TLSSocket } from 'node:tls';
import { problem, type Problem } from '#domain/problem.ts';
import { invariant, ok, refuse, type Result } from '#domain/result.ts';
import { identityText, type Identity } from '#domain/trust/identity.ts';
import {
  noRefusals,
  openVerifier,
  type Chain,
  type Refusals,
  type Verified,
  type Verifier,
} from './certificate-chain.ts';

/** Both PEM; the chain is the leaf, then the authority of its site. */
export type Shown = { readonly key: string; readonly chain: string };

/** Who we are at present, and in which organisation. */
export type Standing = {
  readonly identity: Identity;
  readonly credentials: Shown;
  /** The description of the organisation: its name, and the one root that is believed. */
  readonly organisation: {
    readonly organisation: { readonly organisation: string; readonly authority: string };
  };
};

type Current = Standing & { readonly authority: string; readonly verifier: Verifier };

export type LinkTrust = {
  /** Asked for each new connection: it is renewed while the daemon runs. null: not enrolled yet. */
  current(): Current | null;
  /** From now on this is shown; listeners that are open go on with it. */
  stands(standing: Standing): void;
  /** We show another certificate, or others are refused. Answers what ends the telling. */
  onChanged(act: () => void): () => void;
  /** Authorities that the organisation has taken back. */
  readonly refusals: Refusals;
};

export function openLinkTrust(
  first: Standing | null = null,
  refusals: Refusals = noRefusals,
): LinkTrust {
  const acts = new Set<() => void>();
  const currentOf = (standing: Standing): Current => {
    const { organisation } = standing.organisation;
    const { authority } = organisation;
    return { ...standing, authority, verifier: openVerifier(organisation, refusals) };
  };
  const tell = (): void => {
    for (const act of acts) act();
  };
  let current = first === null ? null : currentOf(first);
  refusals.onTaken(tell);
  return {
    current: () => current,
    stands(standing) {
      current = currentOf(standing);
      tell();
    },
    onChanged(act) {
      acts.add(act);
      return () => acts.delete(act);
    },
    refusals,
  };
}

/** Who has no identity yet neither listens nor dials; his caller has seen to that. */
function currentIn(trust: LinkTrust): Current {
  const current = trust.current();
  invariant(current !== null, 'a link begins with an identity');
  return current;
}

export const tlsVersion = { minVersion: 'TLSv1.3', maxVersion: 'TLSv1.3' } as const;

export function shownTls(trust: LinkTrust) {
  const { key, chain } = currentIn(trust).credentials;
  return { ...tlsVersion, key, cert: chain };
}

/** For `tls.createServer` and `setSecureContext`. Who shows nothing is judged by each route. */
export function listeningTls(trust: LinkTrust) {
  return {
    ...shownTls(trust),
    ca: currentIn(trust).authority,
    requestCert: true,
    rejectUnauthorized: false,
  };
}

/** What a dialler shows, and whom it expects to find. */
export type Dialling = { readonly trust: LinkTrust; expects(peer: Identity): boolean };

/** For one connection of a dialler: the next one asks again, and so shows what was renewed. */
export function diallingTls({ trust, expects }: Dialling, found?: (peer: Verified) => void) {
  const { organisation } = currentIn(trust).organisation;
  const { refusals } = trust;
  return { ...shownTls(trust), ...believingTls(organisation, { expects, refusals }, found) };
}

/** Whoever was found at the other end is whom we would find there now. */
export function stillStands({ trust, expects }: Dialling, peer: Verified): boolean {
  return expects(peer.identity) && !trust.refusals.isRefused(peer.authority);
}

export type OrganisationAuthority = Standing['organisation']['organisation'];

type Believing = Pick<Dialling, 'expects'> & { readonly refusals?: Refusals };

/** Who answers must be of this organisation, and whom we expect; we show nothing. */
export function believingTls(
  organisation: OrganisationAuthority,
  { expects, refusals = noRefusals }: Believing,
  found?: (peer: Verified) => void,
) {
  return {
    ...tlsVersion,
    ca: organisation.authority,
    rejectUnauthorized: true,
    checkServerIdentity(_host: string, certificate: PeerCertificate): Error | undefined {
      const verifier = openVerifier(organisation, refusals);
      const verdict = judge(verifier, chainOf(certificate), expects);
      if (!verdict.ok) return new PeerRefused(verdict.because);
      found?.(verdict.value);
      return undefined;
    },
  };
}

/** Carries a problem through the errors of Node's connections. */
export class PeerRefused extends Error {
  readonly because: Problem;

  constructor(because: Problem) {
    super(`${because.code} ${JSON.stringify(because.with)}`);
    this.because = because;
  }
}

/** `https` where certificates are shown, `http` where nobody does; null: it is neither. */
export function linkAddress(address: string, dialling: Dialling | null): URL | null {
  const url = URL.parse(address);
  return url?.protocol === (dialling === null ? 'http:' : 'https:') ? url : null;
}

function judge(verifier: Verifier, chain: Chain, expects: Dialling['expects']): Result<Verified> {
  const verified = verifier.verify(chain, { now: Date.now() });
  if (!verified.ok || expects(verified.value.identity)) return verified;
  const detail = `${identityText(verified.value.identity)} is not who was dialled`;
  return refuse(problem('CERTIFICATE_UNTRUSTED', { detail }));
}

function chainOf(certificate: PeerCertificate): Chain {
  // Only a detailed one has its issuer, and who signed itself is its own.
  const issuer = 'issuerCertificate' in certificate ? certificate.issuerCertificate : undefined;
  return [certificate, issuer].flatMap((one) => rawOf(one));
}

function rawOf(certificate: unknown): readonly X509Certificate[] {
  const isRaw =
    typeof certificate === 'object' &&
    certificate !== null &&
    'raw' in certificate &&
    certificate.raw instanceof Buffer;
  return isRaw ? [new X509Certificate(certificate.raw as Buffer)] : [];
}

/** Beyond these an authority of a site is not kept, and a resumed session of it begins anew. */
const sitesMax = 1_000;

/** Who stands at the other end of the connections to one listener; asked once for each. */
export class Peers {
  readonly #trust: LinkTrust;
  readonly #known = new WeakMap<TLSSocket, Result<Verified>>();
  /** A resumed session brings its leaf alone; whose authority signed it was seen before. */
  readonly #sites = new Map<string, X509Certificate>();

  constructor(trust: LinkTrust) {
    this.#trust = trust;
  }

  of(socket: TLSSocket): Result<Verified> {
    const known = this.#known.get(socket);
    if (known !== undefined) return known;
    const judged = this.#judge(socket);
    this.#known.set(socket, judged);
    return judged;
  }

  /** Who was believed, and is not any more: what he showed is asked again. */
  isLost(socket: TLSSocket): boolean {
    const known = this.#known.get(socket);
    if (known?.ok !== true || !this.#trust.refusals.isRefused(known.value.authority)) return false;
    this.#known.delete(socket);
    return !this.of(socket).ok;
  }

  #judge(socket: TLSSocket): Result<Verified> {
    const chain = this.chain(socket);
    if (chain.length === 0) {
      return refuse(problem('CERTIFICATE_UNTRUSTED', { detail: 'none was shown' }));
    }
    const verified = currentIn(this.#trust).verifier.verify(chain, { now: Date.now() });
    if (!verified.ok) return verified;
    if (!socket.authorized) {
      const detail = String(socket.authorizationError);
      return refuse(problem('CERTIFICATE_UNTRUSTED', { detail }));
    }
    const [, site] = chain;
    if (site !== undefined && this.#sites.size < sitesMax) this.#sites.set(site.subject, site);
    return ok(verified.value);
  }

  /** What it showed, believed or not: the leaf first. */
  chain(socket: TLSSocket): Chain {
    const leaf = socket.getPeerX509Certificate();
    if (leaf === undefined) return [];
    const site = leaf.issuerCertificate ?? this.#sites.get(leaf.issuer);
    return site === undefined ? [leaf] : [leaf, site];
  }
}

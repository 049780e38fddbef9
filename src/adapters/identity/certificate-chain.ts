/**
 * Verifies certificates: whose they are, by whom they were signed, and whether they still count.
 * By Node alone, without the library that makes them. OpenSSL has verified a peer's chain in the
 * handshake already, name constraints included; here it is done again, and more: by our own rules
 * of who may be whom, and for a certificate that expired, which a handshake cannot tell apart.
 */

import { createHash, X509Certificate } from 'node:crypto';
import { brand, type Digest, type Instant } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { parseIdentity, siteHost, type Identity } from '#domain/trust/identity.ts';
import type { Lifetime } from '#domain/trust/validity.ts';

/** The leaf, then the certificate of its site's authority. What follows is not looked at. */
export type Chain = readonly X509Certificate[];

export type Verified = Lifetime & {
  readonly identity: Identity;
  /** Of the leaf; lower-case hexadecimal. */
  readonly serial: string;
  /** Of its public key, so that one who comes again is known by its key. */
  readonly keyDigest: Digest;
  /** Serial number of the certificate of its site's authority. */
  readonly authority: string;
};

/** Authorities of sites that the organisation has taken back, as they are known here. */
export type Refusals = {
  /** By the serial number of its certificate; lower-case hexadecimal. */
  isRefused(authority: string): boolean;
  /** More of them are. Answers what ends the telling. */
  onTaken(act: () => void): () => void;
};

export const noRefusals: Refusals = { isRefused: () => false, onTaken: () => () => undefined };

export type Verifier = {
  /** `expiredMsMax`: so long after its end the leaf still counts (for its renewal). */
  verify(
    chain: Chain,
    options: { readonly now: Instant; readonly expiredMsMax?: number },
  ): Result<Verified>;
};

const usages = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2' } as const;
/** Authorities of sites that were verified before; beyond that each is verified again. */
const sitesMax = 1_000;

export function openVerifier(
  organisation: {
    readonly organisation: string;
    /** PEM of the root certificate. */
    readonly authority: string;
  },
  refusals: Refusals = noRefusals,
): Verifier {
  const root = new X509Certificate(organisation.authority);
  const sites = new Map<string, X509Certificate>();

  function siteOf(certificate: X509Certificate): boolean {
    const { fingerprint256 } = certificate;
    if (sites.has(fingerprint256)) return true;
    const isSigned =
      certificate.ca && certificate.checkIssued(root) && certificate.verify(root.publicKey);
    if (isSigned && sites.size < sitesMax) sites.set(fingerprint256, certificate);
    return isSigned;
  }

  return {
    verify(chain, { now, expiredMsMax = 0 }) {
      const [leaf, site] = chain;
      if (leaf === undefined || site === undefined)
        return untrusted('no chain of two certificates');
      if (!siteOf(site)) return untrusted('not signed by the authority of this organisation');
      const isSigned = !leaf.ca && leaf.checkIssued(site) && leaf.verify(site.publicKey);
      if (!isSigned) return untrusted('not signed by the authority of its site');
      const identity = identityIn(leaf);
      if (identity === null) return untrusted('it names no identity');
      // The root wrote that name, so no key of a site can change it.
      const host = siteHost(identity);
      if (identity.organisation !== organisation.organisation || site.subject !== `CN=${host}`) {
        return untrusted(`its authority may not speak for ${host}`);
      }
      const authority = site.serialNumber.toLowerCase();
      if (refusals.isRefused(authority)) {
        return refuse(problem('AUTHORITY_REFUSED', { site: identity.site }));
      }
      const granted = leaf.keyUsage ?? [];
      if (!granted.includes(usages.server) || !granted.includes(usages.client)) {
        return untrusted('it may not be used for links');
      }
      const until = leaf.validToDate.getTime();
      if (!isWithin(site, now, 0) || now < leaf.validFromDate.getTime()) {
        return untrusted('it is not valid at this time');
      }
      if (!isWithin(leaf, now, expiredMsMax))
        return refuse(problem('CERTIFICATE_EXPIRED', { until }));
      return ok({
        identity,
        serial: leaf.serialNumber.toLowerCase(),
        keyDigest: keyDigestOf(leaf),
        authority,
        from: leaf.validFromDate.getTime(),
        until,
      });
    },
  };
}

function untrusted(detail: string): ReturnType<typeof refuse> {
  return refuse(problem('CERTIFICATE_UNTRUSTED', { detail }));
}

/** Exactly one name, and that an identity. Node quotes what could be read as several. */
function identityIn({ subjectAltName }: X509Certificate): Identity | null {
  const prefix = 'URI:';
  return subjectAltName?.startsWith(prefix) === true
    ? parseIdentity(subjectAltName.slice(prefix.length))
    : null;
}

function isWithin(certificate: X509Certificate, now: Instant, expiredMsMax: number): boolean {
  const until = certificate.validToDate.getTime();
  return certificate.validFromDate.getTime() <= now && now <= until + expiredMsMax;
}

function keyDigestOf({ publicKey }: X509Certificate): Digest {
  const bytes = publicKey.export({ type: 'spki', format: 'der' });
  return brand<Digest>(createHash('sha256').update(bytes).digest('hex'));
}

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
/** More than a chain of ours ever has. */
const certificatesMax = 8;

/** The certificates of a PEM text, in their order; null: one of them is unreadable. */
export function readChain(pem: string): Chain | null {
  const texts = pem.match(block) ?? [];
  if (texts.length === 0 || texts.length > certificatesMax) return null;
  try {
    return texts.map((text) => new X509Certificate(text));
  } catch {
    return null;
  }
}

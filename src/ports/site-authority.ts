/**
 * What an information server asks of the authority of its site. Keys stay behind it; who gets a
 * certificate is decided in front of it.
 */

import type { Digest, Instant } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';
import type { Identity } from '#domain/trust/identity.ts';
import type { RehomeOrder } from '#domain/trust/rehome.ts';
import type { Lifetime } from '#domain/trust/validity.ts';

/** Who stands at the other end of a link, as its certificate proved. */
export type CertifiedPeer = Lifetime & {
  readonly identity: Identity;
  /** Of the certificate. */
  readonly serial: string;
  /** Of its public key. */
  readonly keyDigest: Digest;
};

export type SignedChain = CertifiedPeer & {
  /** The certificate and its site's, as they are handed out. */
  readonly chain: string;
};

export type SiteAuthority = {
  readonly organisation: {
    readonly name: string;
    /** The very bytes of organisation.json. */
    readonly text: string;
    readonly fingerprint: Digest;
  };
  /** For which alone it signs. */
  readonly site: string;
  /** End of the authority's own certificate: then the site needs a new kit. */
  readonly until: Instant;
  /** Signs for the key of a request, whatever else stands in that. */
  sign(options: {
    readonly request: string;
    readonly identity: Identity;
    readonly now: Instant;
  }): Promise<Result<SignedChain>>;
  /** An order of the organisation's root, by which servers of another site may come here. */
  readOrder(text: string): Result<{ readonly id: string; readonly order: RehomeOrder }>;
  /** The key that a request is for; refused when who asks does not hold it. */
  keyOf(request: string): Promise<Result<Digest>>;
  /** As the key of a new token: nobody guesses it. */
  newSecret(): { readonly id: string; readonly secret: string };
};

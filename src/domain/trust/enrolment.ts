/**
 * Who may get a certificate of a site, and whose certificate counts no more. Rows and a moment go
 * in; changed rows, or the reason why not, come out.
 * Absent here: secrets and signatures. Whether a token's secret is right was asked before.
 */

import type { Digest, Instant, ServerId } from '../names.ts';
import { problem } from '../problem.ts';
import { ok, refuse, type Result } from '../result.ts';
import { validity } from './validity.ts';

export type EnrolmentTokenRow = {
  readonly id: string;
  /** Of its secret, which is kept nowhere. */
  readonly secretDigest: Digest;
  readonly madeAt: Instant;
  readonly until: Instant;
  readonly who: string;
  /** 1: lets one server in at once. More: each waits for a person. */
  readonly usesMax: number;
  readonly uses: number;
  /** Lets in this server alone, in place of one of that name that is here. */
  readonly server: ServerId | null;
  readonly revokedAt: Instant | null;
};

export type EnrolledServer = {
  readonly server: ServerId;
  readonly state: 'waiting' | 'enrolled' | 'revoked';
  readonly since: Instant;
  /** By which it came; null: it came before this journal can remember. */
  readonly token: string | null;
  /** Of the key that it asked with last; null: not known here. */
  readonly keyDigest: Digest | null;
  readonly installId: string;
  readonly machineId: string;
  readonly remote: string;
  /** End of the newest certificate that it was given. */
  readonly until: Instant | null;
  readonly approvedBy: string | null;
  /** Certificates from before, known or not, count no more; null: that never happened. */
  readonly refusedBefore: Instant | null;
};

export type IssuedCertificate = {
  readonly serial: string;
  readonly server: ServerId;
  readonly from: Instant;
  readonly until: Instant;
  readonly revokedAt: Instant | null;
};

export type EnrolmentRequest = Pick<
  EnrolledServer,
  'server' | 'installId' | 'machineId' | 'remote'
> & { readonly keyDigest: Digest };

export type Admission = {
  /** null: nothing about it changed. */
  readonly token: EnrolmentTokenRow | null;
  readonly server: EnrolledServer;
  /** May its certificate be signed, or does it wait for a person? */
  readonly isApproved: boolean;
  /** Another one had this name: what it was given counts no more. */
  readonly replaces: boolean;
};

/** What a server that brings this token comes to. */
export function admit(
  token: EnrolmentTokenRow,
  standing: EnrolledServer | null,
  {
    request,
    now,
    isKnown,
  }: {
    readonly request: EnrolmentRequest;
    readonly now: Instant;
    /** A server of this name was here before: beside its information server, or before a restore. */
    readonly isKnown: boolean;
  },
): Result<Admission> {
  const { server } = request;
  if (token.revokedAt !== null) return refuse(problem('ENROLMENT_TOKEN_REVOKED', {}));
  if (token.server !== null && token.server !== server) {
    return refuse(problem('ENROLMENT_TOKEN_OF_OTHER', { server: token.server }));
  }
  // An answer may have been lost, and a person may take his time: the same key is the same server.
  const isAgain = standing?.token === token.id && standing.keyDigest === request.keyDigest;
  if (isAgain && standing.state !== 'revoked') {
    const isApproved = standing.state === 'enrolled';
    return ok({ token: null, server: standing, isApproved, replaces: false });
  }
  if (now > token.until) return refuse(problem('ENROLMENT_TOKEN_EXPIRED', { until: token.until }));
  if (token.uses >= token.usesMax) return refuse(problem('ENROLMENT_TOKEN_USED', {}));
  const taken =
    standing === null && isKnown && token.server !== server
      ? refuse(problem('SERVER_ENROLLED', { server }))
      : againstName(token, standing, now);
  if (!taken.ok) return taken;
  const isCounted = token.usesMax > 1;
  return ok({
    token: { ...token, uses: token.uses + 1 },
    server: {
      ...request,
      state: isCounted ? 'waiting' : 'enrolled',
      since: now,
      token: token.id,
      until: null,
      approvedBy: isCounted ? null : token.who,
      refusedBefore: standing === null ? null : now,
    },
    isApproved: !isCounted,
    replaces: standing !== null,
  });
}

/** A name that somebody has is given to another only where a person said so. */
function againstName(
  token: EnrolmentTokenRow,
  standing: EnrolledServer | null,
  now: Instant,
): Result<null> {
  if (standing === null || isGone(standing, now)) return ok(null);
  if (standing.state === 'revoked') {
    // A token that was there before must not undo what was decided after it.
    return token.madeAt >= standing.since
      ? ok(null)
      : refuse(problem('CERTIFICATE_REVOKED', { server: standing.server }));
  }
  return token.server === standing.server
    ? ok(null)
    : refuse(problem('SERVER_ENROLLED', { server: standing.server }));
}

/** Its last certificate is so old that it cannot be renewed any more. */
export function isGone({ state, until }: EnrolledServer, now: Instant): boolean {
  return state === 'enrolled' && until !== null && now > until + validity.renewableMs;
}

export function approve(
  standing: EnrolledServer | null,
  { server, who, now }: { readonly server: ServerId; readonly who: string; readonly now: Instant },
): Result<EnrolledServer> {
  if (standing === null) return refuse(problem('SERVER_NOT_ENROLLED', { server }));
  if (standing.state === 'enrolled') return ok(standing);
  if (standing.state === 'revoked') return refuse(problem('CERTIFICATE_REVOKED', { server }));
  return ok({ ...standing, state: 'enrolled', approvedBy: who, since: now });
}

/** Also of one that waits: then it is turned away. */
export function revoke(standing: EnrolledServer, now: Instant): EnrolledServer {
  return { ...standing, state: 'revoked', since: now, refusedBefore: now };
}

/**
 * Does this certificate of a server count here? Its chain was verified already. Of a name from
 * which certificates were taken back only those count that are known to be of later; of any other
 * name all do, for a restored journal may not know the newest.
 */
export function againstCertificate(
  standing: Pick<EnrolledServer, 'server' | 'state' | 'refusedBefore'> | null,
  certificate: Pick<IssuedCertificate, 'revokedAt'> | null,
): Result<null> {
  if (standing === null || standing.refusedBefore === null) return ok(null);
  const isKnownGood = certificate !== null && certificate.revokedAt === null;
  return standing.state === 'enrolled' && isKnownGood
    ? ok(null)
    : refuse(problem('CERTIFICATE_REVOKED', { server: standing.server }));
}

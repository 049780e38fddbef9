/**
 * Whose certificates count no more, as the listener asks it for each connection and each request:
 * out of memory, so that a revocation holds from the moment in which it is on the disk. Only names
 * from which certificates were ever taken back stand in it.
 */

import type { Instant, ServerId } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import { againstCertificate, type EnrolledServer } from '#domain/trust/enrolment.ts';
import type { Rows } from '#ports/journal.ts';
import type { CertifiedPeer, SiteAuthority } from '#ports/site-authority.ts';

type Known = {
  readonly standing: EnrolledServer;
  /** Certificates that it was given since. */
  readonly good: ReadonlySet<string>;
};

export class Refused {
  readonly #known = new Map<ServerId, Known>();
  readonly #authority: SiteAuthority | undefined;

  constructor(authority: SiteAuthority | undefined) {
    this.#authority = authority;
  }

  async load({ enrolment }: Rows): Promise<void> {
    for (const standing of await enrolment.enrolledServers()) {
      if (standing.refusedBefore === null) continue;
      const certificates = await enrolment.certificatesOf(standing.server);
      const good = certificates.filter(({ revokedAt }) => revokedAt === null);
      this.put(
        standing,
        good.map(({ serial }) => serial),
      );
    }
  }

  put(standing: EnrolledServer, good: readonly string[]): void {
    this.#known.set(standing.server, { standing, good: new Set(good) });
  }

  /** For a place elsewhere: what an older journal would not know. */
  all(): { standing: EnrolledServer; certificates: string[] }[] {
    return [...this.#known.values()].map(({ standing, good }) => ({
      standing,
      certificates: [...good],
    }));
  }

  issued(standing: EnrolledServer, serial: string): void {
    const known = this.#known.get(standing.server);
    if (known !== undefined) this.put(standing, [...known.good, serial]);
  }

  /** Rows alone; once they are on the disk, `put` follows. */
  async takeBack({ enrolment }: Rows, server: ServerId, now: Instant): Promise<void> {
    for (const certificate of await enrolment.certificatesOf(server)) {
      if (certificate.revokedAt !== null) continue;
      await enrolment.putCertificate({ ...certificate, revokedAt: now });
    }
  }

  /** Why this peer may not speak here, though its chain is right; null: it may. */
  against({ identity, serial }: Pick<CertifiedPeer, 'identity' | 'serial'>): Problem | null {
    const site = this.#authority?.site;
    if (site !== undefined && identity.site !== site) {
      const detail = `it is of the site ${identity.site}, and this is ${site}`;
      return problem('CERTIFICATE_UNTRUSTED', { detail });
    }
    if (identity.role !== 'normal-server') return null;
    const known = this.#known.get(identity.server);
    if (known === undefined) return null;
    const verdict = againstCertificate(
      known.standing,
      known.good.has(serial) ? { revokedAt: null } : null,
    );
    return verdict.ok ? null : verdict.because;
  }
}

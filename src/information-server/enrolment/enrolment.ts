/**
 * Servers that come and ask for a certificate of this site, and those that come back to renew it.
 * The rules stand in the domain; here rows are read, the authority signs, and what was decided is
 * recorded. A kill anywhere leaves a server that asks again with the same key, and is known by it.
 */

import { timingSafeEqual } from 'node:crypto';
import type { ServerId } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import type { RecordKind } from '#domain/record/kinds.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import {
  admit,
  againstCertificate,
  type Admission,
  type EnrolledServer,
  type EnrolmentTokenRow,
} from '#domain/trust/enrolment.ts';
import type { Identity } from '#domain/trust/identity.ts';
import { serverByOrder, tokenOfOrder } from '#domain/trust/rehome.ts';
import { validity } from '#domain/trust/validity.ts';
import type { Rows } from '#ports/journal.ts';
import type { CertifiedPeer, SignedChain, SiteAuthority } from '#ports/site-authority.ts';
import { detailOf } from '#protocol/shared/mistake.ts';
import {
  enrolRequest,
  joiningRequest,
  rehomeRequest,
  renewRequest,
  type CertificateAnswer,
  type EnrolRequest,
} from '#protocol/shared/organisation.ts';
import { decided } from '../decided.ts';
import { againstAhead } from './ahead.ts';
import { Failures } from './failures.ts';
import type { Loop } from '../loop.ts';
import type { Refused } from './refused.ts';
import type { Sessions } from '../fleet/sessions.ts';
import type { Site } from '../site.ts';

/** A renewal before so much of a certificate's life is over is none. */
const renewableFrom = 1 / 3;
const waiting: ReadonlySet<string> = new Set(['ENROLMENT_WAITS', 'INFORMATION_SERVER_BEHIND']);

type Options = {
  readonly site: Site;
  readonly loop: Loop;
  readonly sessions: Pick<Sessions, 'turnAway'>;
  readonly refused: Refused;
};

export class Enrolment {
  readonly #options: Options;
  readonly #failures: Failures;

  constructor(options: Options) {
    this.#options = options;
    this.#failures = new Failures(options.site.clock);
  }

  /** The bytes of organisation.json: who knows the fingerprint needs no other proof of them. */
  organisation(): Result<string> {
    const authority = this.#authority();
    return authority.ok ? ok(authority.value.organisation.text) : authority;
  }

  async enrol(body: unknown, remote: string): Promise<Result<CertificateAnswer>> {
    const authority = this.#authority();
    if (!authority.ok) return authority;
    const seconds = this.#failures.secondsToWait(remote);
    if (seconds !== null) return refuse(problem('ATTEMPTS_OF_PEER', { seconds }));
    const answer = await this.#enrol(authority.value, body, remote);
    // Who waits for a person, or for its information server, asks again and again, and may.
    if (answer.ok || waiting.has(answer.because.code)) return answer;
    this.#failures.failed(remote);
    await this.#recordRefusal(answer.because, body, remote);
    return answer;
  }

  async #enrol(
    authority: SiteAuthority,
    body: unknown,
    remote: string,
  ): Promise<Result<CertificateAnswer>> {
    const parsed = enrolRequest.safeParse(body);
    if (!parsed.success) {
      return refuse(problem('MESSAGE_UNREADABLE', { detail: detailOf(parsed.error) }));
    }
    const asked = parsed.data;
    const known = await this.#known(authority, asked.token);
    if (known !== null) return refuse(known);
    const { version = null, aheadReason = null } = asked;
    const ahead = version === null ? null : againstAhead(this.#options.site, version, aheadReason);
    if (ahead !== null) return ahead;
    const keyDigest = await authority.keyOf(asked.request);
    if (!keyDigest.ok) return keyDigest;
    const { server, installId, machineId } = asked;
    const request = { server, installId, machineId, remote, keyDigest: keyDigest.value };
    const said = {
      ...(version !== null && { version }),
      ...(aheadReason !== null && { aheadReason }),
    };
    const admitted = await this.#admit(request, asked.token.id, said);
    if (!admitted.ok) return admitted;
    if (!admitted.value.isApproved) return refuse(problem('ENROLMENT_WAITS', { server }));
    return this.#issue(authority, { server, request: asked.request, kind: 'certificate-issued' });
  }

  /** Before anything is laid down by an installer that has a token; nothing is written. */
  async joining(
    body: unknown,
    remote: string,
  ): Promise<Result<{ readonly informationServer: string }>> {
    const authority = this.#authority();
    if (!authority.ok) return authority;
    const seconds = this.#failures.secondsToWait(remote);
    if (seconds !== null) return refuse(problem('ATTEMPTS_OF_PEER', { seconds }));
    const parsed = joiningRequest.safeParse(body);
    if (!parsed.success) {
      return refuse(problem('MESSAGE_UNREADABLE', { detail: detailOf(parsed.error) }));
    }
    const { token, version } = parsed.data;
    const known = await this.#known(authority.value, token);
    if (known !== null) {
      this.#failures.failed(remote);
      return refuse(known);
    }
    const { site } = this.#options;
    return againstAhead(site, version, null) ?? ok({ informationServer: site.self.version });
  }

  /** null: the token is of this site, and its secret is right. */
  async #known(authority: SiteAuthority, asked: EnrolRequest['token']): Promise<Problem | null> {
    const place = againstPlace(authority, asked);
    if (place !== null) return place;
    const token = await this.#options.site.journal.rows.enrolment.token(asked.id);
    return this.#isSecretOf(token, asked.secret) ? null : problem('ENROLMENT_TOKEN_UNKNOWN', {});
  }

  /** Takes as long for a token that does not exist as for a wrong secret. */
  #isSecretOf(token: EnrolmentTokenRow | null, secret: string): boolean {
    const given = Buffer.from(this.#options.site.digestOf(secret), 'hex');
    const expected = Buffer.from(token?.secretDigest ?? '0'.repeat(64), 'hex');
    return timingSafeEqual(given, expected) && token !== null;
  }

  /** By a token that stands in the journal, or by an order that the server brought along. */
  #admit(
    request: Parameters<typeof admit>[2]['request'],
    by: string | EnrolmentTokenRow,
    said: { readonly version?: string; readonly aheadReason?: string } = {},
  ): Promise<Result<Admission>> {
    const { site, loop, sessions, refused } = this.#options;
    return decided(loop, async (rows) => {
      const now = site.clock.now();
      const token = typeof by === 'string' ? await rows.enrolment.token(by) : by;
      if (token === null) return { answer: refuse(problem('ENROLMENT_TOKEN_UNKNOWN', {})) };
      const { server } = request;
      const standing = await rows.enrolment.enrolled(server);
      const isKnown = (await rows.fleet.server(server)) !== null;
      const admitted = admit(token, standing, { request, now, isKnown });
      if (!admitted.ok || admitted.value.token === null) return { answer: admitted };
      const { token: used, server: next, replaces, isApproved } = admitted.value;
      if (typeof by === 'string') await rows.enrolment.putToken(used);
      await rows.enrolment.putEnrolled(next);
      if (replaces) await refused.takeBack(rows, server, now);
      const kind = isApproved ? 'server-enrolled' : 'server-waits';
      const { installId, machineId, remote } = request;
      const invited = { token: token.id, madeBy: token.who };
      const detail = { ...invited, replaces, installId, machineId, remote, ...said };
      await rows.log.appendRecord({ at: now, kind, who: server, server, detail });
      const effects = [
        () => refused.put(next, []),
        () => sessions.turnAway(server, problem('SERVER_ENROLLED', { server })),
      ];
      return { answer: admitted, effects: replaces ? effects : [] };
    });
  }

  /**
   * Signed outside the transaction, which waits for nothing; so whoever was turned away meanwhile
   * is looked at once more before the certificate is handed out.
   */
  async #issue(
    authority: SiteAuthority,
    {
      server,
      request,
      kind,
      peer = null,
    }: {
      readonly server: ServerId;
      readonly request: string;
      readonly kind: RecordKind;
      readonly peer?: CertifiedPeer | null;
    },
  ): Promise<Result<CertificateAnswer>> {
    const { site, loop, refused } = this.#options;
    const { name } = authority.organisation;
    const identity: Identity = {
      role: 'normal-server',
      site: authority.site,
      organisation: name,
      server,
    };
    const signed = await authority.sign({ request, identity, now: site.clock.now() });
    if (!signed.ok) return signed;
    const { serial, from, until, chain } = signed.value;
    return decided(loop, async (rows) => {
      const now = site.clock.now();
      const standing = await rows.enrolment.enrolled(server);
      if (standing !== null && standing.state !== 'enrolled') {
        return { answer: refuse(problem('CERTIFICATE_REVOKED', { server })) };
      }
      // Or the name was given to another while this one renewed, or asked for its first one: by
      // the rows, for what is decided in the same batch is not in `refused` yet.
      const against =
        peer === null
          ? againstKey(standing, signed.value.keyDigest)
          : againstCertificate(standing, await rows.enrolment.certificate(peer.serial));
      if (!against.ok) return { answer: against };
      const next = enrolledWith(standing, { server, signed: signed.value, now });
      await rows.enrolment.putEnrolled(next);
      await rows.enrolment.putCertificate({ serial, server, from, until, revokedAt: null });
      await rows.enrolment.forgetCertificates(now - validity.renewableMs);
      const detail = { serial, until, before: peer?.serial ?? null };
      await rows.log.appendRecord({ at: now, kind, who: server, server, detail });
      return { answer: ok({ chain, until }), effects: [() => refused.issued(next, serial)] };
    });
  }

  /** A server of another site, by an order of the root; `peer` as for a renewal. */
  async rehome(
    body: unknown,
    peer: Result<CertifiedPeer>,
    remote: string,
  ): Promise<Result<CertificateAnswer>> {
    const authority = this.#authority();
    if (!authority.ok) return authority;
    const seconds = this.#failures.secondsToWait(remote);
    if (seconds !== null) return refuse(problem('ATTEMPTS_OF_PEER', { seconds }));
    const answer = await this.#rehome(authority.value, { body, peer, remote });
    if (answer.ok) return answer;
    this.#failures.failed(remote);
    await this.#recordRefusal(answer.because, body, remote);
    return answer;
  }

  async #rehome(
    authority: SiteAuthority,
    {
      body,
      peer,
      remote,
    }: {
      readonly body: unknown;
      readonly peer: Result<CertifiedPeer>;
      readonly remote: string;
    },
  ): Promise<Result<CertificateAnswer>> {
    if (!peer.ok) return peer;
    const parsed = rehomeRequest.safeParse(body);
    if (!parsed.success) {
      return refuse(problem('MESSAGE_UNREADABLE', { detail: detailOf(parsed.error) }));
    }
    const { order: text, request: asked, installId, machineId } = parsed.data;
    const read = authority.readOrder(text);
    if (!read.ok) return read;
    const { id, order } = read.value;
    const now = this.#options.site.clock.now();
    const where = { peer: peer.value.identity, here: authority.site, now };
    const server = serverByOrder(order, where);
    if (!server.ok) return server;
    const keyDigest = await authority.keyOf(asked);
    if (!keyDigest.ok) return keyDigest;
    const request = {
      server: server.value,
      installId,
      machineId,
      remote,
      keyDigest: keyDigest.value,
    };
    const admitted = await this.#admit(request, tokenOfOrder(id, order));
    if (!admitted.ok) return admitted;
    return this.#issue(authority, {
      server: server.value,
      request: asked,
      kind: 'certificate-issued',
    });
  }

  /** `peer`: what it showed, verified; a certificate that expired counts here for its time. */
  async renew(body: unknown, peer: Result<CertifiedPeer>): Promise<Result<CertificateAnswer>> {
    const authority = this.#authority();
    if (!authority.ok) return authority;
    if (!peer.ok) return peer;
    const against = this.#options.refused.against(peer.value);
    if (against !== null) return refuse(against);
    const { identity, from, until } = peer.value;
    if (identity.role !== 'normal-server') {
      const detail = 'only normal servers renew their certificates here';
      return refuse(problem('CERTIFICATE_UNTRUSTED', { detail }));
    }
    const parsed = renewRequest.safeParse(body);
    if (!parsed.success) {
      return refuse(problem('MESSAGE_UNREADABLE', { detail: detailOf(parsed.error) }));
    }
    const earliest = from + (until - from) * renewableFrom;
    if (this.#options.site.clock.now() < earliest) {
      return refuse(problem('RENEWAL_EARLY', { from: earliest }));
    }
    const { request } = parsed.data;
    return this.#issue(authority.value, {
      server: identity.server,
      request,
      kind: 'certificate-renewed',
      peer: peer.value,
    });
  }

  #authority(): Result<SiteAuthority> {
    const { authority } = this.#options.site;
    return authority === undefined ? refuse(problem('ENROLMENT_NOT_HERE', {})) : ok(authority);
  }

  /** As often as attempts may fail, and no more often. */
  #recordRefusal(because: Problem, body: unknown, remote: string): Promise<void> {
    const { site, loop } = this.#options;
    const parsed = enrolRequest.safeParse(body);
    const asked: EnrolRequest | null = parsed.success ? parsed.data : null;
    return loop.submit(async (rows: Rows) => {
      await rows.log.appendRecord({
        at: site.clock.now(),
        kind: 'enrolment-refused',
        who: remote,
        server: asked?.server ?? null,
        detail: { because, token: asked?.token.id ?? null, remote },
      });
      return [];
    });
  }
}

/** A first certificate is for the key that was let in, and for no other. */
function againstKey(standing: EnrolledServer | null, key: SignedChain['keyDigest']): Result<null> {
  return standing === null || standing.keyDigest === key
    ? ok(null)
    : refuse(problem('SERVER_ENROLLED', { server: standing.server }));
}

function againstPlace(
  { organisation, site }: SiteAuthority,
  token: EnrolRequest['token'],
): Problem | null {
  const { fingerprint: expected } = organisation;
  if (token.organisation !== expected) {
    return problem('ORGANISATION_OTHER', { expected, found: token.organisation });
  }
  return token.site === site
    ? null
    : problem('ENROLMENT_TOKEN_OF_SITE', { site: token.site, here: site });
}

/** One whose enrolment this journal does not remember (it was restored) is known from now on. */
function enrolledWith(
  standing: EnrolledServer | null,
  {
    server,
    signed: { until, keyDigest },
    now,
  }: { readonly server: ServerId; readonly signed: SignedChain; readonly now: number },
): EnrolledServer {
  const before: EnrolledServer = standing ?? {
    server,
    state: 'enrolled',
    since: now,
    token: null,
    keyDigest,
    installId: '',
    machineId: '',
    remote: '',
    until: null,
    approvedBy: null,
    refusedBefore: null,
  };
  return { ...before, until, keyDigest };
}

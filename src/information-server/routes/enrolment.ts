/** Calls about enrolment: tokens, approval, revocation, and what expires when. */

import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import {
  approve,
  isGone,
  revoke,
  type EnrolledServer,
  type EnrolmentTokenRow,
} from '#domain/trust/enrolment.ts';
import type { ServerId } from '#domain/names.ts';
import type { Rows } from '#ports/journal.ts';
import type { InformationServerTable, ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import { enrolmentTokenText } from '#protocol/shared/organisation.ts';
import { decided } from '../decided.ts';
import type { By, Parts } from '../parts.ts';

type Params<Call extends keyof InformationServerTable> = ParamsOf<InformationServerTable, Call>;
type Answer<Call extends keyof InformationServerTable> = Promise<
  Result<ResultOf<InformationServerTable, Call>>
>;

const minuteMs = 60_000;
/** Ended tokens are told for so long. */
const endedTokensMs = 90 * 24 * 3_600_000;

export async function addToken(
  parts: Parts,
  { uses, minutes, server, at }: Params<'fleet.token.add'>,
  { name: who }: By,
): Answer<'fleet.token.add'> {
  const { site, loop } = parts;
  const { authority } = site;
  if (authority === undefined) return refuse(problem('ENROLMENT_NOT_HERE', {}));
  if (server !== undefined && uses > 1) {
    return refuse(problem('ENROLMENT_TOKEN_OF_OTHER', { server }));
  }
  const address = addressFor(at ?? parts.serversAddress());
  if (!address.ok) return address;
  const { id, secret } = authority.newSecret();
  const now = site.clock.now();
  const token: EnrolmentTokenRow = {
    id,
    secretDigest: site.digestOf(secret),
    madeAt: now,
    until: now + minutes * minuteMs,
    who,
    usesMax: uses,
    uses: 0,
    server: server ?? null,
    revokedAt: null,
  };
  await loop.submit(async (rows) => {
    await rows.enrolment.putToken(token);
    await rows.enrolment.forgetTokens(now - endedTokensMs);
    const detail = { token: id, until: token.until, uses, for: server ?? null };
    await record(rows, { at: now, kind: 'enrolment-token-made', who, server: null, detail });
    return [];
  });
  const text = enrolmentTokenText({
    v: 1,
    site: authority.site,
    address: address.value,
    organisation: authority.organisation.fingerprint,
    id,
    secret,
  });
  return ok({ ...viewOfToken(token, now), token: text });
}

/** One that a server can dial: not 'every address of this computer'. */
function addressFor(address: string): Result<string> {
  const url = URL.parse(address);
  if (url === null || url.protocol !== 'https:' || url.pathname !== '/' || url.search !== '') {
    return refuse(problem('ADDRESS_WRONG', { address }));
  }
  const isEverywhere = url.hostname === '0.0.0.0' || url.hostname === '[::]';
  return isEverywhere ? refuse(problem('ADDRESS_EVERYWHERE', { address })) : ok(url.origin);
}

type Line = Parameters<Rows['log']['appendRecord']>[0];

function record(rows: Rows, line: Line): Promise<void> {
  return rows.log.appendRecord(line);
}

function viewOfToken(token: EnrolmentTokenRow, now: number) {
  const { id, madeAt, until, who, uses, usesMax, server, revokedAt } = token;
  const state: 'open' | 'used' | 'expired' | 'revoked' =
    revokedAt !== null ? 'revoked' : uses >= usesMax ? 'used' : now > until ? 'expired' : 'open';
  return { id, madeAt, until, who, uses, usesMax, server, state };
}

export async function listTokens({ site }: Parts): Answer<'fleet.token.list'> {
  const now = site.clock.now();
  const tokens = await site.journal.rows.enrolment.tokens();
  return ok({ tokens: tokens.map((token) => viewOfToken(token, now)) });
}

export async function revokeToken(
  { site, loop }: Parts,
  { id }: Params<'fleet.token.revoke'>,
  { name: who }: By,
): Answer<'fleet.token.revoke'> {
  const now = site.clock.now();
  return decided(loop, async (rows) => {
    const token = await rows.enrolment.token(id);
    if (token === null) return { answer: refuse(problem('ENROLMENT_TOKEN_UNKNOWN', {})) };
    const revoked = { ...token, revokedAt: token.revokedAt ?? now };
    await rows.enrolment.putToken(revoked);
    const detail = { token: id };
    await record(rows, { at: now, kind: 'enrolment-token-revoked', who, server: null, detail });
    return { answer: ok(viewOfToken(revoked, now)) };
  });
}

export async function approveServer(
  parts: Parts,
  { server }: Params<'fleet.approve'>,
  { name: who }: By,
): Answer<'fleet.approve'> {
  const { site, loop, refused } = parts;
  const now = site.clock.now();
  return decided(loop, async (rows) => {
    const standing = await rows.enrolment.enrolled(server);
    const verdict = approve(standing, { server, who, now });
    if (!verdict.ok) return { answer: verdict };
    const approved = verdict.value;
    const answer = ok(viewOfServer(parts, approved));
    if (approved === standing) return { answer };
    await rows.enrolment.putEnrolled(approved);
    const { token, remote, installId, machineId } = approved;
    const detail = { token, remote, installId, machineId };
    await record(rows, { at: now, kind: 'server-approved', who, server, detail });
    const effects = approved.refusedBefore === null ? [] : [() => refused.put(approved, [])];
    return { answer, effects };
  });
}

export async function revokeServer(
  parts: Parts,
  { server, reason }: Params<'fleet.revoke'>,
  { name: who }: By,
): Answer<'fleet.revoke'> {
  const { site, loop, refused, sessions } = parts;
  const now = site.clock.now();
  return decided(loop, async (rows) => {
    const known = await standingOf(parts, rows, { server, now });
    if (!known.ok) return { answer: known };
    const revoked = revoke(known.value, now);
    await rows.enrolment.putEnrolled(revoked);
    await refused.takeBack(rows, server, now);
    const detail = { reason, token: known.value.token, until: known.value.until };
    await record(rows, { at: now, kind: 'server-revoked', who, server, detail });
    const effects = [
      () => refused.put(revoked, []),
      () => sessions.turnAway(server, problem('CERTIFICATE_REVOKED', { server })),
    ];
    return { answer: ok(viewOfServer(parts, revoked)), effects };
  });
}

/** Also one that a restored journal knows from its sessions only. */
export async function standingOf(
  { site }: Pick<Parts, 'site'>,
  { enrolment, fleet }: Rows,
  { server, now }: { readonly server: ServerId; readonly now: number },
): Promise<Result<EnrolledServer>> {
  if (server === site.ownServer) {
    return refuse(problem('SERVER_OF_INFORMATION_SERVER', { server }));
  }
  const inFleet = await fleet.server(server);
  const standing = await enrolment.enrolled(server);
  if (standing !== null) return ok(standing);
  if (inFleet === null) return refuse(problem('SERVER_NOT_ENROLLED', { server }));
  const { installId, machineId } = inFleet;
  return ok({
    server,
    state: 'enrolled',
    since: now,
    token: null,
    keyDigest: null,
    installId,
    machineId,
    remote: '',
    until: null,
    approvedBy: null,
    refusedBefore: null,
  });
}

function viewOfServer({ site, sessions }: Parts, standing: EnrolledServer) {
  const { server, since, until, token, approvedBy, remote } = standing;
  const now = site.clock.now();
  const state: EnrolledServer['state'] | 'expired' | 'gone' = isGone(standing, now)
    ? 'gone'
    : standing.state === 'enrolled' && until !== null && now > until
      ? 'expired'
      : standing.state;
  const connected = sessions.isConnected(server);
  return { server, state, since, until, token, approvedBy, remote, connected };
}

/** Those whose certificate ends first come first; who waits comes before all. */
export async function listCertificates(parts: Parts): Answer<'fleet.certificates'> {
  const { authority, journal } = parts.site;
  const standing = await journal.rows.enrolment.enrolledServers();
  const servers = standing.map((one) => viewOfServer(parts, one));
  return ok({
    authority:
      authority === undefined
        ? null
        : {
            site: authority.site,
            organisation: authority.organisation.name,
            until: authority.until,
          },
    servers: servers.toSorted((left, right) => (left.until ?? 0) - (right.until ?? 0)),
  });
}

/**
 * A server leaves the site for good: it was uninstalled and says so itself, or a person takes out
 * the row of one that cannot say it any more. Its certificates count no more; what an upgrade knows
 * of it stays, and waits for nobody.
 */

import type { ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import { revoke } from '#domain/trust/enrolment.ts';
import type { CertifiedPeer } from '#ports/site-authority.ts';
import type { InformationServerTable, ParamsOf, ResultOf } from '#protocol/console/contract.ts';
import { detailOf } from '#protocol/shared/mistake.ts';
import { leaveRequest } from '#protocol/shared/organisation.ts';
import { decided } from '../decided.ts';
import type { By, Parts } from '../parts.ts';
import { standingOf } from './enrolment.ts';

type Done = Result<ResultOf<InformationServerTable, 'fleet.remove'>>;

/** One that is here would come back at once, so its own computer comes first. */
export async function removeServer(
  parts: Parts,
  { server }: ParamsOf<InformationServerTable, 'fleet.remove'>,
  { name }: By,
): Promise<Done> {
  if (parts.sessions.isConnected(server)) return refuse(problem('SERVER_IS_HERE', { server }));
  return remove(parts, { server, who: name, by: 'person' });
}

/** `peer`: what it showed, verified; so a server takes out itself and nobody else. */
export async function leave(
  parts: Pick<Parts, 'site' | 'loop' | 'sessions' | 'refused'>,
  body: unknown,
  peer: Result<CertifiedPeer>,
): Promise<Done> {
  if (!peer.ok) return peer;
  const parsed = leaveRequest.safeParse(body);
  if (!parsed.success) {
    return refuse(problem('MESSAGE_UNREADABLE', { detail: detailOf(parsed.error) }));
  }
  const against = parts.refused.against(peer.value);
  if (against !== null) return refuse(against);
  const { identity } = peer.value;
  if (identity.role !== 'normal-server') {
    const detail = 'only normal servers leave a site';
    return refuse(problem('CERTIFICATE_UNTRUSTED', { detail }));
  }
  return remove(parts, { server: identity.server, who: identity.server, by: 'itself' });
}

type Leaving = {
  readonly server: ServerId;
  readonly who: string;
  readonly by: 'itself' | 'person';
};

async function remove(
  { site, loop, sessions, refused }: Pick<Parts, 'site' | 'loop' | 'sessions' | 'refused'>,
  { server, who, by }: Leaving,
): Promise<Done> {
  const now = site.clock.now();
  return decided<Done>(loop, async (rows) => {
    const known = await rows.fleet.server(server);
    const standing = await standingOf({ site }, rows, { server, now });
    if (!standing.ok) return { answer: standing };
    const revoked = revoke(standing.value, now);
    await rows.fleet.removeServer(server);
    // Where links prove nothing there are no certificates to be taken back.
    if (site.authority !== undefined) await rows.enrolment.putEnrolled(revoked);
    await refused.takeBack(rows, server, now);
    const detail = { by, domain: known?.domain ?? null, version: known?.running.version ?? null };
    await rows.log.appendRecord({ at: now, kind: 'server-removed', who, server, detail });
    const effects = [
      () => refused.put(revoked, []),
      () => sessions.turnAway(server, problem('CERTIFICATE_REVOKED', { server })),
    ];
    return { answer: ok({ done: true }), effects };
  });
}

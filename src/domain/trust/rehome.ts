/**
 * An order of the organisation's root by which servers of one site become servers of another, when
 * their information server is no more. It brings no identity along: a server proves who it is by the
 * certificate of its old site, and the new one decides as it does for a token. Absent: signatures.
 */

import { brand, type Digest, type Instant, type ServerId } from '../names.ts';
import { problem } from '../problem.ts';
import { ok, refuse, type Result } from '../result.ts';
import type { EnrolmentTokenRow } from './enrolment.ts';
import type { Identity } from './identity.ts';

export type RehomeOrder = {
  readonly from: string;
  readonly to: string;
  /** Where the information server of the new site listens for servers. */
  readonly address: string;
  /** By name: what the old site knew of those that it shut out may be lost with it. */
  readonly servers: readonly ServerId[];
  readonly at: Instant;
  readonly until: Instant;
};

/** The name of the server that may go, by what it showed. */
export function serverByOrder(
  { from, to, servers, until }: RehomeOrder,
  { peer, here, now }: { readonly peer: Identity; readonly here: string; readonly now: Instant },
): Result<ServerId> {
  const refused = (detail: string) => refuse(problem('REHOME_REFUSED', { from, to, detail }));
  if (peer.role !== 'normal-server') return refused(`it is not for the role ${peer.role}`);
  if (peer.site !== from) return refused(`it is not for servers of ${peer.site}`);
  if (here !== to) return refused(`it does not lead to ${here}`);
  if (now > until) return refused('it is over');
  return servers.includes(peer.server)
    ? ok(peer.server)
    : refused(`it does not name ${peer.server}`);
}

/**
 * As if a person had made a token for whoever comes: a name that the new site has given to somebody
 * is not taken from him, and a revocation that came later stands.
 */
export function tokenOfOrder(id: string, { at, until }: RehomeOrder): EnrolmentTokenRow {
  return {
    id,
    secretDigest: brand<Digest>('0'.repeat(64)),
    madeAt: at,
    until,
    who: 'organisation',
    usesMax: 1,
    uses: 0,
    server: null,
    revokedAt: null,
  };
}

/** Who may use a route: the peer that its certificate proves, and then what the route says of it. */

import type { Duplex } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Problem } from '#domain/problem.ts';
import { refuse, type Result } from '#domain/result.ts';
import type { Peer } from '#ports/link.ts';
import { sendProblem } from './listener-answers.ts';

/** null as an answer: he may. null as a peer: an insecure loopback, where nobody proves anything. */
export type Admit = (peer: Peer | null) => Problem | null | Promise<Problem | null>;

export type PeerOf = (socket: Duplex) => Result<Peer | null>;

export async function admitted(
  admit: Admit,
  peer: Result<Peer | null>,
): Promise<Result<Peer | null>> {
  if (!peer.ok) return peer;
  const because = await admit(peer.value);
  return because === null ? peer : refuse(because);
}

/** Of anybody else no body is read. */
export function onlyAdmitted(admit: Admit, peerOf: PeerOf) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const peer = await admitted(admit, peerOf(request.raw.socket));
    return peer.ok ? undefined : sendProblem(reply, peer.because);
  };
}

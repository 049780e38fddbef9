/** Who may use a route: the peer that its certificate proves, and then what the route says of it. */

import type { Duplex } from 'node:stream';
import { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Problem } from '#domain/problem.ts';
import { refuse, type Result } from '#domain/result.ts';
import type { Peer, RefusedPeer } from '#ports/link.ts';
import { sendProblem } from './listener-answers.ts';

/** null as an answer: he may. null as a peer: an insecure loopback, where nobody proves anything. */
export type Admit = (peer: Peer | null) => Problem | null | Promise<Problem | null>;

export type PeerOf = (socket: Duplex) => Result<Peer | null>;

/** Asked for each route that is not for everybody. */
export type Gate = (admit: Admit, socket: Duplex) => Promise<Result<Peer | null>>;

export function gateOf(peerOf: PeerOf, refused: (peer: RefusedPeer) => void): Gate {
  return async (admit, socket) => {
    const peer = peerOf(socket);
    const because = peer.ok ? await admit(peer.value) : peer.because;
    if (because === null) return peer;
    const identity = peer.ok ? (peer.value?.identity ?? null) : null;
    refused({ remote: remoteOf(socket), identity, because });
    return refuse(because);
  };
}

export function remoteOf(socket: Duplex): string {
  return (socket instanceof Socket ? socket.remoteAddress : undefined) ?? '';
}

/** Of anybody else no body is read. */
export function onlyAdmitted(admit: Admit, gate: Gate) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const peer = await gate(admit, request.raw.socket);
    return peer.ok ? undefined : sendProblem(reply, peer.because);
  };
}

/**
 * What one address may take of a listener before anybody knows who stands there: handshakes per
 * second and, where people come in, connections. A refusal that costs a handshake is no refusal, so
 * what is far beyond the limit is dropped without a word; what is a little beyond it hears why.
 */

import type { Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { problem, type Problem } from '#domain/problem.ts';
import type { RefusedPeer } from '#ports/link.ts';
import type { EdgeLimits } from '../link/limits.ts';
import { endsOf } from './listener-connections.ts';
import { remoteOf } from './listener-peers.ts';
import { TokenBuckets } from '../link/token-bucket.ts';

/** Connections by address, and which of them are too many. */
export class Crowds {
  readonly #max: number;
  readonly #counts = new Map<string, number>();
  readonly #beyond = new Set<string>();

  constructor(max: number) {
    this.#max = max;
  }

  /** False: so far beyond the limit that it is not even told so. */
  enters(socket: Socket): boolean {
    const address = remoteOf(socket);
    const ends = endsOf(socket);
    const count = (this.#counts.get(address) ?? 0) + 1;
    if (count > 2 * this.#max) return false;
    this.#counts.set(address, count);
    if (count > this.#max) this.#beyond.add(ends);
    socket.once('close', () => {
      this.#beyond.delete(ends);
      const left = (this.#counts.get(address) ?? 1) - 1;
      if (left > 0) this.#counts.set(address, left);
      else this.#counts.delete(address);
    });
    return true;
  }

  against(socket: Duplex): Problem | null {
    const isBeyond = socket instanceof TLSSocket && this.#beyond.has(endsOf(socket));
    return isBeyond ? problem('CONNECTIONS_TOO_MANY', { connectionsMax: this.#max }) : null;
  }
}

type Options = {
  readonly limits: EdgeLimits;
  readonly crowds: Crowds;
  readonly refused: (peer: RefusedPeer) => void;
};

export function limitAddresses(server: Server, { limits, crowds, refused }: Options): void {
  const handshakes = new TokenBuckets(limits.handshakes, limits.namesMax);
  const { perSecond } = limits.handshakes;
  const { connectionsPerAddressMax: connectionsMax } = limits;
  server.on('connection', (socket: Socket) => {
    const remote = remoteOf(socket);
    const drop = (because: Problem): void => {
      socket.destroy();
      refused({ remote, identity: null, because });
    };
    if (handshakes.take(remote, performance.now()) > 0) {
      drop(problem('HANDSHAKES_TOO_MANY', { perSecond }));
    } else if (!crowds.enters(socket)) {
      drop(problem('CONNECTIONS_TOO_MANY', { connectionsMax }));
    }
  });
  server.on('tlsClientError', (error: NodeJS.ErrnoException, socket: TLSSocket) => {
    // Whoever only looks whether something listens here goes before he says a word.
    if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return;
    const detail = String(error.code ?? error.message).slice(0, 200);
    const because = problem('HANDSHAKE_REFUSED', { detail });
    refused({ remote: remoteOf(socket), identity: null, because });
  });
}

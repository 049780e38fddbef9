/**
 * Counts the connections of a listener: all together, of one peer, and of those that have not
 * shown who they are. A flood of strangers drives out strangers, of the address that has most of them
 * and there the one that waits longest; a peer that opens too many loses its newest. Neither costs
 * another peer anything.
 */

import type { Server, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { identityText } from '#domain/trust/identity.ts';
import type { EdgeLimits } from '../link/limits.ts';
import type { Peers } from '../identity/link-trust.ts';

type Options = {
  /** null: nobody shows a certificate here, so nobody becomes more than a stranger. */
  readonly peers: Peers | null;
  readonly limits: EdgeLimits;
};

export function limitConnections(server: Server, { peers, limits }: Options): void {
  server.maxConnections = limits.connectionsMax;
  if (peers === null) return;
  const strangers = new Map<string, Socket>();
  const counts = new Map<string, number>();
  server.on('connection', (socket: Socket) => addStranger(strangers, socket, limits));
  server.on('secureConnection', (socket: TLSSocket) => {
    const peer = peers.of(socket);
    if (!peer.ok) return;
    // What TLS runs over has the same two ends as what runs in it, and is another object.
    strangers.delete(endsOf(socket));
    const name = identityText(peer.value.identity);
    if (count(counts, name, 1) > limits.connectionsPerPeerMax) socket.destroy();
    socket.once('close', () => count(counts, name, -1));
  });
}

function addStranger(strangers: Map<string, Socket>, socket: Socket, limits: EdgeLimits): void {
  if (socket.destroyed) return;
  const ends = endsOf(socket);
  if (strangers.size >= limits.strangersMax) oldestOfMost(strangers)?.destroy();
  strangers.set(ends, socket);
  const timer = setTimeout(() => {
    if (strangers.get(ends) === socket) socket.destroy();
  }, limits.strangerMs);
  socket.once('close', () => {
    clearTimeout(timer);
    if (strangers.get(ends) === socket) strangers.delete(ends);
  });
}

/** Of the address that has most: whoever floods drives out his own. */
function oldestOfMost(strangers: ReadonlyMap<string, Socket>): Socket | undefined {
  const counts = new Map<string, { readonly oldest: Socket; readonly count: number }>();
  for (const socket of strangers.values()) {
    if (socket.destroyed) continue;
    const address = socket.remoteAddress ?? '';
    const { oldest, count } = counts.get(address) ?? { oldest: socket, count: 0 };
    counts.set(address, { oldest, count: count + 1 });
  }
  const [most] = [...counts.values()].toSorted((left, right) => right.count - left.count);
  return most?.oldest;
}

export function endsOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? ''} ${String(remotePort)}`;
}

/** How many there are now. */
function count(counts: Map<string, number>, name: string, more: 1 | -1): number {
  const now = (counts.get(name) ?? 0) + more;
  if (now > 0) counts.set(name, now);
  else counts.delete(name);
  return now;
}

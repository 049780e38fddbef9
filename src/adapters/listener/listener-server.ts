/**
 * What a listener stands on: TLS 1.3 for links, TLS 1.3 for people, or plain HTTP where a person
 * accepted an insecure loopback. Says of every connection who is at its other end.
 */

import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { problem, type Problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Chain, Verified } from '../identity/certificate-chain.ts';
import { consoleTls, type ConsoleTrust } from '../link/console-trust.ts';
import { limits as adapterLimits, type EdgeLimits } from '../link/limits.ts';
import type { RefusedPeer } from '#ports/link.ts';
import { Crowds, limitAddresses } from './listener-addresses.ts';
import type { Meter } from '#ports/transfers.ts';
import { endsOf, limitConnections } from './listener-connections.ts';
import { listeningTls, Peers, type LinkTrust, type Shown } from '../identity/link-trust.ts';

export type ListenerSecurity =
  /** Both sides show a certificate of the organisation. */
  | { readonly kind: 'mutual'; readonly trust: LinkTrust }
  /** We show one; people say who they are by what they know. */
  | ({ readonly kind: 'console' } & ConsoleTrust)
  /** On loopback alone, and only if a person accepted it: nobody proves anything. */
  | { readonly kind: 'insecure-loopback' };

/** null: an insecure loopback. */
export function linkSecurity(trust: LinkTrust | null): ListenerSecurity {
  return trust === null ? { kind: 'insecure-loopback' } : { kind: 'mutual', trust };
}

export function consoleSecurity(trust: LinkTrust | null, own: Shown | null): ListenerSecurity {
  return trust === null ? { kind: 'insecure-loopback' } : { kind: 'console', trust, own };
}

export type Ground = {
  readonly create: (handler: RequestListener) => Server | SecureServer;
  /** null: an insecure loopback. */
  peerOf(socket: Duplex): Result<Verified | null>;
  /** With the scheme that is spoken here. */
  addressOf(address: string): string;
  /** Why its address has too many connections, or null. */
  crowdOf(socket: Duplex): Problem | null;
  /** What the other side showed, believed or not. */
  chainOf(socket: Duplex): Chain;
};

type Edge = {
  readonly limits: EdgeLimits;
  readonly refused: (peer: RefusedPeer) => void;
  readonly meter: Meter | undefined;
};

export function groundOf(security: ListenerSecurity, edge: Edge): Ground {
  const { limits } = edge;
  const crowds = new Crowds(limits.connectionsPerAddressMax);
  const peers = security.kind === 'mutual' ? new Peers(security.trust) : null;
  return {
    create(handler) {
      const server = serverOf(security, limits, handler);
      server.requestTimeout = 0;
      server.headersTimeout = limits.headersMs;
      server.keepAliveTimeout = adapterLimits.keepAliveMs;
      // One more than may be: what is beyond would be dropped in silence, and so not be noticed.
      server.maxHeadersCount = limits.headersMax + 1;
      const { kind } = security;
      // There all come from one address, and a person accepted whatever comes of it.
      if (kind !== 'insecure-loopback') limitAddresses(server, { ...edge, crowds });
      limitConnections(server, { peers, limits });
      if (security.kind === 'mutual' && peers !== null) endLost(server, security.trust, peers);
      if (peers !== null && edge.meter !== undefined) meterConnections(server, peers, edge.meter);
      return server;
    },
    peerOf(socket) {
      if (security.kind === 'insecure-loopback') return ok(null);
      if (peers !== null && socket instanceof TLSSocket) return peers.of(socket);
      return refuse(problem('CERTIFICATE_UNTRUSTED', { detail: 'none is asked for here' }));
    },
    addressOf: (address) =>
      address.replace(/^https?:/, security.kind === 'insecure-loopback' ? 'http:' : 'https:'),
    crowdOf: (socket) => (security.kind === 'console' ? crowds.against(socket) : null),
    chainOf: (socket) => (peers !== null && socket instanceof TLSSocket ? peers.chain(socket) : []),
  };
}

function serverOf(
  security: ListenerSecurity,
  { headerBytesMax: maxHeaderSize, handshakeMs: handshakeTimeout }: EdgeLimits,
  handler: RequestListener,
): Server | SecureServer {
  // Who is too slow is looked for so often; by itself Node looks twice a minute.
  const http = { maxHeaderSize, connectionsCheckingInterval: adapterLimits.slowLookMs };
  if (security.kind === 'insecure-loopback') return createServer(http, handler);
  const tls = (): object =>
    security.kind === 'mutual' ? listeningTls(security.trust) : consoleTls(security);
  const server = createSecureServer({ ...tls(), ...http, handshakeTimeout }, handler);
  // Those who are connected stay; whoever comes is shown what was renewed.
  const forget = security.trust.onChanged(() => server.setSecureContext(tls()));
  server.once('close', forget);
  return server;
}

/** What the network carries for each, encryption and all, is known by what TLS runs over. */
function meterConnections(server: Server | SecureServer, peers: Peers, meter: Meter): void {
  const below = new Map<string, Socket>();
  server.on('connection', (socket: Socket) => {
    const ends = endsOf(socket);
    below.set(ends, socket);
    socket.once('close', () => {
      if (below.get(ends) === socket) below.delete(ends);
    });
  });
  server.on('secureConnection', (secure: TLSSocket) => {
    const peer = peers.of(secure);
    const socket = below.get(endsOf(secure));
    if (!peer.ok || socket === undefined) return;
    const closed = meter.opened(peer.value, () => ({
      sent: socket.bytesWritten,
      received: socket.bytesRead,
    }));
    socket.once('close', closed);
  });
}

/** An authority was taken back: who stands under it is shown out, whatever he is in the middle of. */
function endLost(server: Server | SecureServer, trust: LinkTrust, peers: Peers): void {
  const open = new Set<TLSSocket>();
  server.on('secureConnection', (socket: TLSSocket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  const look = (): void => {
    for (const socket of open) if (peers.isLost(socket)) socket.destroy();
  };
  let timer: NodeJS.Timeout | undefined;
  const forget = trust.onChanged(() => {
    // Below them others may be told of it by this very connection: they hear it first.
    clearTimeout(timer);
    timer = setTimeout(look, adapterLimits.lastAnswerMs);
  });
  server.once('close', () => {
    clearTimeout(timer);
    forget();
  });
}

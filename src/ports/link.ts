/** One open connection that carries messages both ways. What a message means is not known here. */

import type { Problem } from '#domain/problem.ts';
import type { Identity } from '#domain/trust/identity.ts';

/** Who stands at the other end, as its certificate proved when the connection began. */
export type Peer = {
  readonly identity: Identity;
  /** Of that certificate: what is revoked is a certificate, not a name for ever. */
  readonly serial: string;
};

/** Somebody who was turned away before he could say anything. */
export type RefusedPeer = {
  readonly remote: string;
  /** What its certificate proved; null: nothing, or it was not believed. */
  readonly identity: Identity | null;
  readonly because: Problem;
};

export type SocketLink = {
  /** Address of the other end; says nothing of who is there. */
  readonly remote: string;
  /** null: an insecure loopback, where nobody proves who he is. */
  readonly peer: Peer | null;
  send(message: object): void;
  onMessage(act: (input: unknown) => void): void;
  /** Called once, however the connection ended. */
  onClose(act: () => void): void;
  close(): void;
};

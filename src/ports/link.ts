/** One open connection that carries messages both ways. What a message means is not known here. */

export type SocketLink = {
  /** Who is at the other end, as far as the transport knows; later the peer's proven name. */
  readonly remote: string;
  send(message: object): void;
  onMessage(act: (input: unknown) => void): void;
  /** Called once, however the connection ended. */
  onClose(act: () => void): void;
  close(): void;
};

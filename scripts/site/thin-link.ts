/**
 * The thin line between an information server and its servers: passes every connection through and
 * lets no more than its bandwidth down, shared by all that wait. Counts what crossed it.
 */

import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** So small that a short message is not kept waiting behind one long transfer. */
const pieceBytes = 16 * 1024;

export class ThinLink {
  readonly address: string;
  bytesDown = 0;
  bytesUp = 0;
  readonly #bytesPerSecond: number;
  readonly #server: ReturnType<typeof createServer>;
  readonly #sockets = new Set<Socket>();
  /** When the line has carried all that was promised so far, in milliseconds of this process. */
  #freeAt = 0;

  private constructor(
    server: ReturnType<typeof createServer>,
    { bytesPerSecond, scheme }: { readonly bytesPerSecond: number; readonly scheme: string },
  ) {
    this.#server = server;
    this.#bytesPerSecond = bytesPerSecond;
    const { port } = server.address() as AddressInfo;
    this.address = `${scheme}://127.0.0.1:${port}`;
  }

  static async open(options: {
    /** `https://HOST:PORT` of whoever is above; asked for each connection. */
    readonly above: () => string;
    readonly bytesPerSecond: number;
    /** What is spoken through it. */
    readonly scheme: 'http' | 'https';
  }): Promise<ThinLink> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const link = new ThinLink(server, options);
    server.on('connection', (below) => link.#carry(below, options.above()));
    return link;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #carry(below: Socket, address: string): void {
    const { hostname, port } = new URL(address);
    const above = connect(Number(port), hostname);
    for (const socket of [below, above]) {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    }
    // What is still on its way down goes down, even when who sent it is gone.
    above.on('error', () => below.destroy());
    below.on('error', () => above.destroy());
    below.on('close', () => above.destroy());
    below.on('data', (bytes) => {
      this.bytesUp += bytes.length;
    });
    below.pipe(above);
    void this.#down(above, below);
  }

  /** Piece by piece, each when the line has room for it: who asks first is served first. */
  async #down(above: Socket, below: Socket): Promise<void> {
    try {
      for await (const bytes of above) {
        if (!(bytes instanceof Buffer)) continue;
        for (let from = 0; from < bytes.length; from += pieceBytes) {
          const piece = bytes.subarray(from, from + pieceBytes);
          await this.#room(piece.length);
          this.bytesDown += piece.length;
          if (!below.write(piece)) await Promise.race([once(below, 'drain'), once(below, 'close')]);
        }
      }
      below.end();
    } catch {
      below.destroy();
    }
  }

  async #room(bytes: number): Promise<void> {
    const now = performance.now();
    this.#freeAt = Math.max(now, this.#freeAt) + (bytes * 1_000) / this.#bytesPerSecond;
    // Timers count whole milliseconds; what is less is made up by the next piece.
    if (this.#freeAt - now >= 1) await sleep(this.#freeAt - now);
  }
}

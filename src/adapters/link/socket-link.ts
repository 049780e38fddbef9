/** One WebSocket seen as a link of JSON messages, for the listening and the dialling side. */

import type { Logger } from 'pino';
import type { RawData, WebSocket } from 'ws';
import type { Peer, SocketLink } from '#ports/link.ts';
import { edgeLimits, limits, type EdgeLimits } from './limits.ts';
import { TokenBucket } from './token-bucket.ts';

export type { SocketLink } from '#ports/link.ts';

type LinkFacts = {
  readonly remote: string;
  readonly peer: Peer | null;
  readonly messageBytesMax: number;
  readonly log: Logger;
};

/** Wraps a WebSocket of either side. `messageBytesMax` is the longest message of its link. */
export function linkOver(
  websocket: WebSocket,
  { remote, peer, messageBytesMax, log }: LinkFacts,
): SocketLink {
  const unsentBytesMax = limits.unsentBytesMax + messageBytesMax;
  websocket.on('error', (error) => log.warn({ remote, detail: error.message }, 'socket error'));
  return {
    remote,
    peer,
    send(message) {
      if (websocket.readyState !== websocket.OPEN) return;
      // A peer that does not read is cut off; it learns everything again when it returns.
      if (websocket.bufferedAmount > unsentBytesMax) websocket.terminate();
      else websocket.send(JSON.stringify(message));
    },
    onMessage(act) {
      websocket.on('message', (data, isBinary) => {
        const input = isBinary ? undefined : parseJson(textOf(data));
        if (input === undefined) websocket.close(1003, 'not JSON');
        else act(input);
      });
    },
    onClose(act) {
      websocket.once('close', () => act());
    },
    close: () => websocket.close(),
  };
}

/** Reads no faster than that: who says too much too fast waits, and keeps nobody else waiting. */
export function slowDown(
  websocket: WebSocket,
  { messages, bytesPerMessage }: Pick<EdgeLimits, 'messages' | 'bytesPerMessage'> = edgeLimits,
): void {
  const bucket = new TokenBucket(messages, performance.now());
  let timer: NodeJS.Timeout | undefined;
  const charge = (data: RawData): void => {
    const cost = Math.max(1, Math.ceil(bytesOf(data) / bytesPerMessage));
    const milliseconds = bucket.owe(cost, performance.now());
    if (milliseconds === 0) return;
    // What came in the same piece is heard all the same, and paid for by a longer pause.
    websocket.pause();
    clearTimeout(timer);
    timer = setTimeout(() => websocket.resume(), milliseconds);
  };
  // Each ping is answered, so it costs as much as a message.
  for (const kind of ['message', 'ping', 'pong'] as const) websocket.on(kind, charge);
  websocket.once('close', () => clearTimeout(timer));
}

function bytesOf(data: RawData): number {
  return Array.isArray(data) ? data.reduce((sum, one) => sum + one.length, 0) : data.byteLength;
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString('utf8');
  return Buffer.from(data instanceof ArrayBuffer ? new Uint8Array(data) : data).toString('utf8');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

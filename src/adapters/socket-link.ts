/** One WebSocket seen as a link of JSON messages, for the listening and the dialling side. */

import type { Logger } from 'pino';
import type { WebSocket } from 'ws';
import { limits } from './limits.ts';

/** One open connection that carries JSON messages both ways. */
export type SocketLink = {
  readonly remote: string;
  send(message: object): void;
  onMessage(act: (input: unknown) => void): void;
  onClose(act: () => void): void;
  close(): void;
};

/** Wraps a WebSocket of either side; also used by the dialling side. */
export function linkOver(websocket: WebSocket, remote: string, log: Logger): SocketLink {
  websocket.on('error', (error) => log.warn({ remote, detail: error.message }, 'socket error'));
  return {
    remote,
    send(message) {
      if (websocket.readyState !== websocket.OPEN) return;
      // A peer that does not read is cut off; it learns everything again when it returns.
      if (websocket.bufferedAmount > limits.unsentBytesMax) websocket.terminate();
      else websocket.send(JSON.stringify(message));
    },
    onMessage(act) {
      websocket.on('message', (data, isBinary) => {
        const input = isBinary ? undefined : parseJson(data.toString());
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

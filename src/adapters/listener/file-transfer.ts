/**
 * Sends a part of a file into one answer: as fast as its reader takes it and its budget allows, one
 * piece at a time. Whoever reads slowly keeps one piece waiting and nobody else; whoever reads nothing
 * for too long is cut off, and may go on from there another time.
 */

import type { ServerResponse } from 'node:http';
import type { Transfer } from '#ports/transfers.ts';
import { limits } from '../link/limits.ts';
import type { FileReader } from './file-pieces.ts';

export type Sending = {
  readonly response: ServerResponse;
  readonly reader: FileReader;
  readonly from: number;
  readonly until: number;
  /** Absent: nothing limits and nothing counts it. */
  readonly transfer?: Transfer | undefined;
  /** Tests wait less long. */
  readonly stalledMs?: number | undefined;
};

/** Resolves when all was sent or its reader is gone. */
export async function sendPart(sending: Sending): Promise<void> {
  const { response, reader, from, until, transfer } = sending;
  // Who waits for its budget learns that its reader left.
  const leave = (): void => transfer?.end();
  response.once('close', leave);
  try {
    for (let at = from; at < until && !response.destroyed;) {
      const piece = await reader.read(at);
      const ready = Math.min(piece.length, until - at);
      const bytes = transfer === undefined ? ready : await transfer.allow(ready);
      if (response.destroyed) break;
      await write(sending, piece.subarray(0, bytes));
      at += bytes;
    }
    if (!response.destroyed) response.end();
  } catch {
    // The file is not what it was a moment ago: the length that was promised is not kept.
    response.destroy();
  } finally {
    response.off('close', leave);
    transfer?.end();
    reader.close();
  }
}

/** Until it is handed to the network, or its reader is gone. */
function write({ response, transfer, stalledMs }: Sending, piece: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      response.off('close', end);
      resolve();
    };
    const timer = setTimeout(() => response.destroy(), stalledMs ?? limits.stalledMs);
    response.once('close', end);
    response.write(piece, (error) => {
      if (!error) transfer?.sent(piece.length);
      end();
    });
  });
}

/**
 * Immutable files read in pieces that all who are sent them share: a thousand servers that fetch one
 * package cost one reading of each piece and one copy of it in memory, however many they are. The
 * pieces that are kept are bounded; so a transfer costs the piece that it is at, and no more.
 */

import { open, type FileHandle } from 'node:fs/promises';
import { limits } from '../link/limits.ts';

type Opened = { readonly handle: FileHandle; readonly bytes: number; readers: number };

export type FileReader = {
  readonly bytes: number;
  /** From there to the end of its piece. */
  read(from: number): Promise<Uint8Array>;
  close(): void;
};

export class FilePieces {
  readonly #pieceBytes: number;
  readonly #keptMax: number;
  readonly #opened = new Map<string, Promise<Opened>>();
  /** The one used last at the end. */
  readonly #pieces = new Map<string, Promise<Uint8Array>>();

  constructor(options?: { readonly pieceBytes: number; readonly keptBytesMax: number }) {
    const { pieceBytes, keptBytesMax } = options ?? {
      pieceBytes: limits.readBytes,
      keptBytesMax: limits.piecesBytesMax,
    };
    this.#pieceBytes = pieceBytes;
    this.#keptMax = Math.max(1, Math.floor(keptBytesMax / pieceBytes));
  }

  /** How many are kept now. */
  get kept(): number {
    return this.#pieces.size;
  }

  /** null: there is no such file. */
  async open(file: string): Promise<FileReader | null> {
    const opening = this.#opened.get(file) ?? this.#begin(file);
    const opened = await opening.catch(() => null);
    if (opened === null) return null;
    // Its last reader may have left while we waited.
    if (this.#opened.get(file) !== opening) return this.open(file);
    opened.readers += 1;
    let isClosed = false;
    return {
      bytes: opened.bytes,
      read: async (from) => {
        const number = Math.floor(from / this.#pieceBytes);
        const piece = await this.#piece(file, opened, number);
        return piece.subarray(from - number * this.#pieceBytes);
      },
      close: () => {
        if (isClosed) return;
        isClosed = true;
        opened.readers -= 1;
        if (opened.readers === 0) this.#end(file, opened);
      },
    };
  }

  #begin(file: string): Promise<Opened> {
    const opening = openWhole(file);
    this.#opened.set(file, opening);
    opening.catch(() => this.#opened.delete(file));
    return opening;
  }

  /** What stands under that name the next time is looked at anew: it may have been repaired. */
  #end(file: string, { handle, bytes }: Opened): void {
    this.#opened.delete(file);
    for (let number = 0; number * this.#pieceBytes < bytes; number += 1) {
      this.#pieces.delete(`${number} ${file}`);
    }
    handle.close().catch(() => undefined);
  }

  #piece(file: string, opened: Opened, number: number): Promise<Uint8Array> {
    const name = `${number} ${file}`;
    const kept = this.#pieces.get(name);
    if (kept !== undefined) {
      this.#pieces.delete(name);
      this.#pieces.set(name, kept);
      return kept;
    }
    const from = number * this.#pieceBytes;
    const reading = readWhole(opened.handle, {
      from,
      bytes: Math.min(this.#pieceBytes, opened.bytes - from),
    });
    reading.catch(() => this.#pieces.delete(name));
    for (const oldest of this.#pieces.keys()) {
      if (this.#pieces.size < this.#keptMax) break;
      this.#pieces.delete(oldest);
    }
    this.#pieces.set(name, reading);
    return reading;
  }
}

async function openWhole(file: string): Promise<Opened> {
  const handle = await open(file, 'r');
  try {
    const { size: bytes } = await handle.stat();
    return { handle, bytes, readers: 0 };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readWhole(
  handle: FileHandle,
  { from, bytes }: { readonly from: number; readonly bytes: number },
): Promise<Uint8Array> {
  const piece = Buffer.allocUnsafeSlow(bytes);
  for (let read = 0; read < bytes;) {
    const { bytesRead } = await handle.read(piece, read, bytes - read, from + read);
    if (bytesRead === 0) throw new Error('a file became shorter while it was sent');
    read += bytesRead;
  }
  return piece;
}

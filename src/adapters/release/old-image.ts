/**
 * The files of an old tree end to end, read where a run says. Runs are short and lie near each
 * other, so blocks that were read stay for a while: a few megabytes, however large the tree is.
 */

import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { unreadable } from '#delta/bytes.ts';
import type { TreeEntry } from './package-archive-tree.ts';

const blockBytes = 64 * 1024;
const blocksMax = 64;
/** Longer stretches are read to where they belong at once. */
const shortBytes = blockBytes / 2;
/** Old files that are open at a time. */
const openFilesMax = 32;

type ImageFile = {
  readonly path: string;
  readonly at: number;
  readonly end: number;
  /** Its first block; blocks of all files have numbers of their own. */
  readonly block: number;
};
type Block = { number: number; length: number; readonly bytes: Buffer };

export class OldImage {
  readonly bytes: number;
  readonly #files: readonly ImageFile[];
  readonly #open = new Map<string, number>();
  /** By the remainder of their number. */
  readonly #blocks: (Block | undefined)[] = [];
  #last: ImageFile | undefined;

  constructor(folder: string, entries: readonly TreeEntry[]) {
    const files: ImageFile[] = [];
    let at = 0;
    let block = 0;
    for (const entry of entries) {
      if (entry.kind !== 'file' || entry.bytes === 0) continue;
      files.push({ path: join(folder, entry.path), at, end: at + entry.bytes, block });
      at += entry.bytes;
      block += Math.ceil(entry.bytes / blockBytes);
    }
    this.#files = files;
    this.bytes = at;
  }

  /** Fills `target` with the bytes that stand there. */
  read(from: number, target: Buffer): void {
    for (let done = 0; done < target.length;) {
      const file = this.#fileAt(from + done);
      const offset = from + done - file.at;
      const length = Math.min(target.length - done, file.end - file.at - offset);
      done +=
        length > shortBytes
          ? this.#readAtOnce(file, offset, target.subarray(done, done + length))
          : this.#readFromBlock(file, offset, target.subarray(done, done + length));
    }
  }

  #readAtOnce({ path }: ImageFile, offset: number, target: Buffer): number {
    const read = readSync(this.#descriptor(path), target, 0, target.length, offset);
    return read === 0 ? unreadable('an old file is shorter than it was') : read;
  }

  #readFromBlock(file: ImageFile, offset: number, target: Buffer): number {
    const inFile = Math.floor(offset / blockBytes);
    const block = this.#block(file, inFile);
    const first = offset - inFile * blockBytes;
    const length = Math.min(target.length, block.length - first);
    if (length <= 0) unreadable('an old file is shorter than it was');
    block.bytes.copy(target, 0, first, first + length);
    return length;
  }

  #block(file: ImageFile, inFile: number): Block {
    const number = file.block + inFile;
    const known = this.#blocks[number % blocksMax];
    if (known?.number === number) return known;
    const block = known ?? { number, length: 0, bytes: Buffer.allocUnsafeSlow(blockBytes) };
    this.#blocks[number % blocksMax] = block;
    const descriptor = this.#descriptor(file.path);
    block.number = number;
    block.length = readSync(descriptor, block.bytes, 0, blockBytes, inFile * blockBytes);
    return block;
  }

  #fileAt(place: number): ImageFile {
    const last = this.#last;
    if (last !== undefined && place >= last.at && place < last.end) return last;
    let low = 0;
    let high = this.#files.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#files[middle]?.at ?? 0) <= place) low = middle;
      else high = middle - 1;
    }
    const file = this.#files[low];
    if (file === undefined || place >= file.end) return unreadable('it reads what is not there');
    this.#last = file;
    return file;
  }

  #descriptor(path: string): number {
    const known = this.#open.get(path);
    if (known !== undefined) return known;
    const [oldest] = this.#open;
    if (oldest !== undefined && this.#open.size >= openFilesMax) {
      closeSync(oldest[1]);
      this.#open.delete(oldest[0]);
    }
    const descriptor = openSync(path, 'r');
    this.#open.set(path, descriptor);
    return descriptor;
  }

  close(): void {
    for (const descriptor of this.#open.values()) closeSync(descriptor);
    this.#open.clear();
  }
}

/**
 * The inbox on a site's disk: files under the digest that they were asked for by, and halves of
 * them. The agent fills it; the information server of the same machine takes from it.
 */

import type { Digest } from '#domain/names.ts';
import type { Disk, Stored } from '../world/disk.ts';
import type { Half } from './download-simulated.ts';
import type { FeedFile } from './feed-folder.ts';

const nothing: Half = { bytes: 0, digest: null };
/** A power cut leaves of what was appended at once nothing, all, or this many parts less one. */
const parts = 4;

type StoredHalf = { readonly stored: Stored<Half>; roomBytes: number };

export class InboxFolder {
  readonly #disk: Disk;
  readonly #files = new Map<Digest, FeedFile>();
  readonly #halves = new Map<Digest, StoredHalf>();

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** What is really in the file of that name; null: there is none. */
  find(digest: Digest): FeedFile | null {
    return this.#files.get(digest) ?? null;
  }

  half(digest: Digest): Half {
    return this.#halves.get(digest)?.stored.read() ?? nothing;
  }

  /** The names of all files, half ones included. */
  digests(): readonly Digest[] {
    return [...new Set([...this.#files.keys(), ...this.#halves.keys()])];
  }

  /** More arrived, of that file. Not synced before its end: a power cut may lose any of it. */
  append(digest: Digest, of: Digest, bytes: number): void {
    if (bytes === 0) return;
    const half = this.#halves.get(digest) ?? { stored: this.#disk.store(nothing), roomBytes: 0 };
    this.#halves.set(digest, half);
    const before = half.stored.read();
    const whole = before.bytes === 0 || before.digest === of ? of : null;
    for (let part = 1; part <= parts; part++) {
      const arrived = Math.floor((bytes * part) / parts);
      half.stored.write({ bytes: before.bytes + arrived, digest: whole }, { synced: false });
    }
    this.#takeRoom(half);
  }

  /** Begun anew. */
  empty(digest: Digest): void {
    const half = this.#halves.get(digest);
    if (half === undefined) return;
    half.stored.write(nothing, { synced: true });
    this.#takeRoom(half);
    this.#halves.delete(digest);
  }

  /** Synced and renamed: from now on it stands whole, whatever happens. */
  end(digest: Digest, file: FeedFile): void {
    this.empty(digest);
    this.#files.set(digest, file);
    this.#disk.bytesFree -= file.bytes;
  }

  remove(digest: Digest): void {
    this.#disk.bytesFree += this.#files.get(digest)?.bytes ?? 0;
    this.#files.delete(digest);
    this.empty(digest);
  }

  /** A fault of the disk: what arrived of it is not what was sent. */
  tear(digest: Digest): void {
    const stored = this.#halves.get(digest)?.stored;
    stored?.write({ ...stored.read(), digest: null }, { synced: true });
  }

  /** What a power cut took is free again. */
  #takeRoom(half: StoredHalf): void {
    const { bytes } = half.stored.read();
    this.#disk.bytesFree -= bytes - half.roomBytes;
    half.roomBytes = bytes;
  }
}

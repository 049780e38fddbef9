/**
 * The store on a site's disk: verified copies by the digest in their names, always synced. What is
 * really in a copy is a digest too, so that a fault can make it another.
 */

import { createHash } from 'node:crypto';
import { canonicalJson, utf8Bytes } from '#domain/catalogue/canonical-json.ts';
import type { Release } from '#domain/catalogue/release.ts';
import type { ShareFile } from '#domain/catalogue/revision.ts';
import { brand, type Digest } from '#domain/names.ts';
import type { Disk } from '../world/disk.ts';

/** One file, by what is in it. */
export type FileFacts = { readonly digest: Digest; readonly bytes: number };

export type StoredCopy = FileFacts & {
  /** Of a manifest. */
  readonly release?: Release;
  /** Of an archive: what its files add up to. */
  readonly tree?: Digest;
};

const folders = { manifest: 'manifests', archive: 'archives', content: 'contents' } as const;

export class StoreFolder {
  readonly disk: Disk;
  readonly #copies = new Map<string, StoredCopy>();

  constructor(disk: Disk) {
    this.disk = disk;
  }

  /** What stands under a name that `storePath` made; null: nothing does. */
  find(path: string): StoredCopy | null {
    return this.#copies.get(path) ?? null;
  }

  /** One rename; whoever calls it has seen that there is room. */
  put(path: string, copy: StoredCopy): void {
    this.#takeRoom(path, copy.bytes);
    this.#copies.set(path, copy);
  }

  remove(path: string): void {
    this.#takeRoom(path, 0);
    this.#copies.delete(path);
  }

  /** A fault of the disk: the copy is not what its name says any more. */
  spoil(path: string): void {
    const copy = this.#copies.get(path);
    if (copy === undefined) return;
    this.#copies.set(path, { digest: digestOfText(`spoilt ${path}`), bytes: copy.bytes });
  }

  #takeRoom(path: string, bytes: number): void {
    this.disk.bytesFree -= bytes - (this.#copies.get(path)?.bytes ?? 0);
  }
}

/** Where the store keeps it; what the port answers as a file. */
export function storePath({ kind, digest }: Pick<ShareFile, 'kind' | 'digest'>): string {
  return kind === 'manifest' ? `${folders[kind]}/${digest}.json` : `${folders[kind]}/${digest}`;
}

/** The file that a manifest is. */
export function manifestCopy(release: Release): StoredCopy {
  const bytes = utf8Bytes(canonicalJson(release.manifest));
  return { digest: release.digest, bytes, release };
}

export function digestOfText(text: string): Digest {
  return brand<Digest>(createHash('sha256').update(text).digest('hex'));
}

/** What stands behind a digest that is asked for: which release it is of, and in which form. */

import type { Release } from '#domain/catalogue/release.ts';
import type { BillEntry } from '#domain/budget/bill.ts';
import type { Digest } from '#domain/names.ts';

export type ServedFile = Pick<BillEntry, 'lane' | 'component' | 'release' | 'form'>;

const unknown: ServedFile = { lane: null, component: null, release: null, form: 'other' };

export class Served {
  readonly #releases: () => Promise<readonly Release[]>;
  readonly #known = new Map<Digest, ServedFile>();
  readonly #trees = new Map<Digest, Release>();

  constructor(releases: () => Promise<readonly Release[]>) {
    this.#releases = releases;
  }

  async of(digest: Digest): Promise<ServedFile> {
    // Only what is here can be asked for, so each release is read once.
    if (!this.#known.has(digest)) await this.#read();
    return this.#known.get(digest) ?? unknown;
  }

  /** A server was told of a delta to that tree. */
  async delta(digest: Digest, tree: Digest): Promise<void> {
    if (this.#known.has(digest)) return;
    if (!this.#trees.has(tree)) await this.#read();
    const release = this.#trees.get(tree);
    if (release !== undefined) this.#known.set(digest, fileOf(release, 'delta'));
  }

  async #read(): Promise<void> {
    for (const release of await this.#releases()) {
      this.#known.set(release.digest, fileOf(release, 'other'));
      for (const { archive, treeDigest } of release.manifest.packages) {
        this.#known.set(archive.digest, fileOf(release, 'whole'));
        this.#trees.set(treeDigest, release);
      }
    }
  }
}

function fileOf({ digest, manifest }: Release, form: ServedFile['form']): ServedFile {
  const { lane, component } = manifest;
  return { lane, component, release: lane === 'program' ? digest : null, form };
}

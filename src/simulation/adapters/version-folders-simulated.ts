/**
 * Releases unpacked on a simulated disk: the versions of a component side by side, and the slots
 * of an installation. Each is complete or not there, as on a real disk, which syncs before it says
 * that a version stands.
 */

import { packageFor, packageOf, type Release } from '#domain/catalogue/release.ts';
import { slotNameOf } from '#domain/catalogue/slot-name.ts';
import type { Digest, Platform } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { StagedReleases, VersionFolders } from '#ports/installer.ts';
import type { Stored } from '../world/disk.ts';
import type { Process } from '../world/machine.ts';
import { smallFileBytes } from './disk-refusal.ts';

export type VersionFolder = {
  readonly name: string;
  readonly release: Release;
  /** What its files add up to now. */
  readonly tree: Digest;
};

/** Oldest first. */
export type FoldersStored = Stored<readonly VersionFolder[]>;

export type StagedOptions = {
  readonly process: Process;
  readonly platform: Platform;
  readonly folders: FoldersStored;
  /** What the files in this archive add up to; null: it cannot be read. */
  unpack(archiveFile: string): { readonly tree: Digest } | null;
  unpackMilliseconds(release: Release): number;
  /** A version came to be. */
  unpacked(folder: VersionFolder): void;
};

export class StagedReleasesSimulated implements StagedReleases {
  protected readonly options: StagedOptions;

  constructor(options: StagedOptions) {
    this.options = options;
  }

  nameOf(release: Release): string {
    return slotNameOf(release);
  }

  find(digest: Digest): Promise<Release | null> {
    return this.options.process.effect(
      () => this.folders().find((one) => one.release.digest === digest)?.release ?? null,
    );
  }

  standing(): Promise<readonly Release[]> {
    return this.options.process.effect(() => this.folders().map(({ release }) => release));
  }

  async add(release: Release, file: string): Promise<Result<null>> {
    const { process, platform, unpackMilliseconds } = this.options;
    const chosen = packageOf(release.manifest, platform);
    if (!chosen.ok) return chosen;
    if (await this.isIntact(release)) return ok(null);
    const milliseconds = unpackMilliseconds(release);
    await process.wait((done: (value: null) => void) =>
      process.clock.after(milliseconds, () => done(null)),
    );
    return process.effect(() => this.#unpack(release, file, chosen.value));
  }

  isIntact(release: Release): Promise<boolean> {
    const { process, platform } = this.options;
    return process.effect(() => {
      const tree = this.folders().find(({ name }) => name === slotNameOf(release))?.tree;
      return tree !== undefined && tree === packageFor(release.manifest, platform)?.treeDigest;
    });
  }

  keepOnly(names: readonly string[]): Promise<void> {
    return this.options.process.effect(() => this.removeWhere(({ name }) => !names.includes(name)));
  }

  protected folders(): readonly VersionFolder[] {
    return this.options.folders.read();
  }

  /** Removes those that are not to stay; what they took is free again. */
  protected removeWhere(goes: (folder: VersionFolder) => boolean): void {
    const { process, platform, folders } = this.options;
    const all = this.folders();
    if (!all.some(goes)) return;
    for (const { release } of all.filter(goes)) {
      process.machine.disk.bytesFree += packageFor(release.manifest, platform)?.treeBytes ?? 0;
    }
    folders.write(
      all.filter((one) => !goes(one)),
      { synced: true },
    );
  }

  #unpack(
    release: Release,
    file: string,
    chosen: { readonly treeDigest: Digest; readonly treeBytes: number },
  ): Result<null> {
    const { process, folders, unpack, unpacked } = this.options;
    const { disk } = process.machine;
    const name = slotNameOf(release);
    // What stood there damaged goes first.
    this.removeWhere((one) => one.name === name);
    const refusal = disk.refusal(chosen.treeBytes + smallFileBytes);
    if (refusal !== null) return refuse(refusal);
    const tree = unpack(file)?.tree;
    if (tree === undefined) {
      return refuse(problem('PACKAGE_UNREADABLE', { file, detail: 'not an archive' }));
    }
    const { treeDigest: expected, treeBytes } = chosen;
    if (tree !== expected) {
      return refuse(problem('PACKAGE_DIGEST_WRONG', { expected, found: tree }));
    }
    const folder: VersionFolder = { name, release, tree };
    disk.bytesFree -= treeBytes;
    folders.write([...this.folders(), folder], { synced: true });
    unpacked(folder);
    return ok(null);
  }
}

export type VersionsOptions = StagedOptions & {
  readonly link: Stored<string | null>;
  /** The rename happened. */
  pointed(from: string | null, to: string | null): void;
};

export class VersionFoldersSimulated extends StagedReleasesSimulated implements VersionFolders {
  readonly #options: VersionsOptions;

  constructor(options: VersionsOptions) {
    super(options);
    this.#options = options;
  }

  list(): Promise<readonly string[]> {
    return this.options.process.effect(() => this.folders().map(({ name }) => name));
  }

  current(): Promise<string | null> {
    return this.options.process.effect(() => this.#options.link.read());
  }

  release(name: string): Promise<Release | null> {
    return this.options.process.effect(
      () => this.folders().find((one) => one.name === name)?.release ?? null,
    );
  }

  tree(name: string): string {
    return name;
  }

  point(name: string | null): Promise<Result<null>> {
    const { process, link, pointed } = this.#options;
    return process.effect(() => {
      // A link that is only removed takes no room.
      const refusal = process.machine.disk.refusal(name === null ? 0 : smallFileBytes);
      if (refusal !== null) return refuse(refusal);
      const before = link.read();
      link.write(name, { synced: true });
      if (before !== name) pointed(before, name);
      return ok(null);
    });
  }
}

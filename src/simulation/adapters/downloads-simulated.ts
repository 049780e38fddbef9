/**
 * ROOT/downloads of a simulated machine, and the transfers that fill it: archives under the digest
 * of their release's manifest. A path is that digest, for nobody looks at more of it here.
 */

import { brand, type Digest, type Lane } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';
import type { Downloads, Packages } from '#ports/installer.ts';
import { downloadLimits as limits, downloadPauseMilliseconds } from '#protocol/shared/download.ts';
import type { Process } from '../world/machine.ts';
import type { Path } from '../world/network.ts';
import type { SharedLink } from '../world/shared-link.ts';
import { downloadSimulated, type HalfFile, type Source } from './download-simulated.ts';
import type { InboxFolder } from './inbox-folder.ts';

export class DownloadsSimulated implements Downloads {
  readonly #process: Process;
  readonly #on: { readonly downloads: InboxFolder };

  constructor(process: Process, on: { readonly downloads: InboxFolder }) {
    this.#process = process;
    this.#on = on;
  }

  get #folder(): InboxFolder {
    return this.#on.downloads;
  }

  file(digest: Digest): string {
    return digest;
  }

  /** No simulated site has deltas. */
  deltaFile(digest: Digest): string {
    return digest;
  }

  bytes(digest: Digest): Promise<number> {
    return this.#process.effect(
      () => this.#folder.find(digest)?.bytes ?? this.#folder.half(digest).bytes,
    );
  }

  remove(digest: Digest): Promise<void> {
    return this.#process.effect(() => this.#folder.remove(digest));
  }

  keepOnly(digests: readonly Digest[]): Promise<void> {
    return this.#process.effect(() => {
      for (const name of this.#folder.digests()) {
        if (!digests.includes(name)) this.#folder.remove(name);
      }
    });
  }
}

/** What an information server serves beside its sessions. */
export type ServedPackages = Source & {
  /** The bytes of a manifest; null: there is none of that digest. */
  manifest(digest: Digest): Uint8Array | null;
  /** Metadata as its information server verified it. */
  metadata(lane: Lane, name: string): Uint8Array | null;
};

/** A computer that fetches. */
export type Fetching = {
  readonly downloads: InboxFolder;
  readonly path: Path;
  readonly site: {
    /** What all servers of the site share. */
    readonly link: SharedLink;
    readonly source: ServedPackages;
  };
  /** Bytes of an archive arrived, of one attempt or of a part of it. */
  seeFetched(digest: Digest, bytes: number): void;
};

export class PackagesSimulated implements Packages {
  readonly #process: Process;
  readonly #on: Fetching;

  constructor(process: Process, on: Fetching) {
    this.#process = process;
    this.#on = on;
  }

  /** Small enough to cost its way only; asked for as patiently as the adapter for HTTP does. */
  async manifest(digest: Digest, signal: AbortSignal): Promise<Result<Uint8Array>> {
    const asked = await this.#ask((source) => source.manifest(digest), signal);
    if (!asked.ok) return asked;
    const bytes = asked.value;
    return bytes === null ? refuse(problem('PACKAGE_ABSENT', { digest })) : ok(bytes);
  }

  async metadata(lane: Lane, file: string, bytesMax: number): Promise<Result<Uint8Array | null>> {
    const asked = await this.#ask((source) => source.metadata(lane, file));
    const bytes = asked.ok ? (asked.value?.byteLength ?? 0) : 0;
    if (bytes <= bytesMax) return asked;
    return refuse(problem('METADATA_TOO_LARGE', { file, bytesMax }));
  }

  delta(): Promise<null> {
    return Promise.resolve(null);
  }

  async #ask<Answer>(
    of: (source: ServedPackages) => Answer,
    signal?: AbortSignal,
  ): Promise<Result<Answer>> {
    for (let attempt = 1; attempt <= limits.fruitlessAttemptsMax; attempt++) {
      const answer = await this.#askOnce(of);
      if (answer !== null) return answer;
      if (signal?.aborted === true) break;
      await this.#pause(attempt);
    }
    return unreachable;
  }

  async archive({
    archive,
    file,
    progress,
    signal,
  }: Parameters<Packages['archive']>[0]): Promise<Result<{ readonly bytesReceived: number }>> {
    const process = this.#process;
    const { downloads: folder, path, site } = this.#on;
    const { digest, bytes } = archive;
    const name = brand<Digest>(file);
    const stands = await process.effect(() => folder.find(name));
    if (stands !== null) {
      // What an earlier run left is checked again rather than believed.
      if (stands.digest === digest && stands.bytes === bytes) return ok({ bytesReceived: 0 });
      await process.effect(() => folder.remove(name));
    }
    let bytesReceived = 0;
    const seeFetched = (of: Digest, more: number): void => this.#on.seeFetched(of, more);
    const half: HalfFile = {
      read: () => folder.half(name),
      append(of, more) {
        if (more === 0) return;
        folder.append(name, of, more);
        bytesReceived += more;
        seeFetched(digest, more);
        if (process.isAlive) progress(bytesReceived);
      },
      empty: () => folder.empty(name),
    };
    const ended = await downloadSimulated({ ...site, process, path, half, digest, bytes, signal });
    if (!ended.ok) return ended;
    await process.effect(() => folder.end(name, { digest, bytes }));
    return ok({ bytesReceived });
  }

  /** null: nobody answered. */
  #askOnce<Answer>(of: (source: ServedPackages) => Answer): Promise<Result<Answer> | null> {
    const process = this.#process;
    const { path } = this.#on;
    const { source } = this.#on.site;
    const server = source.process();
    const isSilent = (): boolean => path.isCut || server?.machine.isFrozen === true;
    const milliseconds = isSilent() ? limits.stallMilliseconds : 4 * path.latencyMilliseconds;
    return process.wait((done) =>
      process.clock.after(milliseconds, () => {
        if (isSilent() || server?.isAlive !== true) return done(null);
        done(ok(of(source)));
      }),
    );
  }

  #pause(fruitless: number): Promise<null> {
    const process = this.#process;
    const chance = process.chance.next();
    const milliseconds = downloadPauseMilliseconds(limits, { fruitless, chance });
    return process.wait((done) => process.clock.after(milliseconds, () => done(null)));
  }
}

const unreachable = refuse(
  problem('ADDRESS_UNREACHABLE', { address: 'simulated', detail: 'no answer' }),
);

/**
 * The share of a site as it stands on the disk, with the evidence of what was replaced in it; and
 * what somebody else, or a fault, does to it. Each write is synced before it has its name.
 */

import type { Instant } from '#domain/names.ts';
import type { KeptEvidence } from '#ports/share.ts';
import type { Observation, SiteName } from '../observation.ts';
import type { Disk } from '../world/disk.ts';
import { digestOfText, type FileFacts } from './store-folder.ts';

/** `other`: a folder or a link, which is no file. */
export type Standing = ({ readonly kind: 'file' } & FileFacts) | { readonly kind: 'other' };

type Evidence = KeptEvidence & { readonly at: Instant; readonly bytes: number };

const evidenceLimits = { milliseconds: 90 * 24 * 3_600_000, bytesMax: 1024 ** 3 } as const;

export type ShareFolderOptions = {
  readonly disk: Disk;
  readonly site: SiteName;
  see(observation: Observation): void;
};

export class ShareFolder {
  readonly disk: Disk;
  readonly #site: SiteName;
  readonly #see: (observation: Observation) => void;
  readonly #files = new Map<string, Standing>();
  #catalogue: string | null = null;
  /** Oldest first. */
  #evidence: readonly Evidence[] = [];

  constructor({ disk, site, see }: ShareFolderOptions) {
    this.disk = disk;
    this.#site = site;
    this.#see = see;
  }

  /** The text of `server.ini`; null: there is none. */
  get catalogue(): string | null {
    return this.#catalogue;
  }

  get evidence(): readonly KeptEvidence[] {
    return this.#evidence;
  }

  find(path: string): Standing | null {
    return this.#files.get(path) ?? null;
  }

  paths(): readonly string[] {
    return [...this.#files.keys()].toSorted();
  }

  put(by: 'lay' | 'restore', path: string, file: FileFacts): void {
    this.#set(path, { kind: 'file', digest: file.digest, bytes: file.bytes });
    this.#changed(by);
  }

  write(by: 'lay' | 'restore', catalogue: string): void {
    this.#catalogue = catalogue;
    this.#changed(by);
  }

  /** A package that no revision names any more. */
  remove(path: string): void {
    this.#set(path, null);
    this.#changed('lay');
  }

  /** A copy of what is about to be replaced, which takes room of its own. */
  keep(evidence: Evidence): void {
    this.disk.bytesFree -= evidence.bytes;
    this.#evidence = [...this.#evidence, evidence];
  }

  /** Evidence over its limits goes, the oldest first. */
  prune(now: Instant): void {
    const oldest = now - evidenceLimits.milliseconds;
    let bytesTotal = 0;
    const kept = this.#evidence.toReversed().filter(({ at, bytes }) => {
      bytesTotal += bytes;
      const stays = at >= oldest && bytesTotal <= evidenceLimits.bytesMax;
      if (!stays) this.disk.bytesFree += bytes;
      return stays;
    });
    this.#evidence = kept.toReversed();
  }

  /** Somebody writes `server.ini` as he likes; null: deletes it. */
  tamperCatalogue(text: string | null): void {
    this.#catalogue = text;
    this.#changed('somebody');
  }

  /** A file cut short, replaced by another, deleted, or a folder in its place. */
  tamperFile(path: string, how: FileFacts | 'short' | 'other bytes' | 'deleted' | 'folder'): void {
    const before = this.#files.get(path);
    const bytes = before?.kind === 'file' ? before.bytes : 0;
    const digest = digestOfText(`tampered ${path}`);
    if (typeof how === 'object') this.#set(path, { kind: 'file', ...how });
    else if (how === 'deleted') this.#set(path, null);
    else if (how === 'folder') this.#set(path, { kind: 'other' });
    else {
      const left = how === 'short' ? Math.floor(bytes / 2) : bytes;
      this.#set(path, { kind: 'file', digest, bytes: left });
    }
    this.#changed('somebody');
  }

  deleteAll(): void {
    for (const path of this.paths()) this.#set(path, null);
    this.tamperCatalogue(null);
  }

  #set(path: string, standing: Standing | null): void {
    this.disk.bytesFree += bytesOf(this.#files.get(path)) - bytesOf(standing ?? undefined);
    if (standing === null) this.#files.delete(path);
    else this.#files.set(path, standing);
  }

  #changed(by: 'somebody' | 'lay' | 'restore'): void {
    this.#see({ type: 'share-changed', site: this.#site, by, text: this.#catalogue });
  }
}

function bytesOf(standing: Standing | undefined): number {
  return standing?.kind === 'file' ? standing.bytes : 0;
}

/** What evidence there would be of it. */
export function evidenceOf(path: string, standing: Standing): KeptEvidence & { bytes: number } {
  if (standing.kind === 'file') {
    return { digest: standing.digest, what: path, text: '', bytes: standing.bytes };
  }
  const text = `not a file: ${path}`;
  return { digest: digestOfText(text), what: path, text, bytes: text.length };
}

export function evidenceOfText(what: string, text: string): KeptEvidence & { bytes: number } {
  return { digest: digestOfText(text), what, text, bytes: text.length };
}

/**
 * What a normal server asks of its own computer in order to install: version folders, the lines
 * by which an interrupted switch is finished, commands, the launcher, and the tier above's files.
 */

import type { HttpHealth, Release, UnitHealth } from '#domain/catalogue/release.ts';
import type { ComponentName, Digest, Lane } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';

/** Releases unpacked and checked, each complete or not there at all. */
export type StagedReleases = {
  nameOf(release: Release): string;
  find(digest: Digest): Promise<Release | null>;
  /** Those that stand there: a delta may be from any of them that is intact. */
  standing(): Promise<readonly Release[]>;
  /**
   * Unpacks an archive and checks it; what stands there whole is left as it is. With `from`, one of
   * those that stand there, the file is a delta from it.
   */
  add(release: Release, file: string, from?: Release): Promise<Result<null>>;
  /** Digests the files again: what was staged days ago may have been changed since. */
  isIntact(release: Release): Promise<boolean>;
};

/** The versions of one component, side by side; at most one of them is current. */
export type VersionFolders = StagedReleases & {
  /** Names of the complete ones, oldest first by the time they were added. */
  list(): Promise<readonly string[]>;
  current(): Promise<string | null>;
  release(name: string): Promise<Release | null>;
  /** Where the unpacked files of a version stand. */
  tree(name: string): string;
  /** One rename; null: nothing is current any more. */
  point(name: string | null): Promise<Result<null>>;
  keepOnly(names: readonly string[]): Promise<void>;
};

/** The components that have version folders here, of one lane. */
export type ComponentFolders = {
  names(): Promise<readonly ComponentName[]>;
  of(component: ComponentName): VersionFolders;
};

/** Synced lines that outlive any kill, oldest first. */
export type Intents = {
  read(): readonly unknown[];
  append(intent: object): void;
  /** Forgets all but these. */
  rewrite(intents: readonly object[]): void;
};

export type CommandEnd =
  | { readonly ok: true }
  | { readonly ok: false; readonly timeout: boolean; readonly detail: string };

/** Runs a command of a tree, without a shell, within its time. */
export type RunCommand = (command: {
  readonly argv: readonly string[];
  readonly folder: string;
  readonly secondsMax: number;
  readonly component: ComponentName;
  /** A later process knows it by this; default: one of its own. */
  readonly mark?: string | undefined;
}) => Promise<CommandEnd>;

/**
 * Waits for what an earlier process began under this mark and did not see to its end; ends it at
 * the end of its time.
 */
export type AwaitCommand = (mark: string, secondsMax: number) => Promise<void>;

export type HealthQuestion = HttpHealth | UnitHealth;

/** Asks a service that runs on this computer, whoever started it, within its time. */
export type AskHealth = (question: HealthQuestion) => Promise<CommandEnd>;

/** Served like an archive, by its digest. Nobody signed it: the tree that comes of it must be right. */
export type ServedDelta = { readonly digest: Digest; readonly bytes: number };

/** What the tier above serves beside the session. */
export type Packages = {
  /** The manifest's bytes, not yet checked. */
  manifest(digest: Digest, signal: AbortSignal): Promise<Result<Uint8Array>>;
  /** Signed metadata, as the tier above verified it; null: there is no file of that name. */
  metadata(lane: Lane, name: string, bytesMax: number): Promise<Result<Uint8Array | null>>;
  /** A delta between these trees, once it is made; null: there is none. */
  delta(trees: {
    readonly from: Digest;
    readonly to: Digest;
    /** One that takes longer to make is not waited for. */
    readonly secondsMax: number;
    readonly signal: AbortSignal;
  }): Promise<ServedDelta | null>;
  /** Resumes what an earlier attempt left; the file holds exactly those bytes afterwards. */
  archive(options: {
    readonly archive: { readonly digest: Digest; readonly bytes: number };
    readonly file: string;
    progress(bytesReceived: number): void;
    readonly signal: AbortSignal;
  }): Promise<Result<{ readonly bytesReceived: number }>>;
};

/** ROOT/downloads: an archive or a delta per release, named by the digest of its manifest. */
export type Downloads = {
  file(digest: Digest): string;
  deltaFile(digest: Digest): string;
  /** Bytes that an unfinished or finished download has on the disk. */
  bytes(digest: Digest): Promise<number>;
  remove(digest: Digest): Promise<void>;
  keepOnly(digests: readonly Digest[]): Promise<void>;
};

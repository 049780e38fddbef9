/**
 * A release: what people sign and plans name. Packages are unsigned bytes that must add up to it.
 * The manifest of a program is one target of a signed repository.
 */

import type { ComponentName, Digest, Lane, Platform } from '../names.ts';
import { problem } from '../problem.ts';
import { ok, refuse, type Result } from '../result.ts';
import type { Ordering } from './version.ts';

/** How a program is installed; content has no program kind. */
export type ProgramKind =
  /** The Dankai daemons themselves, under their launcher. */
  | 'self'
  /** Any directory tree, versions side by side; Dankai owns the switch. */
  | 'tree'
  /** What a vendor's own installer lays down. Its switch is not atomic. */
  | 'command';

/** A command inside the unpacked tree; run without a shell, in the tree's folder. */
export type TreeCommand = { readonly argv: readonly string[]; readonly secondsMax: number };

/** How a `tree` program is stopped, started and proved. Each is optional. */
export type TreeCommands = {
  readonly stop?: TreeCommand | undefined;
  readonly start?: TreeCommand | undefined;
  /** Must be a yes `times` times in a row, `intervalSeconds` apart, before the version is kept. */
  readonly health?: HealthCheck | undefined;
};

/**
 * How a `command` program is installed. Each is run in the unpacked tree of its own version, and may
 * be run again after it was cut short.
 */
export type VendorCommands = {
  /** Ends with status 0 exactly where this version stands installed, and whole. */
  readonly check: TreeCommand;
  /** Over nothing, over the version before, and over what an earlier run left half done. */
  readonly install: TreeCommand;
  /** Undoes `install`: brings back what was there before. */
  readonly goBack: TreeCommand;
  readonly health?: HealthCheck | undefined;
};

/** How a program of kind `tree` or `command` says that it is well. */
export type HealthCheck = (TreeCommand | HttpHealth | UnitHealth) & {
  readonly times: number;
  readonly intervalSeconds: number;
};

/** An address of its own computer that answers with a status from 200 to 299. */
export type HttpHealth = { readonly http: string; readonly secondsMax: number };

/** A unit of systemd that is active, and within its limits. */
export type UnitHealth = {
  readonly unit: string;
  readonly secondsMax: number;
  readonly restartsMax?: number | undefined;
  readonly memoryMebibytesMax?: number | undefined;
};

export type ReleasePackage = {
  readonly platform: Platform;
  /** Digest of the unpacked tree's listing (see docs/protocol/package.md). */
  readonly treeDigest: Digest;
  readonly treeBytes: number;
  readonly fileCount: number;
  /** The compressed archive as it crosses the wire. */
  readonly archive: { readonly digest: Digest; readonly bytes: number };
  /** Files whose digests a running `self` program shows as proof of what it is. */
  readonly proof: readonly { readonly path: string; readonly digest: Digest }[];
};

/** What must be on the server itself beforehand, program or content, and from which version on. */
export type Prerequisite = {
  readonly component: ComponentName;
  readonly ordering: Ordering;
  readonly min: string;
};

/** One section of `server.ini` that stands for this release. */
export type ReleaseSection = {
  readonly name: string;
  /** false: the section carries no `Path` (453 in the samples). */
  readonly offersPackage: boolean;
};

export type ReleaseManifest = {
  readonly format: 1;
  readonly component: ComponentName;
  readonly lane: Lane;
  readonly kind: ProgramKind | 'content';
  readonly version: string;
  readonly ordering: Ordering;
  /** Installed versions it may follow: Min inclusive, Max exclusive. */
  readonly appliesTo: { readonly min: string; readonly max: string };
  /**
   * Versions on the way: who runs an older one goes there first. These three stand in a manifest
   * only where there are any: a program that does not know them reads no manifest that has them.
   */
  readonly floors?: readonly string[] | undefined;
  /** Versions in that range that it may not follow all the same. */
  readonly deadEnds?: readonly string[] | undefined;
  readonly prerequisites?: readonly Prerequisite[] | undefined;
  /** Components that a control manager must know before this release may be rolled out (S2). */
  readonly needsComponents: readonly ComponentName[];
  readonly needs: { readonly diskBytes: number; readonly memoryBytes: number };
  /** Precautions and known limits, shown and acknowledged before the start (R1). */
  readonly precautions: readonly string[];
  /** Versions that one may go back to after commit. */
  readonly returnTo: readonly string[];
  readonly rebootRecommended: boolean;
  readonly tree?: TreeCommands | undefined;
  /** Of kind `command`, and there always. */
  readonly command?: VendorCommands | undefined;
  readonly packages: readonly ReleasePackage[];
  /** What `server.ini` says of it; `version` as that file writes it, such as 5.80. */
  readonly catalogue: {
    readonly version: string;
    readonly sections: readonly ReleaseSection[];
  };
};

/** A manifest together with the digest of its canonical bytes: what plans and leases name. */
export type Release = { readonly digest: Digest; readonly manifest: ReleaseManifest };

/** Whether a kill in the middle of its switch leaves the old or the new version, and nothing else. */
export function isAtomic({ kind }: Pick<ReleaseManifest, 'kind'>): boolean {
  return kind !== 'command';
}

export function packageFor(
  manifest: ReleaseManifest,
  platform: Platform,
): ReleasePackage | undefined {
  return (
    manifest.packages.find((one) => one.platform === platform) ??
    manifest.packages.find((one) => one.platform === 'any')
  );
}

/** The same, where without one there is nothing to be done. */
export function packageOf(manifest: ReleaseManifest, platform: Platform): Result<ReleasePackage> {
  const chosen = packageFor(manifest, platform);
  const { version } = manifest;
  return chosen === undefined
    ? refuse(problem('PACKAGE_NO_PLATFORM', { platform, version }))
    : ok(chosen);
}

/** The sizes of a release's archives; packages may share one. */
export function archivesOf(manifest: ReleaseManifest): ReadonlyMap<Digest, number> {
  return new Map(manifest.packages.map(({ archive }) => [archive.digest, archive.bytes]));
}

/** What the CLI asks of releases and installations on this computer's disk. */

import type {
  Prerequisite,
  Release,
  ReleaseManifest,
  ReleaseSection,
  TreeCommands,
  VendorCommands,
} from '#domain/catalogue/release.ts';
import type { Ordering } from '#domain/catalogue/version.ts';
import type { ComponentName, Digest, Platform } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';
import type { RehomeOrder } from '#domain/trust/rehome.ts';
import type { InstallerFacts } from '#protocol/shared/installer.ts';
import type { Kit } from '#protocol/shared/organisation.ts';

export type InstallerMade = {
  readonly file: string;
  readonly bytes: number;
  readonly digest: Digest;
  readonly platform: Platform;
  readonly version: string;
  /** Of the organisation: who runs it can compare. */
  readonly fingerprint: Digest;
};

/** What a person says of a tree to make a release of it; the rest is measured. */
export type ReleaseRequest = {
  /** The tree of each platform. */
  readonly trees: readonly { readonly platform: Platform; readonly folder: string }[];
  readonly file: string;
  readonly component: ComponentName;
  readonly kind: ReleaseManifest['kind'];
  readonly version: string;
  readonly ordering: Ordering;
  /** Installed versions it may follow: Min inclusive, Max exclusive. */
  readonly appliesTo: { readonly min: string; readonly max: string };
  /** Rules of the component that are signed with the release (see domain/catalogue/release.ts). */
  readonly floors?: readonly string[] | undefined;
  readonly deadEnds?: readonly string[] | undefined;
  readonly prerequisites?: readonly Prerequisite[] | undefined;
  readonly needsComponents?: readonly ComponentName[] | undefined;
  /** Default disk: archive and tree of the largest package. */
  readonly needs?: { readonly diskBytes?: number; readonly memoryBytes?: number } | undefined;
  readonly precautions?: readonly string[] | undefined;
  readonly returnTo?: readonly string[] | undefined;
  readonly rebootRecommended?: boolean | undefined;
  readonly tree?: TreeCommands | undefined;
  /** Of kind `command`. */
  readonly command?: VendorCommands | undefined;
  /** Folders, release files, or versions whose release files stand beside the new one. */
  readonly deltasFrom?: readonly string[] | undefined;
  /** Default: the version up to its second part, and for `program` the sections of the samples. */
  readonly catalogue?:
    | { readonly version?: string | undefined; readonly sections?: readonly ReleaseSection[] }
    | undefined;
};

/** A delta that was made with a release. */
export type BuiltDelta = {
  /** As it was typed. */
  readonly from: string;
  readonly fromTree: Digest;
  readonly platform: Platform;
  /** null: it would be no smaller than the package, or there is nothing to change. */
  readonly bytes: number | null;
};

export type BuiltRelease = Release & {
  /** There only if deltas were asked for. */
  readonly deltas?: readonly BuiltDelta[];
};

/** A release file that was read whole. */
export type CheckedRelease = Release & {
  /** There only if it holds any. */
  readonly deltas?: readonly {
    readonly from: Digest;
    readonly to: Digest;
    readonly bytes: number;
  }[];
};

export type Role = 'control-manager' | 'information-server' | 'normal-server';

/** What ROOT/trust and ROOT/secrets are to begin with. */
export type InstallTrust = {
  /** The bytes of organisation.json; null: the enrolment brings them. */
  readonly organisation: string | null;
  /** Texts by the name of their file. */
  readonly secrets: Readonly<Record<string, string>>;
};

export type InstallRequest = {
  readonly root: string;
  readonly roles: readonly Role[];
  readonly settings: string;
  readonly tokens: { readonly console?: string | undefined };
  /** Who this computer is to be; null: an insecure loopback, or laid down by other means. */
  readonly trust: InstallTrust | null;
  /** A release file; null: the release that the asking program itself belongs to. */
  readonly releaseFile: string | null;
  /** A bundle of signed metadata, for a release that has none with it. */
  readonly signatures?: string | null;
  /** A person took it upon himself that nobody of the organisation signed this release. */
  readonly isUnsignedAccepted?: boolean;
};

/** An installation that is to have another version, where it stands. */
export type LocalUpgradeRequest = {
  readonly root: string;
  readonly releaseFile: string | null;
  /** Why it goes ahead of its information server (L1). */
  readonly aheadReason: string | null;
  readonly proveSeconds: number;
};

export type LocalUpgradeEnd =
  | { readonly end: 'already' | 'committed' }
  /** It stands still: its next start proves the version. */
  | { readonly end: 'prepared' }
  | { readonly end: 'returned'; readonly cause: string; readonly detail: string }
  /** The time of its proof is over, and nobody was found at fault yet. */
  | { readonly end: 'proving' };

export type LocalUpgrade = {
  readonly root: string;
  readonly release: Release;
  readonly from: string;
  readonly end: LocalUpgradeEnd;
  /** What the information server said that it runs; null: it was not reached. */
  readonly informationServer: string | null;
};

export type StandingInstallation = { readonly root: string; readonly services: readonly string[] };

/** What the installer that the program came out of says besides its release. */
export type InstallerHere = Pick<InstallerFacts, 'site' | 'token' | 'organisation' | 'aheadReason'>;

export type Packages = {
  /** null: the program came out of no installer. */
  installer(): Promise<Result<InstallerHere | null>>;
  /** null: nothing is installed there. */
  standing(root: string): Promise<StandingInstallation | null>;
  upgrade(request: LocalUpgradeRequest): Promise<Result<LocalUpgrade>>;
  makeInstaller(wanted: {
    readonly root: string;
    readonly file: string;
    readonly digest: Digest;
    readonly platform: Platform | null;
    readonly facts: Omit<InstallerFacts, 'organisation'>;
  }): Promise<Result<InstallerMade>>;
  build(request: ReleaseRequest): Promise<Result<BuiltRelease>>;
  /** Reads every byte of a release file and checks it against its manifest. */
  check(file: string): Promise<Result<CheckedRelease>>;
  readTreeCommands(file: string): Promise<Result<TreeCommands>>;
  readVendorCommands(file: string): Promise<Result<VendorCommands>>;
  install(request: InstallRequest): Promise<Result<Release>>;
  /** A sealed one is opened by the passphrase that a person gives. */
  readKit(file: string): Promise<Result<Kit>>;
  /** An enrolment token for the normal server that is installed there; it takes it up by itself. */
  /** `aheadReason`: why it may run ahead of its information server (L1). */
  layToken(root: string, token: string, aheadReason?: string | null): Promise<Result<null>>;
  /** An order to rehome that server; it follows by itself. */
  layOrder(root: string, order: string): Promise<Result<RehomeOrder>>;
  /** A new authority for the site that stands there; taken up by the next start. */
  layKit(root: string, trust: InstallTrust): Promise<Result<null>>;
};

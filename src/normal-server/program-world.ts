/** Everything that a normal server's program asks of the world; main.ts says who answers. */

import type { Logger } from 'pino';
import type { ComponentName, Digest, DomainName, ServerId } from '#domain/names.ts';
import type { ContentEngine } from '#ports/content-engine.ts';
import type { Clock } from '#ports/clock.ts';
import type { Inventory, MemoryFile, OwnSlot, RebootFlag } from '#ports/computer.ts';
import type {
  AskHealth,
  AwaitCommand,
  ComponentFolders,
  Downloads,
  Intents,
  Packages,
  RunCommand,
  StagedReleases,
} from '#ports/installer.ts';
import type { Notices } from '#ports/notices.ts';
import type { LauncherLink } from '#ports/launcher.ts';
import type { Result } from '#domain/result.ts';
import type { Trust } from '#ports/trust.ts';
import type { Hello } from '#protocol/normal-server/messages.ts';
import type { Examination } from '#protocol/console/doctor.ts';
import type { LogName, LogTail } from '#protocol/normal-server/care.ts';
import type { ReadManifest } from './manifest.ts';

/** Both answer by themselves, and change nothing. */
export type CareHere = {
  examine(): Promise<Result<Pick<Examination, 'checks'>>>;
  logTail(asked: { readonly log: LogName; readonly lines: number }): Promise<Result<LogTail>>;
};

export type ProgramWorld = {
  readonly clock: Clock;
  readonly chance: () => number;
  readonly log: Logger;
  readonly settings: {
    readonly server: ServerId;
    readonly domain: DomainName;
    readonly jitterSeconds: number;
    /** It stands on the information server's own computer. */
    readonly withInformationServer: boolean;
  };
  readonly inventory: Inventory;
  readonly slot: OwnSlot;
  readonly launcher: LauncherLink | null;
  /** Of the launcher that came with a release and failed here; undefined: nobody can say. */
  launcherFailed?(): Hello['launcherFailed'];
  readonly memory: MemoryFile;
  newInstallId(): string;
  readonly reboot: RebootFlag;
  readonly packages: Packages;
  /** null: an insecure loopback without an organisation (see adapters/metadata/trust-open.ts). */
  trust(): Promise<Result<Trust | null>>;
  /** Absent: an insecure loopback, which has no organisation. */
  readonly notices?: Pick<Notices, 'take'> | undefined;
  /** Looks at this installation for people elsewhere; absent: it cannot be asked for it. */
  readonly care?: CareHere | undefined;
  readonly downloads: Downloads;
  readonly slots: StagedReleases;
  readonly programs: ComponentFolders;
  readonly contents: ComponentFolders;
  intentsOf(component: ComponentName): Intents;
  /** What works with that content here; null, or none at all: nothing that has to be told. */
  engineOf?(component: ComponentName): { engine: ContentEngine; intents: Intents } | null;
  readonly run: RunCommand;
  readonly awaitCommand: AwaitCommand;
  readonly askHealth: AskHealth;
  diskBytesFree(): Promise<number>;
  readonly readManifest: ReadManifest;
  digestOf(text: string): Digest;
  /** Removes the slots that are not among these. */
  removeUnusedSlots(used: readonly string[]): Promise<void>;
};

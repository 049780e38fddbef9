/** What a normal server asks of the computer that it runs on, besides installing. */

import type { Release } from '#domain/catalogue/release.ts';
import type { Platform } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';
import type { Running } from '#protocol/normal-server/messages.ts';

/** What it is; looked up once. */
export type Inventory = {
  readonly platform: Platform;
  readonly os: string;
  readonly memoryBytes: number;
  readonly machineId: string;
};

export const rebootReasonCharactersMax = 500;

/** Whether a reboot is recommended since a release replaced files in use (D9). */
export type RebootFlag = {
  /** Why a reboot is recommended; null when it is not. */
  read(): Promise<string | null>;
  /** Keeps so much of the reason as the limit allows. */
  set(reason: string): Promise<Result<null>>;
};

/** The slot that this very process was started from. */
export type OwnSlot = {
  /** null: a checkout, which is no release. */
  readonly release: Release | null;
  /** As the launcher calls it. */
  readonly name: string;
  /** Digests of what runs, taken anew each time. */
  prove(): Promise<Running>;
};

/** One small file that is replaced whole. */
export type MemoryFile = {
  /** null: there is none yet; undefined: it cannot be understood. */
  read(): Promise<unknown>;
  write(content: object): Promise<Result<null>>;
  /** Keeps what could not be understood, for people. */
  setAside(): Promise<void>;
};

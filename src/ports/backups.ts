/** What the CLI asks of backups of an information server on this computer's disk. */

import type { Instant } from '#domain/names.ts';
import type { Problem } from '#domain/problem.ts';
import type { Result } from '#domain/result.ts';

export type BackupFacts = {
  readonly site: string;
  readonly version: string;
  readonly madeAt: Instant;
  readonly withStore: boolean;
  readonly withSecrets: boolean;
};

/** What a lane's metadata of a backup came to. */
export type RestoredLane = 'taken' | 'absent' | Problem;

export type RestoredFacts = BackupFacts & {
  /** What lets nobody in any more, and what the list from elsewhere took back. */
  readonly voided: {
    readonly enrolmentTokens: number;
    /** People, each of whom needs a new password. */
    readonly passwords: number;
    readonly requests: number;
    readonly peopleRemoved: number;
    readonly serversRevoked: number;
  };
  /** Until when revocations are known; null: none was given, so they have to be repeated. */
  readonly revocationsAt: Instant | null;
  readonly metadata: { readonly program: RestoredLane; readonly content: RestoredLane };
};

export type Backups = {
  /** Of a running one, too. */
  make(options: {
    readonly root: string;
    readonly file: string;
    readonly withStore: boolean;
    /** Sealed by a passphrase. */
    readonly withSecrets: boolean;
  }): Promise<Result<BackupFacts>>;
  /** Into an installation that stands still; its next start begins a higher epoch. */
  restore(options: {
    readonly root: string;
    readonly file: string;
    readonly who: string;
    /** A file that the information server kept elsewhere; null: there is none. */
    readonly revocations: string | null;
  }): Promise<Result<RestoredFacts>>;
};

/** What the CLI asks of backups of an information server on this computer's disk. */

import type { Instant } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';

export type BackupFacts = {
  readonly site: string;
  readonly version: string;
  readonly madeAt: Instant;
  readonly withStore: boolean;
  readonly withSecrets: boolean;
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
  }): Promise<Result<BackupFacts>>;
};

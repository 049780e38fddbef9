/** What the CLI asks of the database of a control manager on this computer. */

import type { Result } from '#domain/result.ts';
import type { RecordHead } from '#domain/record/line.ts';

export const databaseKinds = ['sqlite', 'postgres'] as const;
export type DatabaseKind = (typeof databaseKinds)[number];

export type MovedDatabase = {
  readonly from: string;
  readonly to: string;
  /** Rows of each table. */
  readonly rows: Readonly<Record<string, number>>;
  /** Up to there the record is one chain, at both places. */
  readonly head: RecordHead;
};

export type Databases = {
  /**
   * Copies all of it and compares; then the one that was left is not opened any more. Killed at any
   * moment it is simply begun again.
   */
  move(options: {
    readonly root: string;
    readonly from: DatabaseKind;
    readonly to: DatabaseKind;
  }): Promise<Result<MovedDatabase>>;
};

/** What the CLI asks of an installation on this computer that is to be looked at or tidied. */

import type { Result } from '#domain/result.ts';
import type { Examination, Ports } from '#protocol/console/doctor.ts';

export type ClearedCache = {
  readonly removed: readonly { readonly path: string; readonly bytes: number }[];
  /** What runs, and what is gone back to. */
  readonly kept: readonly string[];
};

export type Care = {
  ports(root: string): Promise<Result<Ports>>;
  examine(root: string): Promise<Result<Examination>>;
  clearCaches(
    root: string,
    what: readonly ('patterns' | 'engines')[],
  ): Promise<Result<ClearedCache>>;
  /** The text by which the computer's service manager would start it. */
  serviceUnit(root: string): Promise<Result<string>>;
  /** Has the service manager start it, now and with the computer; the unit's file. */
  installService(root: string): Promise<Result<string>>;
  /** And no more; the files that were removed. */
  removeService(root: string): Promise<Result<readonly string[]>>;
};

/**
 * What an error of SQLite says of its disk. It loads no database, because every daemon asks, and
 * most of them have none.
 */

import { problem, type Problem } from '#domain/problem.ts';

/** SQLite's code of a full disk, and those of one that refuses or holds other than was written. */
const fullCode = 13;
const refusingCodes = new Set([8, 10, 11, 14, 26]);

/** What a disk did to a database, found beneath whatever wraps it; null: it did nothing. */
export function problemOfDisk(error: unknown, file: string): Problem | null {
  if (!(error instanceof Error)) return null;
  const code = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : 0;
  if (code === fullCode) return problem('DISK_FULL', { path: file });
  return refusingCodes.has(code)
    ? problem('FILE_UNREADABLE', { file, detail: error.message.slice(0, 500) })
    : problemOfDisk(error.cause, file);
}

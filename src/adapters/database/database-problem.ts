/**
 * What an error of a database says of its disk, or of the way to it. It loads no database, because
 * every daemon asks, and most of them have none.
 */

import { problem, type Problem } from '#domain/problem.ts';

/** SQLite's code of a full disk, and those of one that refuses or holds other than was written. */
const fullCode = 13;
const refusingCodes = new Set([8, 10, 11, 14, 26]);

/**
 * A database on another computer does not answer, or not any more. Whether what was under way
 * stands there is not known: whoever hears this reads anew before he decides anything.
 */
export class DatabaseAway extends Error {
  readonly because: Problem;

  constructor(address: string, cause: unknown) {
    const detail = cause instanceof Error ? cause.message.slice(0, 500) : 'no answer';
    super(`${address}: ${detail}`, { cause });
    this.because = problem('DATABASE_UNREACHABLE', { address, detail });
  }
}

/** What a disk or a network did to a database, found beneath whatever wraps it; null: it did nothing. */
export function problemOfDatabase(error: unknown, file: string): Problem | null {
  if (!(error instanceof Error)) return null;
  if (error instanceof DatabaseAway) return error.because;
  const code = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : 0;
  if (code === fullCode) return problem('DISK_FULL', { path: file });
  return refusingCodes.has(code)
    ? problem('FILE_UNREADABLE', { file, detail: error.message.slice(0, 500) })
    : problemOfDatabase(error.cause, file);
}

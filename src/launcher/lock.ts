/**
 * One launcher per installation folder. The lock is the kernel's own (a file lock taken through
 * SQLite, which Node carries), so a launcher that was killed leaves none behind.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { paths } from './installation.ts';

export type Lock = { release(): void };

const sqliteBusy = 5;

/** The lock, or the number of the process that seems to hold it. */
export function takeLock(root: string): Lock | { readonly heldBy: string } {
  const database = new DatabaseSync(paths.lock(root), { timeout: 0 });
  try {
    database.exec('begin exclusive');
  } catch (error) {
    database.close();
    if (!isBusy(error)) throw error;
    return { heldBy: readHolder(root) };
  }
  notePid(root);
  return { release: () => database.close() };
}

/** For people: a disk that does not take it keeps no daemon from running. */
function notePid(root: string): void {
  try {
    writeFileSync(paths.pid(root), `${process.pid}\n`);
  } catch {
    return;
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy;
}

function readHolder(root: string): string {
  try {
    return readFileSync(paths.pid(root), 'utf8').trim();
  } catch {
    return 'unknown';
  }
}

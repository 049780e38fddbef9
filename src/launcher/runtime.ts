/**
 * One Node for the launcher and its daemons: two processes of one file share its code in
 * memory, two of equal files do not (35 MiB more for each).
 */

import {
  closeSync,
  existsSync,
  linkSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Log } from './log-file.ts';
import { paths } from './installation.ts';

const blockBytes = 1024 * 1024;

/** Makes the slot's runtime the launcher's own file where they are byte for byte the same. */
export function shareRuntime(root: string, slot: string, log: Log): void {
  const named = join(paths.launcher(root), 'node');
  const theirs = join(paths.slot(root, slot), 'tree', 'runtime', 'node');
  try {
    if (!existsSync(named)) return;
    // It may be a link, of which a second name would be a second link.
    const own = realpathSync(named);
    if (!areEqualCopies(own, theirs)) return;
    const part = `${theirs}.part`;
    rmSync(part, { force: true });
    linkSync(own, part);
    renameSync(part, theirs);
  } catch (error) {
    // Memory saved, nothing more: without a shared file everything still runs.
    log('runtime-not-shared', { slot, detail: String(error) });
  }
}

function areEqualCopies(own: string, theirs: string): boolean {
  const left = statSync(own, { throwIfNoEntry: false });
  const right = statSync(theirs, { throwIfNoEntry: false });
  if (left === undefined || right === undefined) return false;
  if (left.size !== right.size || left.mode !== right.mode || left.ino === right.ino) return false;
  const leftFile = openSync(own, 'r');
  const rightFile = openSync(theirs, 'r');
  try {
    return areEqual(leftFile, rightFile);
  } finally {
    closeSync(leftFile);
    closeSync(rightFile);
  }
}

function areEqual(left: number, right: number): boolean {
  const leftBlock = Buffer.allocUnsafe(blockBytes);
  const rightBlock = Buffer.allocUnsafe(blockBytes);
  for (;;) {
    const read = readSync(left, leftBlock);
    if (read !== readSync(right, rightBlock)) return false;
    if (read === 0) return true;
    if (!leftBlock.subarray(0, read).equals(rightBlock.subarray(0, read))) return false;
  }
}

/** How a simulated disk refuses a program that expects an error, as Node's own files do. */

import type { Problem } from '#domain/problem.ts';
import type { Disk } from '../world/disk.ts';

/** What a line or a link takes. */
export const smallFileBytes = 256;

/** Throws what a real write throws: ENOSPC on a full disk, EIO on a broken one. */
export function writeOrThrow(disk: Disk, bytes: number): void {
  const refusal = disk.refusal(bytes);
  if (refusal !== null) throw new Error(nameOf(refusal));
}

function nameOf({ code }: Problem): string {
  return code === 'DISK_FULL' ? 'ENOSPC: no space left on device' : 'EIO: i/o error';
}

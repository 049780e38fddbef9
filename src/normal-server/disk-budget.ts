/**
 * Space on the disk that was promised to downloads under way: each finds room beside what the others
 * still have to write, before its first byte. Node cannot reserve space on a disk, so this is a count,
 * not a lock: what other programs write meanwhile is seen as DISK_FULL when it happens.
 */

import type { ServerId } from '#domain/names.ts';
import { problem } from '#domain/problem.ts';
import { ok, refuse, type Result } from '#domain/result.ts';

export type Reservation = {
  /** So much of it is on the disk by now, and counts as space that is taken. */
  written(bytes: number): void;
  end(): void;
};

export type DiskBudget = {
  reserve(bytes: number): Promise<Result<Reservation>>;
};

export function openDiskBudget(of: {
  readonly server: ServerId;
  bytesFree(): Promise<number>;
}): DiskBudget {
  const promised = new Set<{ bytesLeft: number }>();
  return {
    async reserve(bytesNeeded) {
      const onDisk = await of.bytesFree();
      // Nothing is waited for from here on: two that ask at once see each other.
      const others = [...promised].reduce((sum, { bytesLeft }) => sum + bytesLeft, 0);
      const bytesFree = Math.max(0, onDisk - others);
      if (bytesFree < bytesNeeded) {
        return refuse(problem('DISK_TOO_SMALL', { server: of.server, bytesFree, bytesNeeded }));
      }
      const mine = { bytesLeft: bytesNeeded };
      promised.add(mine);
      return ok({
        written: (bytes) => {
          mine.bytesLeft = Math.max(0, bytesNeeded - bytes);
        },
        end: () => void promised.delete(mine),
      });
    },
  };
}

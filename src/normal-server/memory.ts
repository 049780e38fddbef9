/** Keeps what must not be forgotten: in memory for reading, and on the disk before it counts. */

import type { Logger } from 'pino';
import { ok, type Result } from '#domain/result.ts';
import type { MemoryFile } from '#ports/computer.ts';
import {
  nothingRemembered,
  parseRemembered,
  rememberedFile,
  type Remembered,
} from './remembered.ts';

export type Memory = {
  readonly now: () => Remembered;
  /** What a restart would find. */
  readonly onDisk: () => Remembered;
  /** Ends when it is on the disk; a disk that refuses is said in the log, and asked next time. */
  save(change: Partial<Remembered>): Promise<Result<null>>;
};

/** `installId` is used where there is none yet. */
export async function openMemory(
  file: MemoryFile,
  { installId, log }: { readonly installId: string; readonly log: Logger },
): Promise<Result<Memory>> {
  const input = await file.read();
  const known = parseRemembered(input);
  let current = known ?? nothingRemembered(installId);
  if (known === null) {
    if (input !== null) {
      log.error({ event: 'memory-unreadable' }, 'memory-unreadable');
      await file.setAside();
    }
    const written = await file.write(rememberedFile(current));
    if (!written.ok) return written;
  }
  let onDisk = current;
  let saving: Promise<Result<null>> = Promise.resolve(ok(null));
  return ok({
    now: () => current,
    onDisk: () => onDisk,
    save(change) {
      current = { ...current, ...change };
      const saved = current;
      const content = rememberedFile(saved);
      saving = saving.then(async () => {
        const written = await file.write(content);
        if (written.ok) onDisk = saved;
        else log.warn({ event: 'not-remembered', because: written.because }, 'not-remembered');
        return written;
      });
      return saving;
    },
  });
}

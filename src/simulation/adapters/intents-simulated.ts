/**
 * A simulated intent file. A power cut while a line is written leaves nothing of it, a part, or
 * the whole; a part is cut away by the next reader, and so is everything after damage.
 */

import type { IntentLines } from '#launcher/intent-file.ts';
import type { Intents } from '#ports/installer.ts';
import type { Process } from '../world/machine.ts';
import type { Stored } from '../world/disk.ts';
import { smallFileBytes, writeOrThrow } from './disk-refusal.ts';

/** A line whose checksum is wrong: torn where it is the last one, else damage. */
export const badLine: unique symbol = Symbol('bad line');

/** Oldest first; null: the file was never written. */
export type IntentFileContent = readonly (object | typeof badLine)[] | null;

/** `appended`: the line is in the file, though a power cut may still take it. */
export function intentLinesSimulated(
  process: Process,
  stored: Stored<IntentFileContent>,
  appended: (intent: object) => void = () => undefined,
): IntentLines {
  const { disk } = process.machine;
  return {
    read() {
      const content = stored.read() ?? [];
      const bad = content.indexOf(badLine);
      const good = bad === -1 ? content : content.slice(0, bad);
      const lines = good.filter((line) => line !== badLine);
      if (bad === -1) return { lines, fault: 'none' };
      process.act(() => stored.write(lines, { synced: true }));
      return { lines, fault: bad === content.length - 1 ? 'torn' : 'damaged' };
    },
    append(intent) {
      const content = stored.read() ?? [];
      process.act(() => {
        writeOrThrow(disk, smallFileBytes);
        stored.write([...content, badLine], { synced: false });
        stored.write([...content, intent], { synced: false });
        appended(intent);
      });
      process.act(() => stored.sync());
    },
    rewrite(intents) {
      process.act(() => {
        writeOrThrow(disk, smallFileBytes);
        stored.write(intents, { synced: true });
      });
    },
  };
}

export function intentsSimulated(...options: Parameters<typeof intentLinesSimulated>): Intents {
  const { read, append, rewrite } = intentLinesSimulated(...options);
  return { read: () => read().lines, append, rewrite };
}

/** The intent file of one track, kept open as what its lines add up to. */

import { follow, noIntent, parseEntry, shorten, type Entry, type Intent } from './entries.ts';
import { intentLinesIn, type IntentLines } from './intent-file.ts';
import { limits } from './limits.ts';
import type { Log } from './log-file.ts';

export type Journal = {
  intent(): Intent;
  /** Returns when the line is on the disk. */
  append(entry: Entry): void;
};

/**
 * Reads and repairs the file. After damage that no kill can cause, an open switch is not
 * believed: what `current` names counts as committed, because undoing a switch that was
 * committed long ago would bring old data back.
 */
export function openJournal(options: {
  readonly file: string;
  /** Where the lines stand, if not in that file. */
  readonly lines?: IntentLines;
  readonly now: () => number;
  readonly log: Log;
}): Journal {
  const { file, now, log } = options;
  const { lines: disk = intentLinesIn(file) } = options;
  const reading = disk.read();
  const entries = reading.lines.flatMap((line) => parseEntry(line) ?? []);
  let intent = entries.reduce(follow, noIntent);
  let lines = reading.lines.length;
  if (reading.fault === 'torn') log('intent-line-torn', { file });
  if (reading.fault === 'damaged') log('intent-file-damaged', { file, linesKept: lines });

  const journal: Journal = {
    intent: () => intent,
    append(entry) {
      disk.append(entry);
      intent = follow(intent, entry);
      lines += 1;
      if (lines <= limits.intentLinesMax) return;
      // The line itself is safe by now; a disk too full for this is no reason to repeat it.
      try {
        const short = shorten(intent, now());
        disk.rewrite(short);
        lines = short.length;
      } catch (error) {
        log('intent-file-not-shortened', { file, detail: String(error) });
      }
    },
  };
  if (reading.fault === 'damaged') {
    journal.append({ at: now(), type: 'settled', generationMax: intent.generationMax });
  }
  return journal;
}

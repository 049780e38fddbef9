/** Log files with a limit: the full one becomes `<name>.1`, the one before it goes. */

import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

export type LogFile = { write(chunk: string | Uint8Array): void };

export function openLogFile(file: string, bytesMax: number): LogFile {
  let descriptor: number | null = null;
  let bytes = 0;

  function open(): number {
    const opened = openSync(file, 'a', 0o640);
    bytes = fstatSync(opened).size;
    return opened;
  }

  return {
    write(chunk) {
      // A log that cannot be written (disk full) must not stop what it tells of.
      try {
        descriptor ??= open();
        bytes += writeSync(descriptor, typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
        if (bytes < bytesMax) return;
        closeSync(descriptor);
        descriptor = null;
        renameSync(file, `${file}.1`);
      } catch {
        return;
      }
    },
  };
}

/** One JSON line of the launcher's own log. */
export type Log = (event: string, values?: Readonly<Record<string, unknown>>) => void;

export function openLog(options: {
  readonly file: string;
  readonly bytesMax: number;
  readonly now: () => number;
}): Log {
  const logFile = openLogFile(options.file, options.bytesMax);
  return (event, values) => {
    const time = new Date(options.now()).toISOString();
    logFile.write(`${JSON.stringify({ time, event, ...values })}\n`);
  };
}

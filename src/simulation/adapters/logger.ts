/**
 * The programs' logger in a simulation: what they log as an error is observed, the rest is not even
 * made into text. One for a whole fleet, because one for each of its processes would be dear.
 */

import { pino, type Logger } from 'pino';
import type { Observation } from '../observation.ts';

export function openLoggerSimulated(options: {
  /** Whose log it is: a machine's process, or the whole fleet. */
  readonly process: string;
  readonly see: (observation: Observation) => void;
}): Logger {
  const { process, see } = options;
  return pino(
    // Neither the time nor the process id of the real machine: the same seed is the same text.
    { level: 'error', base: null, timestamp: false },
    { write: (line: string) => see({ type: 'error', process, text: line.trimEnd() }) },
  );
}

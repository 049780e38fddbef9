/**
 * Work that nobody waits for. What breaks in it ends nothing and is said as a bug of ours, unless it
 * is none: a disk that refuses, which is said where it refused, or work that finds everything closed
 * because the program was told to end while it went on.
 */

import type { Logger } from 'pino';
import { JournalFailed } from '#ports/journal.ts';

type Sayer = { readonly log: Logger; readonly isEnded: boolean };

export function background(
  sayer: Sayer,
  work: Promise<unknown>,
  sentence = 'work in the background failed',
): void {
  work.catch((error: unknown) => sayBroken(sayer, { err: error }, sentence));
}

export function sayBroken(
  { log, isEnded }: Sayer,
  what: { readonly err: unknown } & Readonly<Record<string, unknown>>,
  sentence: string,
): void {
  const isExpected = isEnded || what.err instanceof JournalFailed;
  log[isExpected ? 'warn' : 'error'](what, sentence);
}

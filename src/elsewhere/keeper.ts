/**
 * Keeps something in a place that whoever breaks in here cannot reach: at the start, after so many
 * lines of the record, and after some minutes. A place that is full, gone or silent is said once, in
 * the log and in the record, and stops nothing. Absent: what is kept, and how.
 */

import type { Logger } from 'pino';
import { problem, type Problem } from '#domain/problem.ts';
import type { RecordKind } from '#domain/record/kinds.ts';
import type { Result } from '#domain/result.ts';
import type { Clock } from '#ports/clock.ts';
import { JournalFailed } from '#ports/journal.ts';

export type Keeping = {
  readonly clock: Clock;
  readonly log: Logger;
  /** Of the place. */
  readonly file: string;
  readonly kinds: { readonly wrong: RecordKind; readonly again: RecordKind };
  /** Tried so long after the last time, or after so many lines. */
  readonly everyMs: number;
  readonly linesMax: number;
  /** Is it kept anew after that time, though nothing was written meanwhile? */
  readonly isAlways: boolean;
  /** Of the record's last line. */
  lastLine(): Promise<number>;
  /** Answers up to which line it is safe there. */
  keep(): Promise<Result<number>>;
  /** Into the record. */
  say(kind: RecordKind, detail: Readonly<Record<string, unknown>>): Promise<void>;
  isEnded(): boolean;
};

export class Keeper {
  readonly #of: Keeping;
  /** Up to which line it is there; null: nothing of this life. */
  #kept: number | null = null;
  #triedAt = 0;
  #isUnderWay = false;
  #wrong: Problem | null = null;

  constructor(keeping: Keeping) {
    this.#of = keeping;
  }

  /** What was said of the place last; null: nothing is wrong with it. */
  wrong(): Problem | null {
    return this.#wrong;
  }

  /** With every tick: is it time, and is there anything new? */
  async look(): Promise<void> {
    const { clock, everyMs, linesMax, isAlways, file } = this.#of;
    const isLong = clock.monotonic() - this.#triedAt >= everyMs;
    if (this.#isUnderWay) {
      if (isLong) await this.#say(problem('FILE_UNREADABLE', { file, detail: 'no answer' }));
      return;
    }
    const lines = (await this.#of.lastLine()) - (this.#kept ?? -Infinity);
    const isSoon = this.#wrong === null && lines >= linesMax;
    const isDue = isLong ? isAlways || lines > 0 : isSoon;
    if (isDue && !this.#isUnderWay) this.#begin();
  }

  /** Nobody waits for it: a place far away may take as long as it likes. */
  #begin(): void {
    const { clock, log, file } = this.#of;
    this.#isUnderWay = true;
    this.#triedAt = clock.monotonic();
    this.#keep()
      .catch((error: unknown) => {
        const isExpected = this.#of.isEnded() || error instanceof JournalFailed;
        log[isExpected ? 'warn' : 'error']({ err: error, file }, 'a file elsewhere was not kept');
      })
      .finally(() => (this.#isUnderWay = false));
  }

  async #keep(): Promise<void> {
    const kept = await this.#of.keep();
    if (kept.ok) this.#kept = kept.value;
    if (this.#of.isEnded()) return;
    await this.#say(kept.ok ? null : kept.because);
  }

  async #say(because: Problem | null): Promise<void> {
    if (JSON.stringify(because) === JSON.stringify(this.#wrong)) return;
    this.#wrong = because;
    const { file, kinds, log } = this.#of;
    const kind = because === null ? kinds.again : kinds.wrong;
    log[because === null ? 'info' : 'warn']({ event: kind, file, because }, kind);
    const detail = because === null ? { file } : { file, because: because.code, ...because.with };
    await this.#of.say(kind, detail);
  }
}

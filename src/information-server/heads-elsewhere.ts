/**
 * Heads of the record in a place that whoever breaks in here cannot reach: at the start, after so
 * many lines, and after some minutes in which anything was written. A place that is full, gone or
 * silent is said once, in the log and in the record, and stops nothing.
 */

import type { Problem } from '#domain/problem.ts';
import { problem } from '#domain/problem.ts';
import type { RecordEntry, ToldHead } from '#domain/record/line.ts';
import type { Result } from '#domain/result.ts';
import { sayBroken } from './background.ts';
import { limits } from './limits.ts';
import type { Loop } from './loop.ts';
import type { Site } from './site.ts';
import { toldHeadOf } from './witnesses.ts';

/** Where to; it answers once the head is safe there. */
export type HeadsPlace = { readonly name: string; keep(head: ToldHead): Promise<Result<null>> };

export class HeadsElsewhere {
  readonly #site: Site;
  readonly #loop: Pick<Loop, 'submit'>;
  readonly #place: HeadsPlace;
  /** Number of the last line whose head is there; null: none of this life. */
  #kept: number | null = null;
  #triedAt = 0;
  #isUnderWay = false;
  /** What was said of the place last; null: nothing is wrong with it. */
  #wrong: Problem | null = null;

  constructor(site: Site, loop: Pick<Loop, 'submit'>, place: HeadsPlace) {
    this.#site = site;
    this.#loop = loop;
    this.#place = place;
  }

  /** With every tick: is it time, and is there anything new? */
  async look(): Promise<void> {
    const waited = this.#site.clock.monotonic() - this.#triedAt;
    const isLong = waited >= limits.headsElsewhereMs;
    if (this.#isUnderWay) {
      const { name: file } = this.#place;
      if (isLong) await this.#say(problem('FILE_UNREADABLE', { file, detail: 'no answer' }));
      return;
    }
    const { number } = await this.#site.journal.rows.log.recordHead();
    const lines = number - (this.#kept ?? -Infinity);
    const isDue = isLong ? lines > 0 : this.#wrong === null && lines >= limits.headsElsewhereLines;
    if (isDue && !this.#isUnderWay) this.#begin();
  }

  /** Nobody waits for it: a place far away may take as long as it likes. */
  #begin(): void {
    this.#isUnderWay = true;
    this.#triedAt = this.#site.clock.monotonic();
    this.#keep()
      .catch((error: unknown) => sayBroken(this.#site, { err: error }, 'a head was not kept'))
      .finally(() => (this.#isUnderWay = false));
  }

  async #keep(): Promise<void> {
    const head = await toldHeadOf(this.#site);
    const kept = await this.#place.keep(head);
    if (kept.ok) this.#kept = head.number;
    if (this.#site.isEnded) return;
    await this.#say(kept.ok ? null : kept.because);
  }

  async #say(because: Problem | null): Promise<void> {
    if (JSON.stringify(because) === JSON.stringify(this.#wrong)) return;
    this.#wrong = because;
    const { name: file } = this.#place;
    const kind = because === null ? 'heads-kept-again' : 'heads-not-kept';
    this.#site.log[because === null ? 'info' : 'warn']({ event: kind, file, because }, kind);
    const detail = because === null ? { file } : { file, because: because.code, ...because.with };
    const at = this.#site.clock.now();
    const entry: RecordEntry = { at, kind, who: 'information-server', server: null, detail };
    await this.#loop.submit(async (rows) => {
      await rows.log.appendRecord(entry);
      return [];
    });
  }
}

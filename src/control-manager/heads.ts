/** Heads of this control manager's record in a file elsewhere, as an information server keeps its own. */

import type { Logger } from 'pino';
import { Keeper } from '#elsewhere/keeper.ts';
import type { ServerId } from '#domain/names.ts';
import type { ToldHead } from '#domain/record/line.ts';
import { ok, type Result } from '#domain/result.ts';
import type { Clock } from '#ports/clock.ts';
import type { DeliveryStore } from '#ports/delivery-store.ts';
import type { Book } from './book.ts';
import { limits } from './limits.ts';

export type HeadsPlace = { readonly file: string; keep(head: ToldHead): Promise<Result<null>> };

type World = {
  readonly store: Pick<DeliveryStore, 'recordHead'>;
  readonly clock: Clock;
  readonly log: Logger;
};

/** Looks at once and then again and again, until it is told to end. */
export function keepHeads(
  { store, clock, log }: World,
  book: Pick<Book, 'commit' | 'epoch'>,
  { site, place }: { readonly site: ServerId; readonly place: HeadsPlace },
): { end(): void } {
  let isEnded = false;
  const keeper = new Keeper({
    clock,
    log,
    file: place.file,
    kinds: { wrong: 'heads-not-kept', again: 'heads-kept-again' },
    everyMs: limits.headsElsewhereMs,
    linesMax: limits.headsElsewhereLines,
    isAlways: false,
    lastLine: async () => (await store.recordHead()).number,
    async keep() {
      const { number, hash } = await store.recordHead();
      const kept = await place.keep({ site, epoch: book.epoch, number, hash });
      return kept.ok ? ok(number) : kept;
    },
    say: (kind, detail) =>
      book.commit({
        record: [{ at: clock.now(), kind, who: 'control-manager', server: null, detail }],
      }),
    isEnded: () => isEnded,
  });
  const look = (): void => {
    if (isEnded) return;
    keeper.look().catch((error: unknown) => {
      if (!isEnded) log.warn({ err: error }, 'the record was not looked at');
    });
    clock.after(limits.headsLookMs, look);
  };
  look();
  return {
    end() {
      isEnded = true;
    },
  };
}

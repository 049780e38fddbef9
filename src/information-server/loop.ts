/**
 * The one queue: everything that changes rows goes through it, in batches, one transaction a
 * batch, effects after the commit. A kill anywhere repeats the last effects harmlessly.
 */

import { JournalFailed, type Rows } from '#ports/journal.ts';
import { sayBroken } from './background.ts';
import { limits } from './limits.ts';
import type { Site } from './site.ts';
import { nothingTouched, watched, type Touched } from './fleet/watched-rows.ts';

/** Something to do after the commit. Must be repeatable and must not throw. */
export type Effect = () => void;

/** Changes rows and answers what is to be done once they are on the disk. */
export type Change = (rows: Rows) => Promise<readonly Effect[]>;

type Waiting = {
  readonly change: Change;
  readonly done: () => void;
  readonly failed: (error: unknown) => void;
};

export class Loop {
  readonly #site: Pick<Site, 'journal' | 'log' | 'isEnded'>;
  readonly #diskFailed: (error: unknown) => void;
  readonly #committed: (touched: Touched) => void;
  #queue: Waiting[] = [];
  #running: Promise<void> | null = null;

  constructor(
    site: Pick<Site, 'journal' | 'log' | 'isEnded'>,
    options: {
      /** The journal cannot be written: whoever runs us must begin anew from what is on the disk. */
      diskFailed(error: unknown): void;
      /** Told of every commit before its effects. */
      committed?(touched: Touched): void;
    },
  ) {
    this.#site = site;
    this.#diskFailed = options.diskFailed;
    this.#committed = options.committed ?? nothing;
  }

  /** False: the queue is full; whoever has more to say must come again later. */
  hasRoom(): boolean {
    return this.#queue.length < limits.queueMax;
  }

  /** Resolves when the change is committed; rejects when it broke an invariant. */
  submit(change: Change): Promise<void> {
    return new Promise((done, failed) => this.#wait({ change, done, failed }));
  }

  #wait(waiting: Waiting): void {
    this.#queue.push(waiting);
    this.#running ??= this.#run();
  }

  /** For events that nobody waits for; a broken invariant of ours is logged, loudly. */
  post(change: Change): void {
    this.#wait({ change, done: nothing, failed: this.#leftOut });
  }

  readonly #leftOut = (error: unknown): void => {
    sayBroken(this.#site, { err: error }, 'an event broke an invariant and was left out');
  };

  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  async #run(): Promise<void> {
    // Lets the events of one turn of the event loop gather into one transaction.
    await Promise.resolve();
    try {
      while (this.#queue.length > 0) {
        const batch = this.#queue.splice(0, limits.batchMax);
        const committed = await this.#commit(batch);
        // One event's broken invariant must not take the others of its batch with it.
        if (!committed) for (const one of batch) await this.#commit([one]);
      }
    } finally {
      this.#running = null;
    }
  }

  async #commit(batch: readonly Waiting[]): Promise<boolean> {
    const effects: Effect[] = [];
    const touched = nothingTouched();
    try {
      await this.#site.journal.transaction(async (plain) => {
        const rows = watched(plain, touched);
        for (const { change } of batch) {
          for (const effect of await change(rows)) effects.push(effect);
        }
      });
    } catch (error) {
      // A disk that refuses is no bug: nothing may be lost, so the launcher starts us again.
      if (error instanceof JournalFailed) this.#diskFailed(error);
      if (batch.length === 1) batch[0]?.failed(error);
      return false;
    }
    this.#committed(touched);
    for (const { done } of batch) done();
    for (const effect of effects) {
      try {
        effect();
      } catch (error) {
        this.#site.log.error({ err: error }, 'an effect could not be begun');
      }
    }
    return true;
  }
}

function nothing(): void {
  // Nobody waits for it.
}

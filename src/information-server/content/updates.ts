/**
 * Updates by hand and by schedule: an information server fetches content into its share by
 * itself. A hold stops them like every delivery (D1); at its end the source is read anew, so
 * that what was superseded meanwhile is never taken.
 */

import type { Result } from '#domain/result.ts';
import { ok } from '#domain/result.ts';
import {
  updatesKeptBack,
  type ContentItem,
  type UpdatesKeptBack,
} from '#protocol/control-manager/messages.ts';
import type { Deliveries, Update, UpdateSource } from './deliveries.ts';
import { limits } from '../limits.ts';
import type { Loop } from '../loop.ts';
import type { Site } from '../site.ts';

const note = 'update-kept-back';

export class Updates {
  readonly #site: Site;
  readonly #loop: Loop;
  readonly #deliveries: Deliveries;
  readonly #read: (source: string | undefined) => Promise<Result<UpdateSource>>;
  readonly #changed: () => void;
  /** One at a time: two would fetch the same files into the same place. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: {
    readonly site: Site;
    readonly loop: Loop;
    readonly deliveries: Deliveries;
    read(source: string | undefined): Promise<Result<UpdateSource>>;
    /** After each update: what it took goes to the servers, what it left is told upward. */
    changed(): void;
  }) {
    this.#site = parts.site;
    this.#loop = parts.loop;
    this.#deliveries = parts.deliveries;
    this.#read = parts.read;
    this.#changed = parts.changed;
  }

  now(source: string | undefined): Promise<Result<Update>> {
    return this.#inTurn(() => this.#update(source));
  }

  /** What the updates before were kept from taking. */
  async keptBack(): Promise<readonly ContentItem[]> {
    return (await this.#waiting()).flatMap(({ items }) => items);
  }

  /** A hold began or ended: what has become possible is done, what is pointless forgotten. */
  async catchUp(): Promise<void> {
    await this.#inTurn(async () => {
      for (const { source, items } of await this.#waiting()) {
        const sorted = await this.#deliveries.sortOffer({ items, catalogue: '' });
        if (sorted.take.length > 0) await this.#again(source);
        else if (sorted.keptBack.length === 0) await this.#remember(source, []);
      }
    });
  }

  async #again(source: string | undefined): Promise<void> {
    const updated = await this.#update(source);
    if (updated.ok) return;
    this.#site.log.warn({ because: updated.because }, 'an update did not catch up');
  }

  async #update(source: string | undefined): Promise<Result<Update>> {
    const read = await this.#read(source);
    if (!read.ok) return read;
    const update = await this.#deliveries.update(read.value);
    await this.#remember(source, update.keptBack);
    this.#changed();
    return ok(update);
  }

  #inTurn<Value>(act: () => Promise<Value>): Promise<Value> {
    const next = this.#turn.then(act, act);
    this.#turn = next.catch(() => undefined);
    return next;
  }

  async #waiting(): Promise<UpdatesKeptBack> {
    const text = await this.#site.journal.rows.log.note(note);
    return text === null ? [] : updatesKeptBack.parse(JSON.parse(text));
  }

  async #remember(source: string | undefined, items: readonly ContentItem[]): Promise<void> {
    const before = await this.#waiting();
    const others = before.filter((one) => one.source !== source);
    const waiting = items.length === 0 ? others : [...others, { source, items: [...items] }];
    if (waiting.length === 0 && before.length === 0) return;
    const text = JSON.stringify(waiting.slice(-limits.updatesWaitingMax));
    await this.#loop.submit(async (rows) => {
      await rows.log.putNote(note, text);
      return [];
    });
  }
}

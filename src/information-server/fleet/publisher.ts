/**
 * Sends servers the list of what they should have: at once for the program lane, paced for
 * content, so that the end of a hold does not make every server fetch in the same second.
 */

import type { Fence, ServerId } from '#domain/names.ts';
import { sayBroken } from '../background.ts';
import type { RingOutcomes } from '../content/ring-outcomes.ts';
import { wantedBy, wantedByAll, type WantedByAll } from './desired.ts';
import { limits } from '../limits.ts';
import type { Sessions } from './sessions.ts';
import type { Site } from '../site.ts';

export class Publisher {
  readonly #site: Site;
  readonly #sessions: Sessions;
  readonly #rings: Pick<RingOutcomes, 'given' | 'ringOf'>;
  readonly #waiting = new Set<ServerId>();
  /** One reading at a time for each server, or an older one might get the higher number. */
  readonly #sending = new Set<ServerId>();
  readonly #again = new Set<ServerId>();
  #number = 0;
  #isPacing = false;
  /** How many waited when the pace was found. */
  #most = 0;

  constructor(site: Site, sessions: Sessions, rings: Pick<RingOutcomes, 'given' | 'ringOf'>) {
    this.#site = site;
    this.#sessions = sessions;
    this.#rings = rings;
  }

  /** The highest that was ever sent from here. */
  get fence(): Fence {
    return { epoch: this.#site.epoch, number: this.#number };
  }

  now(server: ServerId, all?: Promise<WantedByAll>): void {
    this.#waiting.delete(server);
    if (this.#sending.has(server)) {
      this.#again.add(server);
      return;
    }
    this.#sending.add(server);
    this.#send(server, all)
      .catch((error: unknown) => {
        const sentence = 'could not read what a server should have';
        sayBroken(this.#site, { err: error, server }, sentence);
      })
      .finally(() => {
        this.#sending.delete(server);
        if (this.#again.delete(server)) this.now(server);
      });
  }

  /** Everybody connected, at no pace: something was withdrawn. */
  atOnce(): void {
    const all = wantedByAll(this.#site.journal.rows, this.#site.clock.now());
    all.catch(() => undefined);
    for (const server of this.#sessions.connected()) this.now(server, all);
  }

  /** Everybody connected, at the pace of a catch-up. */
  everyone(): void {
    for (const server of this.#sessions.connected()) this.#waiting.add(server);
    if (!this.#isPacing) this.#pace();
  }

  /** A small site at the pace of a catch-up; a large one within seconds. */
  #pace(): void {
    this.#isPacing = this.#waiting.size > 0;
    if (!this.#isPacing) return;
    this.#most = Math.max(this.#most, this.#waiting.size);
    const perSecond = Math.max(limits.publishPerSecond, this.#most / limits.publishAllSeconds);
    // In small portions, so that those who say something meanwhile are heard.
    const portion = Math.ceil(Math.min(perSecond, limits.publishPortion));
    const now = this.#site.clock.now();
    const all = wantedByAll(this.#site.journal.rows, now);
    all.catch(() => undefined);
    let count = 0;
    // Not a copy of all that wait: in a large site that would be most of its work.
    for (const server of this.#waiting) {
      if (count === portion) break;
      count += 1;
      this.now(server, all);
    }
    if (this.#waiting.size === 0) this.#most = 0;
    this.#site.clock.after((portion * 1_000) / perSecond, () => this.#pace());
  }

  async #send(server: ServerId, read?: Promise<WantedByAll>): Promise<void> {
    if (!this.#sessions.isConnected(server)) return;
    const { rows } = this.#site.journal;
    const now = this.#site.clock.now();
    const all = await (read ?? wantedByAll(rows, now));
    const ring = await this.#rings.ringOf(rows, server);
    const items = await wantedBy(rows, { server, ring, now, all });
    await this.#rings.given(server, items);
    this.#number += 1;
    this.#sessions.send(server, { type: 'wanted', fence: this.fence, items });
  }
}

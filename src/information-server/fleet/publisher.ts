/**
 * Sends servers the list of what they should have: at once for the program lane, paced for
 * content, so that the end of a hold does not make every server fetch in the same second.
 */

import type { Fence, ServerId } from '#domain/names.ts';
import { sayBroken } from '../background.ts';
import type { RingOutcomes } from '../content/ring-outcomes.ts';
import { wantedBy } from './desired.ts';
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

  constructor(site: Site, sessions: Sessions, rings: Pick<RingOutcomes, 'given' | 'ringOf'>) {
    this.#site = site;
    this.#sessions = sessions;
    this.#rings = rings;
  }

  /** The highest that was ever sent from here. */
  get fence(): Fence {
    return { epoch: this.#site.epoch, number: this.#number };
  }

  now(server: ServerId): void {
    this.#waiting.delete(server);
    if (this.#sending.has(server)) {
      this.#again.add(server);
      return;
    }
    this.#sending.add(server);
    this.#send(server)
      .catch((error: unknown) => {
        const sentence = 'could not read what a server should have';
        sayBroken(this.#site, { err: error, server }, sentence);
      })
      .finally(() => {
        this.#sending.delete(server);
        if (this.#again.delete(server)) this.now(server);
      });
  }

  /** Everybody connected, at the pace of a catch-up. */
  everyone(): void {
    for (const server of this.#sessions.connected()) this.#waiting.add(server);
    if (!this.#isPacing) this.#pace();
  }

  #pace(): void {
    this.#isPacing = this.#waiting.size > 0;
    if (!this.#isPacing) return;
    let count = 0;
    // Not a copy of all that wait: in a large site that would be most of its work.
    for (const server of this.#waiting) {
      if (count === limits.publishPerSecond) break;
      count += 1;
      this.now(server);
    }
    this.#site.clock.after(1_000, () => this.#pace());
  }

  async #send(server: ServerId): Promise<void> {
    if (!this.#sessions.isConnected(server)) return;
    const { rows } = this.#site.journal;
    const ring = await this.#rings.ringOf(rows, server);
    const items = await wantedBy(rows, { server, ring, now: this.#site.clock.now() });
    await this.#rings.given(server, items);
    this.#number += 1;
    this.#sessions.send(server, { type: 'wanted', fence: this.fence, items });
  }
}

/**
 * What each server makes of the content that it was given: written down before it hears of it, and
 * each time it says something, falls silent, or is heard again. Absent: what follows from it
 * (`rings.ts`).
 */

import type { Release } from '#domain/catalogue/release.ts';
import type { ComponentName, RingName, ServerId } from '#domain/names.ts';
import { outcomeAfter, type OutcomeWord } from '#domain/ring/outcome.ts';
import { isTracked, ringOf, wholeSite } from '#domain/ring/site-ring.ts';
import type { Rows } from '#ports/journal.ts';
import type { Hello, Status, WantedItem } from '#protocol/normal-server/messages.ts';
import type { Loop } from '../loop.ts';
import type { Site } from '../site.ts';

export class RingOutcomes {
  readonly #site: Site;
  readonly #loop: Loop;
  readonly #changed: () => void;

  /** `changed`: something was written down that a gate may be waiting for. */
  constructor(site: Site, loop: Loop, changed: () => void) {
    this.#site = site;
    this.#loop = loop;
    this.#changed = changed;
  }

  /** Written down before the server hears of it. */
  async given(server: ServerId, items: readonly WantedItem[]): Promise<void> {
    const { rows } = this.#site.journal;
    const missing: ComponentName[] = [];
    for (const rollout of await rows.rings.rollouts()) {
      const { component, content } = rollout;
      const isWanted = items.some(({ digest }) => digest === content.release);
      if (!isWanted || !isTracked(rollout)) continue;
      if ((await rows.rings.outcome(component, server)) === null) missing.push(component);
    }
    if (missing.length === 0) return;
    await this.#loop.submit(async (inner) => {
      for (const component of missing) await this.#give(inner, server, component);
      return [];
    });
  }

  async #give(rows: Rows, server: ServerId, component: ComponentName): Promise<void> {
    if ((await rows.rings.outcome(component, server)) !== null) return;
    const ring = await this.ringOf(rows, server);
    const at = this.#site.clock.now();
    const nothing = { cause: null, detail: null, silentSince: null };
    const outcome = { component, server, ring: ring ?? wholeSite, state: 'given', at } as const;
    await rows.rings.putOutcome({ ...outcome, ...nothing });
    this.#changed();
  }

  /** null: this site has no rings. */
  async ringOf(rows: Rows, server: ServerId): Promise<RingName | null> {
    const rings = this.#site.rings ?? [];
    if (rings.length === 0) return null;
    const known = await rows.fleet.server(server);
    return known === null ? (rings.at(-1)?.name ?? null) : ringOf(rings, known);
  }

  /** What a server says of content. */
  async said(rows: Rows, server: ServerId, status: Status, { digest }: Release): Promise<void> {
    const word = wordOf(status);
    if (word === null) return;
    const rollout = await rows.rings.rollout(status.component);
    if (rollout === null || rollout.content.release !== digest) return;
    await this.#note(rows, { server, component: status.component }, word);
  }

  async hello(rows: Rows, { server, contents }: Pick<Hello, 'server' | 'contents'>): Promise<void> {
    for (const { component } of await rows.rings.outcomesOf(server)) {
      const release = (await rows.rings.rollout(component))?.content.release;
      const isThere = contents.some(({ digest }) => digest === release);
      await this.#note(rows, { server, component }, { word: isThere ? 'healthy' : 'heard' });
    }
  }

  async gone(rows: Rows, server: ServerId): Promise<void> {
    for (const { component } of await rows.rings.outcomesOf(server)) {
      await this.#note(rows, { server, component }, { word: 'silent' });
    }
  }

  /** Those that left while this program was away itself: nobody heard them go. */
  async missSilent(rows: Rows, isConnected: (server: ServerId) => boolean): Promise<void> {
    for (const rollout of await rows.rings.rollouts()) {
      if (!isTracked(rollout)) continue;
      for (const { server, component } of await rows.rings.outcomes(rollout.component)) {
        if (isConnected(server)) continue;
        await this.#note(rows, { server, component }, { word: 'silent' });
      }
    }
  }

  async #note(
    rows: Rows,
    { server, component }: { readonly server: ServerId; readonly component: ComponentName },
    word: OutcomeWord,
  ): Promise<void> {
    const before = await rows.rings.outcome(component, server);
    if (before === null) return;
    const after = outcomeAfter(before, word, this.#site.clock.now());
    if (after === before) return;
    await rows.rings.putOutcome(after);
    this.#changed();
  }
}

function wordOf({ state, cause = 'unknown', detail }: Status): OutcomeWord | null {
  switch (state) {
    case 'staged':
    case 'switching':
    case 'proving':
      return { word: 'there' };
    case 'installed':
      return { word: 'healthy' };
    case 'returned':
    case 'failed':
      return { word: 'failed', cause, detail: detail?.slice(0, 500) ?? null };
    case 'downloading':
      return null;
  }
}

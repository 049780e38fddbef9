/** Tells those who look that something changed. Knows neither who they are nor what they show. */

import type { ChangedPart } from '#protocol/console/events.ts';

export class Changes {
  readonly #listeners = new Set<(parts: ReadonlySet<ChangedPart>) => void>();
  #number = 0;

  /** How often anything has changed. */
  get number(): number {
    return this.#number;
  }

  /** Answers what ends it. */
  listen(act: (parts: ReadonlySet<ChangedPart>) => void): () => void {
    this.#listeners.add(act);
    return () => this.#listeners.delete(act);
  }

  /** What is shown of a site, and stands in no row: its agent, its launcher. */
  siteChanged(): void {
    this.changed(new Set(['site']));
  }

  changed(parts: ReadonlySet<ChangedPart>): void {
    if (parts.size === 0) return;
    this.#number += 1;
    for (const act of this.#listeners) act(parts);
  }
}

/** What an upgrade itself waited for: its own program, checks, people. */

import type { Instant } from '#domain/names.ts';
import type { HeadEvent } from '#domain/upgrade/event.ts';
import type { PastUpgrade } from '#ports/forecast.ts';
import type { Counts } from './history-counts.ts';

export class HeadHistory {
  readonly #upgrade: PastUpgrade;
  readonly #counts: Counts;
  #last: { readonly type: HeadEvent['type']; readonly at: Instant };
  readonly #done = new Set<HeadEvent['type']>();

  constructor(upgrade: PastUpgrade, counts: Counts) {
    this.#upgrade = upgrade;
    this.#counts = counts;
    this.#last = { type: 'started', at: upgrade.startedAt };
  }

  heard(event: HeadEvent, at: Instant): void {
    const { seconds } = this.#counts;
    const since = (at - this.#last.at) / 1_000;
    const isFirst = !this.#done.has(event.type);
    const isUndisturbed = !this.#done.has('resumed');
    if (event.type === 'self-committed' && isFirst && isUndisturbed) {
      seconds.informationServer.push((at - this.#upgrade.startedAt) / 1_000);
    }
    if (event.type === 'agent-ready' && this.#last.type === 'baseline-laid') {
      seconds.agent.push(since);
    }
    if (event.type === 'checked') seconds.catalogueCheck.push(since);
    // What went before made it wait for a person: time passed, and nothing could go on.
    const isDecision = event.type === 'resumed' || event.type === 'approved';
    if (isDecision && this.#last.type === 'tick') seconds.decision.push(since);
    this.#last = { type: event.type, at };
    this.#done.add(event.type);
  }
}

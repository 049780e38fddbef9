/** Has asked again what a change concerns, at most once a second: sixty changes are one question. */

import type { QueryClient } from '@tanstack/react-query';
import type { ChangedEvent, ChangedPart } from '#protocol/console/events.ts';

const onceInMs = 1_000;
/** Of no life: whatever is heard next, something may have changed before it. */
const nothingHeard = { life: '', number: -1 } as const;

/** What an answer is about, by the first name of its call. */
const partsOfCalls: Readonly<Record<string, readonly ChangedPart[]>> = {
  fleet: ['fleet', 'enrolment'],
  upgrade: ['upgrade', 'fleet'],
  release: ['catalogue'],
  hold: ['holds', 'content'],
  budget: ['record', 'upgrade'],
  bill: ['upgrade'],
  catalogue: ['catalogue', 'content'],
  components: ['catalogue', 'content'],
  content: ['content', 'fleet', 'sites'],
  site: ['site', 'holds', 'catalogue', 'record'],
  agent: ['site', 'record'],
  record: ['record'],
  evidence: ['record'],
  people: ['people'],
  token: ['people'],
  approval: ['people'],
  campaign: ['campaigns', 'sites'],
  'control-manager': ['sites', 'holds', 'content'],
};

export class Asking {
  readonly #queries: QueryClient;
  #parts = new Set<ChangedPart>();
  #last: Pick<ChangedEvent, 'life' | 'number'> | null = null;
  #timer: number | null = null;
  #askedAt = 0;

  constructor(queries: QueryClient) {
    this.#queries = queries;
  }

  /** Nobody listened for a while. */
  missed(): void {
    this.#last ??= nothingHeard;
  }

  heard({ life, number, parts }: ChangedEvent): void {
    const last = this.#last;
    this.#last = { life, number };
    if (last === null) return;
    const isSame = last.life === life;
    if (isSame && last.number === number) return;
    // Something changed while nobody listened, and it is not said what.
    if (!isSame || parts.length === 0) {
      void this.#queries.invalidateQueries();
      return;
    }
    for (const part of parts) this.#parts.add(part);
    this.#soon();
  }

  #soon(): void {
    if (this.#timer !== null) return;
    const wait = Math.max(0, this.#askedAt + onceInMs - Date.now());
    this.#timer = window.setTimeout(() => this.#ask(), wait);
  }

  #ask(): void {
    this.#timer = null;
    this.#askedAt = Date.now();
    const changed = this.#parts;
    this.#parts = new Set();
    void this.#queries.invalidateQueries({
      predicate: ({ queryKey: [call] }) => typeof call === 'string' && concerns(call, changed),
    });
  }
}

export function concerns(call: string, changed: ReadonlySet<ChangedPart>): boolean {
  const [name = ''] = call.split('.');
  return partsOfCalls[name]?.some((part) => changed.has(part)) === true;
}

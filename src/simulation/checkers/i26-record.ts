/**
 * I26: a record that others witness. The record of every site is one chain, and no head of it that a
 * server was told ever disappears: unless an older journal was put back, and then the first line of
 * the life after it says so.
 *
 * Looked at in recounts, and only what was added since the last one; from the beginning when another
 * journal lies there, and at the end.
 */

import {
  genesisHead,
  hashAfter,
  lineText,
  restoredKind,
  type RecordHead,
  type RecordLine,
  type ToldHead,
} from '#domain/record/line.ts';
import { judgeHead, type RestoreLine } from '#domain/record/witness.ts';
import { digestOfText } from '../adapters/store-folder.ts';
import type { SiteName } from '../observation.ts';
import { on, Violation, type Checker, type FleetView, type JournalView } from './checker.ts';

class Witnessed {
  readonly #site: SiteName;
  /** Every head that a server was told, by its number. */
  readonly #told = new Map<number, ToldHead[]>();
  #restores: RestoreLine[] = [];
  /** Up to here the chain was followed; null: from its genesis. */
  #head: RecordHead | null = null;
  /** Heads that were told since, and those whose line has not come by yet. */
  #open: ToldHead[] = [];
  /** An older journal was put back, and the life after it has not written its first line yet. */
  isSilent = false;

  constructor(site: SiteName) {
    this.#site = site;
  }

  tell(head: ToldHead): void {
    const known = this.#told.get(head.number);
    if (known === undefined) this.#told.set(head.number, [head]);
    else if (known.some(({ hash }) => hash === head.hash)) return;
    else known.push(head);
    this.#open.push(head);
  }

  /** All that was looked at is looked at anew. */
  begin(): void {
    this.#head = null;
    this.#restores = [];
    this.#open = [...this.#told.values()].flat();
  }

  follow(journal: JournalView): void {
    const { genesis } = journal;
    if (genesis === null || this.isSilent) return;
    let head = this.#head ?? genesisHead(genesis, digestOfText);
    const open = Map.groupBy(this.#open, ({ number }) => number);
    const hashes = new Map([[head.number, head.hash]]);
    for (const line of journal.record(head.number)) {
      head = this.#next(head, line);
      if (open.has(line.number)) hashes.set(line.number, line.hash);
    }
    for (const told of this.#open) {
      if (told.number < (this.#head?.number ?? 0)) this.#wasPassed(told, journal);
      else this.#judge(told, hashes.get(told.number) ?? null);
    }
    this.#open = [];
    this.#head = head;
  }

  #next(before: RecordHead, line: RecordLine): RecordHead {
    const { number, hash, kind, detail } = line;
    const expected = hashAfter(before.hash, lineText(line), digestOfText);
    if (number !== before.number + 1 || hash !== expected) {
      throw new Violation(26, `line ${number} of ${this.#site} does not follow ${before.number}`);
    }
    const { epoch } = detail;
    if (kind === restoredKind && typeof epoch === 'number') this.#restores.push({ number, epoch });
    return { number, hash };
  }

  /** Told late: its line was followed by an earlier recount. */
  #wasPassed(told: ToldHead, journal: JournalView): void {
    this.#judge(told, journal.record(told.number - 1)[0]?.hash ?? null);
  }

  #judge(told: ToldHead, found: RecordHead['hash'] | null): void {
    if (judgeHead(told, found, this.#restores) !== 'cut') return;
    const what = `line ${told.number} of ${this.#site}, of which a server was told`;
    throw new Violation(26, `${what} in epoch ${told.epoch}, is gone, and nobody says why`);
  }
}

export function recordIsWitnessed(): Checker {
  const sites = new Map<SiteName, Witnessed>();

  function of(site: SiteName): Witnessed {
    let found = sites.get(site);
    if (found === undefined) sites.set(site, (found = new Witnessed(site)));
    return found;
  }

  function follow({ sites: all }: FleetView): void {
    for (const { site, journal } of all) of(site).follow(journal);
  }

  return {
    invariant: 26,
    sees: [
      on('told', ({ message }) => {
        if (message.type === 'lease' && message.head !== undefined) {
          of(message.head.site).tell(message.head);
        }
      }),
      on('journal-replaced', ({ site }) => {
        const witnessed = of(site);
        witnessed.begin();
        witnessed.isSilent = true;
      }),
      on('committed', ({ site }) => {
        of(site).isSilent = false;
      }),
    ],
    recount: follow,
    end(view) {
      for (const one of sites.values()) one.begin();
      follow(view);
    },
  };
}

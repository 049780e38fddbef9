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
import { digestOfText } from '../adapters/store-folder.ts';
import type { SiteName } from '../observation.ts';
import { on, Violation, type Checker, type FleetView, type JournalView } from './checker.ts';

/**
 * In which life of the journal it was told is counted here: epochs say it as well, but for a clock
 * that went back.
 */
type Told = ToldHead & { readonly life: number };

class Witnessed {
  readonly #site: SiteName;
  /** Every head that a server was told, by its number. */
  readonly #told = new Map<number, Told[]>();
  /** How often an older journal was put back. */
  #life = 0;
  /** Numbers of the lines that say so. */
  #restores: number[] = [];
  /** Up to here the chain was followed; null: from its genesis. */
  #head: RecordHead | null = null;
  /** Heads that were told since, and those whose line has not come by yet. */
  #open: Told[] = [];
  /** An older journal was put back, and the life after it has not written its first line yet. */
  isSilent = false;

  constructor(site: SiteName) {
    this.#site = site;
  }

  tell(told: ToldHead): void {
    const head: Told = { ...told, life: this.#life };
    const known = this.#told.get(head.number) ?? [];
    const same = known.find(({ hash }) => hash === head.hash);
    // What is told again in a later life must be there in that one too.
    if (same?.life === head.life) return;
    this.#told.set(head.number, [...known.filter((one) => one !== same), head]);
    this.#open.push(head);
  }

  replace(): void {
    this.begin();
    this.#life += 1;
    this.isSilent = true;
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
    const { number, hash, kind } = line;
    const expected = hashAfter(before.hash, lineText(line), digestOfText);
    if (number !== before.number + 1 || hash !== expected) {
      throw new Violation(26, `line ${number} of ${this.#site} does not follow ${before.number}`);
    }
    if (kind === restoredKind) this.#restores.push(number);
    return { number, hash };
  }

  /** Told late: its line was followed by an earlier recount. */
  #wasPassed(told: Told, journal: JournalView): void {
    this.#judge(told, journal.record(told.number - 1)[0]?.hash ?? null);
  }

  #judge(told: Told, found: RecordHead['hash'] | null): void {
    if (found === told.hash) return;
    if (told.life < this.#life && this.#restores.some((line) => line <= told.number)) return;
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
        of(site).replace();
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

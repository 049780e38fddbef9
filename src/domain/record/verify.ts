/**
 * Holds a record against its own chain and against heads that are known from elsewhere, line by
 * line, with a memory that does not grow with the record. Says what is wrong, and where.
 *
 * What a chain cannot know by itself: whether its end was cut off, or everything from some line on
 * was written anew with right hashes. Heads that were told to others show both.
 */

import type { Digest, ServerId } from '../names.ts';
import { problem, type Problem } from '../problem.ts';
import { judgeHead, type RestoreLine } from './witness.ts';
import {
  genesisHead,
  hashAfter,
  restoredKind,
  type DigestOf,
  type Genesis,
  type RecordHead,
  type ToldHead,
} from './line.ts';

/** A line as it was found: what it says, its canonical text, and the hash that stands with it. */
export type FoundLine = {
  readonly number: number;
  readonly kind: string;
  /** Of `journal-restored`: the life that began with it. */
  readonly epoch: number | null;
  readonly text: string;
  readonly hash: Digest;
};

export type Verification = {
  readonly site: ServerId;
  readonly lines: number;
  readonly head: RecordHead;
  /** Empty: every line follows from the one before, and every known head is in the chain. */
  readonly problems: readonly Problem[];
  /** More than are told one by one. */
  readonly problemsMore: number;
  /** Known heads that stand in the chain, and those that a restored backup took out of it. */
  readonly heads: { readonly known: number; readonly found: number; readonly restored: number };
  /** The highest known head that was found: up to it nothing was changed since it was told. */
  readonly witnessed: number | null;
};

const limits = {
  /** Of so many of the latest numbers the hash is kept, for lines that stand a little out of place. */
  hashesMax: 64,
  /** Open gaps, and restores; more are not expected of any honest record. */
  gapsMax: 64,
  restoresMax: 1_000,
  problemsMax: 100,
} as const;

/** Numbers that were left out so far, and the line after them, whose hash is still to be looked at. */
type Gap = { readonly from: number; readonly to: number; readonly next: FoundLine };

export class RecordVerifier {
  readonly #digestOf: DigestOf;
  readonly #site: ServerId;
  readonly #heads = new Map<number, ToldHead[]>();
  readonly #findings = new Findings();
  /** By number; two where two lines have the same one. */
  readonly #hashes = new Map<number, Digest[]>();
  readonly #restores: RestoreLine[] = [];
  #gaps: readonly Gap[] = [];
  #last: RecordHead;
  #lines = 0;
  readonly #count = { known: 0, found: 0, restored: 0 };
  #witnessed: number | null = null;

  constructor(
    genesis: Genesis,
    given: {
      readonly digestOf: DigestOf;
      /** Of which site it should be; null: of whichever it says. */
      readonly site: ServerId | null;
      readonly heads: readonly ToldHead[];
    },
  ) {
    this.#digestOf = given.digestOf;
    this.#site = genesis.site;
    this.#last = genesisHead(genesis, given.digestOf);
    this.#hashes.set(0, [this.#last.hash]);
    if (given.site !== null && given.site !== genesis.site) {
      this.#findings.add(
        problem('RECORD_OTHER_SITE', { site: genesis.site, expected: given.site }),
      );
    }
    for (const head of given.heads) {
      // A server that came from another site may still know heads of that one.
      if (head.site !== genesis.site) continue;
      this.#count.known += 1;
      this.#heads.set(head.number, [...(this.#heads.get(head.number) ?? []), head]);
    }
    this.#compare(0);
  }

  take(line: FoundLine): void {
    this.#lines += 1;
    const { number } = line;
    const last = this.#last.number;
    if (number === last + 1) this.#next(line);
    else if (number > last + 1) this.#skip(line);
    else if (!this.#fill(line)) this.#double(line);
  }

  /** A line that cannot be read, as the so-manyth of the file. */
  unreadable(place: number): void {
    this.#findings.add(problem('RECORD_LINE_UNREADABLE', { place }));
  }

  /** `stated`: where the record says itself that it ends. */
  end(stated: RecordHead | null): Verification {
    for (const { from, to } of this.#gaps) this.#findings.range(removed, from, to);
    const end = this.#last;
    const beyond = [...this.#heads.keys()].filter((number) => number > end.number);
    const cut = Math.max(
      stated !== null && stated.number > end.number ? stated.number : 0,
      ...beyond.flatMap((number) => this.#unexplained(number)),
    );
    if (cut > 0) this.#findings.add(problem('RECORD_CUT_OFF', { number: end.number, known: cut }));
    if (stated !== null && stated.number < end.number) {
      this.#findings.range(inserted, stated.number + 1, end.number);
    }
    if (stated?.number === end.number && stated.hash !== end.hash) {
      this.#findings.add(problem('RECORD_REWRITTEN', this.#rewritten(end.number)));
    }
    const { problems, more: problemsMore } = this.#findings.told();
    return {
      site: this.#site,
      lines: this.#lines,
      head: end,
      problems,
      problemsMore,
      heads: { ...this.#count },
      witnessed: this.#witnessed,
    };
  }

  #next(line: FoundLine): void {
    if (this.#follows(line) === false) {
      this.#findings.range(changed, line.number, line.number);
    }
    this.#append(line);
  }

  #skip(line: FoundLine): void {
    const { number, hash } = this.#last;
    if (hashAfter(hash, line.text, this.#digestOf) === line.hash) {
      // Chained so: the numbers between never were in this chain.
      this.#findings.add(problem('RECORD_NUMBER', { number: line.number, expected: number + 1 }));
    } else {
      this.#gaps = [...this.#gaps, { from: number + 1, to: line.number - 1, next: line }];
      this.#closeOldestGap();
    }
    this.#append(line);
  }

  /** A line that was missed stands further down. */
  #fill(line: FoundLine): boolean {
    const { number } = line;
    const gap = this.#gaps.find(({ from, to }) => from <= number && number <= to);
    if (gap === undefined) return false;
    this.#findings.range(reordered, number, number);
    if (this.#follows(line) === false) {
      this.#findings.range(changed, number, number);
    }
    const parts: Gap[] = [];
    if (gap.from < number) parts.push({ from: gap.from, to: number - 1, next: line });
    if (number < gap.to) parts.push({ ...gap, from: number + 1 });
    this.#gaps = this.#gaps.flatMap((one) => (one === gap ? parts : [one]));
    this.#remember(line);
    if (number === gap.to && this.#follows(gap.next) === false) {
      this.#findings.range(changed, gap.next.number, gap.next.number);
    }
    this.#closeOldestGap();
    this.#compare(number);
    return true;
  }

  /** A second line of that number: which of the two was there first, the next line tells. */
  #double(line: FoundLine): void {
    this.#findings.range(inserted, line.number, line.number);
    if (this.#follows(line) === true) this.#remember(line);
  }

  /** null: the line before it is not known. */
  #follows({ number, text, hash }: FoundLine): boolean | null {
    const before = this.#hashes.get(number - 1);
    if (before === undefined) return null;
    return before.some((one) => hashAfter(one, text, this.#digestOf) === hash);
  }

  #append(line: FoundLine): void {
    const { number, hash, kind, epoch } = line;
    this.#last = { number, hash };
    this.#remember(line);
    if (kind === restoredKind && epoch !== null && this.#restores.length < limits.restoresMax) {
      this.#restores.push({ number, epoch });
    }
    this.#compare(number);
  }

  #remember({ number, hash }: FoundLine): void {
    this.#hashes.set(number, [...(this.#hashes.get(number) ?? []).slice(-1), hash]);
    if (this.#hashes.size <= limits.hashesMax) return;
    const oldest = this.#hashes.keys().next();
    if (!oldest.done) this.#hashes.delete(oldest.value);
  }

  #closeOldestGap(): void {
    const [oldest, ...others] = this.#gaps;
    if (oldest === undefined || this.#gaps.length <= limits.gapsMax) return;
    this.#findings.range(removed, oldest.from, oldest.to);
    this.#gaps = others;
  }

  #compare(number: number): void {
    for (const head of this.#heads.get(number) ?? []) {
      const found = this.#hashes.get(number)?.find((hash) => hash === head.hash) ?? null;
      const verdict = judgeHead(head, found, this.#restores);
      if (verdict === 'kept') {
        this.#count.found += 1;
        this.#witnessed = Math.max(this.#witnessed ?? 0, number);
      } else if (verdict === 'restored') this.#count.restored += 1;
      else this.#findings.add(problem('RECORD_REWRITTEN', this.#rewritten(number)));
    }
  }

  #rewritten(number: number): { readonly after: number; readonly number: number } {
    return { after: this.#witnessed ?? 0, number };
  }

  #unexplained(number: number): readonly number[] {
    const heads = this.#heads.get(number) ?? [];
    const cut = heads.filter((head) => judgeHead(head, null, this.#restores) === 'cut');
    this.#count.restored += heads.length - cut.length;
    return cut.length > 0 ? [number] : [];
  }
}

type OfRange = (from: number, to: number) => Problem;
const changed: OfRange = (from, to) => problem('RECORD_LINES_CHANGED', { from, to });
const removed: OfRange = (from, to) => problem('RECORD_LINES_REMOVED', { from, to });
const inserted: OfRange = (from, to) => problem('RECORD_LINES_INSERTED', { from, to });
const reordered: OfRange = (from, to) => problem('RECORD_LINES_REORDERED', { from, to });

/** Neighbouring numbers with the same finding are one; only so many are told. */
class Findings {
  #told: { readonly because: Problem; readonly range: OfRange | null }[] = [];
  #more = 0;

  add(because: Problem): void {
    this.#put(because, null);
  }

  range(of: OfRange, from: number, to: number): void {
    const last = this.#told.findLast(({ range }) => range === of);
    if (last !== undefined && Number(last.because.with['to']) + 1 === from) {
      const widened = of(Number(last.because.with['from']), to);
      this.#told = this.#told.map((one) => (one === last ? { ...one, because: widened } : one));
    } else this.#put(of(from, to), of);
  }

  #put(because: Problem, range: OfRange | null): void {
    if (this.#told.length < limits.problemsMax) this.#told.push({ because, range });
    else this.#more += 1;
  }

  told(): { readonly problems: readonly Problem[]; readonly more: number } {
    return { problems: this.#told.map(({ because }) => because), more: this.#more };
  }
}

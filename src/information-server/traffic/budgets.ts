/**
 * The budget that counts here: what settings say, what plans of upgrades say, and what people changed
 * for now, which is kept in the journal. Absent: who gets which part of it.
 */

import { z } from 'zod';
import {
  isOver,
  isSameScope,
  nextChangeAt,
  noBudget,
  scopeText,
  speedsAt,
  type Budget,
  type BudgetChange,
  type BudgetScope,
  type Speeds,
} from '#domain/budget/budget.ts';
import type { Digest } from '#domain/names.ts';
import { problem, type Problem } from '#domain/problem.ts';
import type { ForecastRequest } from '#ports/forecast.ts';
import type { Rows } from '#ports/journal.ts';
import { budgetChange, type StandingChange } from '#protocol/console/budget-calls.ts';
import { limits } from '../limits.ts';
import type { Site } from '../site.ts';

const changesNote = 'budget-changes';
const changesSchema = z.array(budgetChange);

export class Budgets {
  readonly #site: Pick<Site, 'clock' | 'isEnded'>;
  /** What settings say, its hours reaching some days ahead. */
  readonly #read: (now: number) => Budget;
  readonly #listeners: (() => void)[] = [];
  #set: Budget = noBudget;
  #upgrades: Budget['upgrades'] = [];
  #byRelease = new Map<Digest, string>();
  #changes: readonly StandingChange[] = [];
  /** As long as nothing changes; null: to be found anew. */
  #speeds: { readonly speeds: Speeds; readonly until: number } | null = null;
  #cancel: () => void = () => undefined;

  constructor(site: Pick<Site, 'clock' | 'isEnded'>, read: (now: number) => Budget) {
    this.#site = site;
    this.#read = read;
  }

  get budget(): Budget {
    return { ...this.#set, upgrades: this.#upgrades };
  }

  /** Those that are not over. */
  get changes(): readonly StandingChange[] {
    const now = this.#site.clock.now();
    return this.#changes.filter((one) => !isOver(one, now));
  }

  onChanged(act: () => void): void {
    this.#listeners.push(act);
  }

  /** The upgrade with a budget of its own that this release is of. */
  upgradeOf(release: Digest | null): string | null {
    return release === null ? null : (this.#byRelease.get(release) ?? null);
  }

  speeds(): Speeds {
    const now = this.#site.clock.now();
    if (this.#speeds !== null && now < this.#speeds.until) return this.#speeds.speeds;
    const { budget } = this;
    const changes = this.#domainChanges();
    const until = nextChangeAt(budget, changes, now) ?? Infinity;
    const speeds = speedsAt(budget, changes, now);
    this.#speeds = { speeds, until };
    return speeds;
  }

  /** undefined: nothing is limited, at no hour. */
  get forecast(): ForecastRequest['budget'] {
    const { budget } = this;
    const changes = this.#domainChanges();
    const isFree = [budget.site, budget.server].every(
      ({ usual, hours }) => usual === null && hours.length === 0,
    );
    return isFree && changes.length === 0 ? undefined : { set: budget, changes };
  }

  nextChangeAt(): number | null {
    return nextChangeAt(this.budget, this.#domainChanges(), this.#site.clock.now());
  }

  async load(rows: Rows): Promise<void> {
    const note = await rows.log.note(changesNote);
    this.#changes = note === null || note === '' ? [] : changesSchema.parse(JSON.parse(note));
    await this.upgradesChanged(rows);
  }

  /** An upgrade began, or may have ended. */
  async upgradesChanged(rows: Rows): Promise<void> {
    const found: { name: string; limit: Budget['site'] }[] = [];
    const byRelease = new Map<Digest, string>();
    for (const { upgrade, finishedAt, release } of await rows.upgrades.openHeads()) {
      if (finishedAt !== null) continue;
      const plan = await rows.upgrades.plan(upgrade);
      const bits = plan?.budgetBitsPerSecond ?? null;
      // A person may give one to an upgrade whose plan has none.
      found.push({
        name: upgrade,
        limit: { usual: bits === null ? null : bits / 8, hours: [] },
      });
      byRelease.set(release.digest, upgrade);
    }
    this.#upgrades = found;
    this.#byRelease = byRelease;
    this.#again();
  }

  /** Within a transaction: what counts is what is on the disk. Answers the effect. */
  async change(rows: Rows, change: StandingChange): Promise<() => void> {
    const others = this.changes.filter(({ of }) => !isSameScope(of, change.of));
    return this.#put(rows, [...others, change]);
  }

  async reset(rows: Rows, of: BudgetScope): Promise<() => void> {
    return this.#put(
      rows,
      this.changes.filter((one) => !isSameScope(one.of, of)),
    );
  }

  /** Why there is no such limit here; null: there is. */
  against(of: BudgetScope): Problem | null {
    if (!('name' in of)) return null;
    const { links, upgrades } = this.budget;
    const known = (of.kind === 'link' ? links : upgrades).map(({ name }) => name);
    if (known.includes(of.name)) return null;
    const scope = scopeText(of);
    return problem('BUDGET_UNKNOWN', { scope, known: known.join(', ') || '-' });
  }

  async #put(rows: Rows, changes: readonly StandingChange[]): Promise<() => void> {
    await rows.log.putNote(changesNote, JSON.stringify(changes));
    return () => {
      this.#changes = changes;
      this.#again();
    };
  }

  /** No hour is waited for any more. */
  end(): void {
    this.#cancel();
  }

  #domainChanges(): readonly BudgetChange[] {
    return this.#changes.map(({ of, bitsPerSecond, until }) => ({
      of,
      until,
      speed: bitsPerSecond === null ? null : bitsPerSecond / 8,
    }));
  }

  /** Something changed, or the hours must be looked up again. */
  #again(): void {
    this.#cancel();
    const { clock } = this.#site;
    this.#set = this.#read(clock.now());
    this.#speeds = null;
    for (const act of this.#listeners) act();
    const next = this.nextChangeAt();
    const wait = Math.min(limits.budgetHoursMs, (next ?? Infinity) - clock.now());
    this.#cancel = clock.after(Math.max(1, wait), () => {
      if (!this.#site.isEnded) this.#again();
    });
  }
}

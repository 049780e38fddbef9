/**
 * What may be spent of a site's links, in bytes per second: by the site as a whole, by each link that
 * some of its domains lie behind, by each server, by each upgrade that says so in its plan, and
 * differently by the hour of the day. What a person changes for now stands over what is set. Absent:
 * who gets which part of it (`shares.ts`).
 */

import type { DomainName, Instant } from '../names.ts';
import type { Interval } from '../upgrade/plan.ts';

/** Bytes per second; null: no limit. */
export type Speed = number | null;

export type Limit = {
  readonly usual: Speed;
  /** The first that is open counts. */
  readonly hours: readonly { readonly open: readonly Interval[]; readonly speed: Speed }[];
};

export type Link = {
  readonly name: string;
  /** Those whose servers lie behind it. */
  readonly domains: readonly DomainName[];
  readonly limit: Limit;
};

/** What is set: in settings, and of upgrades in their plans. */
export type Budget = {
  readonly site: Limit;
  /** Of each server by itself. */
  readonly server: Limit;
  readonly links: readonly Link[];
  readonly upgrades: readonly { readonly name: string; readonly limit: Limit }[];
};

/** What has a limit. */
export type BudgetScope =
  | { readonly kind: 'site' | 'server' }
  | { readonly kind: 'link' | 'upgrade'; readonly name: string };

/** What counts in place of what is set, until its end. */
export type BudgetChange = {
  readonly of: BudgetScope;
  readonly speed: Speed;
  /** null: until somebody takes it back. */
  readonly until: Instant | null;
};

/** At one instant. */
export type Speeds = {
  readonly site: Speed;
  readonly server: Speed;
  readonly links: Readonly<Record<string, Speed>>;
  readonly upgrades: Readonly<Record<string, Speed>>;
};

const unlimited: Limit = { usual: null, hours: [] };
export const noBudget: Budget = { site: unlimited, server: unlimited, links: [], upgrades: [] };

export function isSameScope(left: BudgetScope, right: BudgetScope): boolean {
  return scopeText(left) === scopeText(right);
}

/** As people name it. */
export function scopeText(scope: BudgetScope): string {
  return 'name' in scope ? `${scope.kind} ${scope.name}` : scope.kind;
}

export function isOver({ until }: Pick<BudgetChange, 'until'>, now: Instant): boolean {
  return until !== null && until <= now;
}

export function speedsAt(budget: Budget, changes: readonly BudgetChange[], now: Instant): Speeds {
  const of = (scope: BudgetScope, limit: Limit): Speed => {
    const changed = changes.find((one) => isSameScope(one.of, scope) && !isOver(one, now));
    return changed === undefined ? speedAt(limit, now) : changed.speed;
  };
  const named = (kind: 'link' | 'upgrade', all: readonly { name: string; limit: Limit }[]) =>
    Object.fromEntries(all.map(({ name, limit }) => [name, of({ kind, name }, limit)]));
  return {
    site: of({ kind: 'site' }, budget.site),
    server: of({ kind: 'server' }, budget.server),
    links: named('link', budget.links),
    upgrades: named('upgrade', budget.upgrades),
  };
}

export function speedAt({ usual, hours }: Limit, now: Instant): Speed {
  const open = hours.find((one) => one.open.some(({ from, until }) => from <= now && now < until));
  return open === undefined ? usual : open.speed;
}

/** When what `speedsAt` answers may be another for the first time; null: never. */
export function nextChangeAt(
  budget: Budget,
  changes: readonly BudgetChange[],
  now: Instant,
): Instant | null {
  const { site, server, links, upgrades } = budget;
  const limits = [site, server, ...[...links, ...upgrades].map(({ limit }) => limit)];
  const edges = limits.flatMap(({ hours }) =>
    hours.flatMap(({ open }) => open.flatMap(({ from, until }) => [from, until])),
  );
  const ends = changes.flatMap(({ until }) => (until === null ? [] : [until]));
  const later = [...edges, ...ends].filter((one) => one > now);
  return later.length === 0 ? null : later.reduce((best, one) => Math.min(best, one));
}

export function hasLimit({ site, server, links, upgrades }: Speeds): boolean {
  const all = [site, server, ...Object.values(links), ...Object.values(upgrades)];
  return all.some((one) => one !== null);
}

/** Which of the links a server of that domain lies behind; null: none of them. */
export function linkOf({ links }: Pick<Budget, 'links'>, domain: DomainName): string | null {
  return links.find(({ domains }) => domains.includes(domain))?.name ?? null;
}

/** The narrower of two. */
export function narrower(left: Speed, right: Speed): Speed {
  if (left === null || right === null) return left ?? right;
  return Math.min(left, right);
}

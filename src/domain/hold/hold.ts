/**
 * A hold: one stated, visible stop of deliveries, with scope, reason, owner and end (D1).
 * It takes away permission, never the wish: what was wanted meanwhile catches up afterwards.
 */

import type {
  ComponentName,
  DomainName,
  HoldId,
  Instant,
  Lane,
  ServerId,
  UpgradeId,
} from '../names.ts';
import { problem, type Problem } from '../problem.ts';

export type HoldOwner =
  | { readonly kind: 'person'; readonly name: string }
  | { readonly kind: 'upgrade'; readonly upgrade: UpgradeId; readonly key: string }
  | { readonly kind: 'control-manager'; readonly name: string };

export type HoldScope = {
  /** `site`: the whole site, deliveries into the share included; else these servers only. */
  readonly servers: 'site' | readonly ServerId[];
  /** And whoever stands in these domains then. Rows of before name none. */
  readonly domains?: readonly DomainName[] | undefined;
  readonly lanes: readonly Lane[];
  /** Empty: every component of those lanes. */
  readonly components: readonly ComponentName[];
};

/** When a hold stands; at every tier alike. */
export type HoldTimes = {
  readonly from: Instant;
  readonly until: Instant;
  readonly releasedAt: Instant | null;
  /**
   * Its beginning lies ahead. Once it was seen to come this is no more so, and no clock that is
   * set back undoes it; a hold that begins when it is made never has it.
   */
  readonly isPlanned?: boolean | undefined;
};

export type Hold = HoldTimes & {
  readonly id: HoldId;
  readonly scope: HoldScope;
  readonly reason: string;
  readonly owner: HoldOwner;
  /** The first of those that were planned together; absent: it was planned alone. */
  readonly series?: HoldId | undefined;
};

/** What is about to move: into the share (`share`), or from it to one server. */
export type Movement = {
  readonly lane: Lane;
  readonly component: ComponentName;
  readonly to: ServerId | 'share';
  /** Where that server stands; absent: no hold over a domain covers it. */
  readonly domain?: DomainName | undefined;
  /** The upgrade that moves it, if one does: its own hold does not stop it. */
  readonly upgrade?: UpgradeId | undefined;
};

export type HoldState = 'planned' | 'active' | 'over' | 'released';

/** Without a plan a hold begins when it is made, whatever a clock says of its `from` later. */
export function holdState(hold: HoldTimes, now: Instant): HoldState {
  if (hold.releasedAt !== null) return 'released';
  if (now >= hold.until) return 'over';
  return hold.isPlanned === true && now < hold.from ? 'planned' : 'active';
}

/** Planned ones whose beginning has come, to be written down as begun. */
export function holdsBegun<Planned extends HoldTimes>(
  holds: readonly Planned[],
  now: Instant,
): Planned[] {
  return holds
    .filter((hold) => hold.isPlanned === true && holdState(hold, now) === 'active')
    .map((hold) => ({ ...hold, isPlanned: false }));
}

export const holdWarnings = ['ends-soon', 'old'] as const;
export type HoldWarning = (typeof holdWarnings)[number];

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const oldAfterMs = 7 * dayMs;

/** So that a hold is not forgotten: its end is near, or it has stood for a week. */
export function holdWarning(hold: HoldTimes, now: Instant): HoldWarning | null {
  if (holdState(hold, now) !== 'active') return null;
  const { from, until } = hold;
  const soonMs = Math.min(dayMs, Math.max(10 * minuteMs, (until - from) / 10));
  // What is so short is near its end from its beginning on: that says nothing to anybody.
  if (until - now <= soonMs && until - from > 2 * soonMs) return 'ends-soon';
  return now - from >= oldAfterMs ? 'old' : null;
}

function covers(hold: Hold, movement: Movement): boolean {
  const { scope, owner } = hold;
  if (owner.kind === 'upgrade' && owner.upgrade === movement.upgrade) return false;
  if (!scope.lanes.includes(movement.lane)) return false;
  if (scope.components.length > 0 && !scope.components.includes(movement.component)) return false;
  if (scope.servers === 'site') return true;
  if (movement.to === 'share') return false;
  const { to, domain } = movement;
  return scope.servers.includes(to) || (scope.domains ?? []).some((one) => one === domain);
}

/** The first active hold that keeps this movement back, or null. */
export function holdOver(holds: readonly Hold[], movement: Movement, now: Instant): Hold | null {
  return holds.find((hold) => holdState(hold, now) === 'active' && covers(hold, movement)) ?? null;
}

export function becauseOfHold(hold: Hold): Problem {
  return problem('SITE_ON_HOLD', { hold: hold.id, reason: hold.reason });
}

/** A person's hold is released by a person; an upgrade's only with the upgrade (pause or stop). */
export function mayReleaseByHand(hold: Hold, now: Instant): Problem | null {
  const state = holdState(hold, now);
  if (state === 'over' || state === 'released') return problem('HOLD_OVER', { hold: hold.id });
  if (hold.owner.kind === 'upgrade') {
    return problem('HOLD_OF_UPGRADE', { hold: hold.id, upgrade: hold.owner.upgrade });
  }
  return null;
}

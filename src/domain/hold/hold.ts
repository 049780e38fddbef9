/**
 * A hold: one stated, visible stop of deliveries, with scope, reason, owner and end (D1).
 * It takes away permission, never the wish: what was wanted meanwhile catches up afterwards.
 */

import type { ComponentName, HoldId, Instant, Lane, ServerId, UpgradeId } from '../names.ts';
import { problem, type Problem } from '../problem.ts';

export type HoldOwner =
  | { readonly kind: 'person'; readonly name: string }
  | { readonly kind: 'upgrade'; readonly upgrade: UpgradeId; readonly key: string }
  | { readonly kind: 'control-manager'; readonly name: string };

export type HoldScope = {
  /** `site`: the whole site, deliveries into the share included; else these servers only. */
  readonly servers: 'site' | readonly ServerId[];
  readonly lanes: readonly Lane[];
  /** Empty: every component of those lanes. */
  readonly components: readonly ComponentName[];
};

export type Hold = {
  readonly id: HoldId;
  readonly scope: HoldScope;
  readonly reason: string;
  readonly owner: HoldOwner;
  readonly from: Instant;
  readonly until: Instant;
  readonly releasedAt: Instant | null;
};

/** What is about to move: into the share (`share`), or from it to one server. */
export type Movement = {
  readonly lane: Lane;
  readonly component: ComponentName;
  readonly to: ServerId | 'share';
  /** The upgrade that moves it, if one does: its own hold does not stop it. */
  readonly upgrade?: UpgradeId | undefined;
};

export type HoldState = 'active' | 'over' | 'released';

/** Every hold begins when it is made: one `from` later was made before a clock was set back. */
export function holdState(hold: Hold, now: Instant): HoldState {
  if (hold.releasedAt !== null) return 'released';
  return now < hold.until ? 'active' : 'over';
}

function covers(hold: Hold, movement: Movement): boolean {
  const { scope, owner } = hold;
  if (owner.kind === 'upgrade' && owner.upgrade === movement.upgrade) return false;
  if (!scope.lanes.includes(movement.lane)) return false;
  if (scope.components.length > 0 && !scope.components.includes(movement.component)) return false;
  if (scope.servers === 'site') return true;
  return movement.to !== 'share' && scope.servers.includes(movement.to);
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

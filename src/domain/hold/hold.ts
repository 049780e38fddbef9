/**
 * A hold: one stated, visible stop of deliveries, with scope, reason, owner and end (D1).
 * It takes away permission, never the wish: what was wanted meanwhile catches up afterwards.
 */

import type { ComponentName, HoldId, Instant, Lane, ServerId, UpgradeId } from '../names.ts';

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

/**
 * What a checker is: one invariant of behaviour (I# in ARCHITECTURE.md), watched while a simulated
 * fleet runs. It sees what takes effect, one observation at a time and at a cost that does not
 * grow with the fleet; now and then, and at the end, it compares with the fleet itself.
 *
 * Checkers read what happened and what stands; they change nothing, and no program knows of them.
 */

import type { Release } from '#domain/catalogue/release.ts';
import type { FleetServer } from '#domain/fleet/server.ts';
import type { Hold } from '#domain/hold/hold.ts';
import type { ComponentName, Digest, Instant, Lane, ServerId, UpgradeId } from '#domain/names.ts';
import type { Genesis, RecordLine } from '#domain/record/line.ts';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import type { UpgradeGroup, UpgradeHead, UpgradeServer } from '#domain/upgrade/state.ts';
import type { KeptInput } from '#ports/journal.ts';
import type { Observation, SiteName } from '../observation.ts';

/** An invariant did not hold. The number is that of ARCHITECTURE.md. */
export class Violation extends Error {
  readonly invariant: number;

  constructor(invariant: number, sentence: string) {
    super(`I${invariant}: ${sentence}`);
    this.name = 'Violation';
    this.invariant = invariant;
  }
}

export type Seen<Type extends Observation['type']> = Observation & { readonly type: Type };

/** What a checker wants to see of one type, so that an observation costs only those who want it. */
export type Sight = {
  readonly type: Observation['type'];
  readonly see: (seen: Observation, now: number) => void;
};

export function on<Type extends Observation['type']>(
  type: Type,
  see: (seen: Seen<Type>, now: number) => void,
): Sight {
  return {
    type,
    see(seen, now) {
      if (isOf(seen, type)) see(seen, now);
    },
  };
}

function isOf<Type extends Observation['type']>(seen: Observation, type: Type): seen is Seen<Type> {
  return seen.type === type;
}

export type Checker = {
  readonly invariant: number;
  readonly sees: readonly Sight[];
  /** Looks at everything; may cost as much as the fleet is large. */
  recount?(view: FleetView, now: number): void;
  /** The run is over, its faults were mended and the fleet had time to come to rest. */
  end?(view: FleetView, now: number): void;
};

/** What every checker of a run is told before it: nothing of it is taken from the fleet's rows. */
export type Facts = {
  /** What a vendor published, by digest; null: nobody trusted ever did. May grow during a run. */
  published(release: Digest): Release | null;
  /** The lane in which its keepers ever signed that release, or the file of which it is made. */
  signedIn(release: Digest): Lane | null;
  /** The component under which Dankai's own daemons are released. */
  readonly ownComponent: ComponentName;
  /** Over all upgrades of a site together, as its settings say; null: only the plans limit it. */
  readonly inFlightMax: number | null;
  /** A machine's clock counts at most so much more or less than one millisecond in one. */
  readonly clockDriftMax: number;
  /** Of normal servers that people or faults make lie; what they say proves nothing. */
  isHonest(server: ServerId): boolean;
  /** When its machine goes on after it stood still, or did so last; -1: it never stood still. */
  thawsAt(server: ServerId): number;
  /** Since when that machine has power, goes on, and its disk refused nothing; null: it cannot work. */
  ableSince(machine: ServerId | SiteName): number | null;
  /** What the wall clock of a site's information server shows now. */
  wallNow(site: SiteName): Instant;
  /** Where a machine stands; `isOwn`: it is the information server's own computer (D3). */
  placeOf(server: ServerId): { readonly site: SiteName; readonly isOwn: boolean };
};

// -- the fleet as it stands, for recounts ------------------------------------------------------

/** In the same order at every call. */
export type FleetView = {
  readonly sites: readonly SiteView[];
  readonly servers: readonly ServerView[];
};

export type SiteView = {
  readonly site: SiteName;
  /** What its wall clock shows now. */
  readonly wallNow: Instant;
  /** A process of its information server runs and has begun. */
  readonly isUp: boolean;
  readonly journal: JournalView;
};

/** Rows as they stand on the disk, without waiting for anything. */
export type JournalView = {
  readonly heads: readonly UpgradeHead[];
  plan(upgrade: UpgradeId): UpgradePlan | null;
  groups(upgrade: UpgradeId): readonly UpgradeGroup[];
  rows(upgrade: UpgradeId): readonly UpgradeServer[];
  /** All that ever were, ended ones included. */
  readonly holds: readonly Hold[];
  readonly servers: readonly FleetServer[];
  /** null: its record is not begun. */
  readonly genesis: Genesis | null;
  /** Behind that number, in their order. */
  record(after: number): readonly RecordLine[];
  /** Of all upgrades together. */
  readonly inputsCount: number;
  /** In the order in which they were journalled, without the journal's first `after`. */
  inputs(upgrade: UpgradeId, after?: number): readonly JournalledInput[];
};

export type JournalledInput = Pick<KeptInput, 'at' | 'input'>;

export type ServerView = {
  readonly server: ServerId;
  readonly site: SiteName;
  /** As `Facts.ableSince`. */
  readonly ableSince: number | null;
  /** A process of its daemon runs. */
  readonly isRunning: boolean;
  /** What is current on its disk, by component. */
  readonly installed: ReadonlyMap<ComponentName, Digest>;
  /** Gone for good (a fault took it away): nothing more is asked of it. */
  readonly isLost: boolean;
};

/**
 * A launcher that was killed is started again within a second, and a daemon that ends again and
 * again within half a minute, or five when it refuses its settings; what the disk refuses is tried
 * again every five seconds. So a machine that could work for so long runs something.
 */
const restMsMax = 600_000;

/** Nothing runs since then, although its machine could work for longer than any restart takes. */
export function isLeftDown(
  { ableSince }: Pick<ServerView, 'ableSince'>,
  { downSince, now }: { readonly downSince: number; readonly now: number },
): boolean {
  return ableSince !== null && now - Math.max(ableSince, downSince) > restMsMax;
}

/** Whoever looks for it finds it; that its daemon does not run is no excuse for long. */
export function isThere({ ableSince, isRunning, isLost }: ServerView, now: number): boolean {
  if (isLost || ableSince === null) return false;
  return isRunning || now - ableSince > restMsMax;
}

/** Of each component the newest upgrade, if it ended: what a later one replaced says nothing any more. */
export function newestEnded({ heads }: JournalView): readonly UpgradeHead[] {
  const newest = new Map<ComponentName, UpgradeHead>();
  for (const head of heads) {
    const { component } = head.release;
    if (!newest.has(component)) newest.set(component, head);
  }
  return [...newest.values()].filter(({ state }) => state === 'finished' || state === 'stopped');
}

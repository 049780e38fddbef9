/** Asked how an upgrade would go: time, bytes, work, before anything moves (S4, S7, R6). */

import type { Budget, BudgetChange } from '#domain/budget/budget.ts';
import type { Cause, Digest, GroupName, Instant, ServerId } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';
import type { HeadEvent, ServerEvent } from '#domain/upgrade/event.ts';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import type { Comparison, Forecast } from '#protocol/console/forecast.ts';

/** How long something takes, in seconds: drawn from what was seen, or from a median and a spread. */
export type Spread =
  | { readonly from: 'samples'; readonly samples: readonly number[] }
  /** Log-normal; `p95` is the value that one of twenty exceeds. */
  | { readonly from: 'default'; readonly median: number; readonly p95: number };

/** How often something happens, or how much of it there is, and whether the fleet itself showed it. */
export type Share = { readonly from: 'history' | 'default'; readonly value: number };

/** How a fleet behaves: its own history where there is one, else stated defaults. */
export type Habits = {
  /** From the wish for a release to the first byte of it: servers begin at different moments. */
  readonly begin: Spread;
  /** After the last byte: check and unpack. */
  readonly unpack: Spread;
  /**
   * From the moment when there is room for it to the question whether its lease still holds: it
   * is asked to ask, gets the lease, and reads once more what it has staged.
   */
  readonly prepare: Spread;
  /** From the confirmed lease to the new version's first word. */
  readonly switch: Spread;
  /** From then until it has proved itself. */
  readonly prove: Spread;
  readonly catalogueCheck: Spread;
  readonly informationServer: Spread;
  readonly agent: Spread;
  /** Not there when the group opens; comes back after `returns`. */
  readonly absent: Share;
  readonly returns: Spread;
  /** Goes back to the old version, by cause. */
  readonly fails: Readonly<Partial<Record<Cause, Share>>>;
  readonly vanishes: Share;
  /** A person's time until a decision that an upgrade waits for, and the work it is. */
  readonly decision: Spread;
  readonly decisionWorkMinutes: number;
  /** Until a person has seen to a server that failed or vanished, and the work it is. */
  readonly repair: Spread;
  readonly repairWorkMinutes: number;
  /** Writing the plan and reading its preflight. */
  readonly planWorkMinutes: number;
  /** Telling the owners of a group's servers, and looking at what became of them. */
  readonly groupWorkMinutes: number;
  /** Bytes on the wire for each byte that is fetched (headers, retries): 1.00 and some. */
  readonly bytesOverhead: Share;
};

/** What a server contributes: never more than a forecast needs, for fleets of a million. */
export type ForecastServer = {
  readonly server: ServerId;
  /** Of the package, or of the delta from what it runs where one is made. */
  readonly fetchBytes: number;
  /**
   * It runs the release already, or stands staged. The server on the information server's own
   * computer is `done` too: it is switched with it, and nothing crosses the link for it.
   */
  readonly state: 'to-do' | 'staged' | 'done';
};

export type ForecastRequest = {
  readonly plan: UpgradePlan;
  readonly servers: readonly ForecastServer[];
  readonly startsAt: number;
  /** Of the link between the information server and its servers; null: not known, not a limit. */
  readonly linkBitsPerSecond: number | null;
  /** What one server can take. */
  readonly serverBitsPerSecond: number | null;
  /** What may be spent of it by the hour, and what people changed; absent: nothing limits it. */
  readonly budget?: { readonly set: Budget; readonly changes: readonly BudgetChange[] } | undefined;
  /** How the servers of a group come by the release (S6); the plan's own method by default. */
  readonly methods?: Readonly<Record<GroupName, Method>>;
  readonly withInformationServer: boolean;
  /** It runs the release already, and so does its agent: no time passes for them. */
  readonly isInformationServerDone?: boolean;
  readonly releaseDigest: Digest;
  readonly habits: Habits;
  readonly runs: number;
  readonly seed: number;
};

/** S6: pushed over the link in groups, or an installer run by people at each server. */
export type Method =
  | { readonly by: 'deployment' }
  | { readonly by: 'local-installation'; readonly minutesEach: number; readonly people: number };

/** One input of an upgrade as the journal has it; null: of the upgrade, not of a server. */
export type PastInput = {
  readonly at: Instant;
  readonly server: ServerId | null;
  readonly event: HeadEvent | ServerEvent;
};

/** What a past upgrade, or its first groups, can teach. */
export type PastUpgrade = {
  readonly plan: UpgradePlan;
  readonly startedAt: Instant;
  /** In the order of the journal. */
  readonly inputs: readonly PastInput[];
  /** Bytes that servers received of the release, and how large the archive was that they took whole. */
  readonly bytes: readonly {
    readonly server: ServerId;
    readonly archive: number;
    readonly received: number;
  }[];
};

/** What only people know of a choice between the methods (S6). */
export type ComparisonWish = {
  readonly local: Extract<Method, { by: 'local-installation' }>;
  /** The information server gets its patterns from the control manager alone. */
  readonly contentOnlyFromControlManager: boolean | null;
};

/** One way to go; `request` is its forecast's. */
export type Alternative = { readonly name: string; readonly request: ForecastRequest };

/** How many runs are done, of all that the question takes. Aborting ends it within a second. */
type How = {
  readonly progress: (runsDone: number, runsTotal: number) => void;
  readonly signal: AbortSignal;
  /** From its abort on no further run is begun; those that were done are the forecast. */
  readonly enough?: AbortSignal;
};

export type Forecaster = {
  forecast(request: ForecastRequest, how: How): Promise<Result<Forecast>>;
  /** Program deployment beside local installation, and 1 to all groups of the plan (S6). */
  compareMethods(
    request: ForecastRequest,
    wish: ComparisonWish,
    how: How,
  ): Promise<Result<Comparison>>;
  /** Plans beside each other, as they stand. */
  comparePlans(alternatives: readonly Alternative[], how: How): Promise<Result<Comparison>>;
  /** What the fleet itself showed; stated defaults for the rest. */
  habits(past: readonly PastUpgrade[], signal: AbortSignal): Promise<Result<Habits>>;
};

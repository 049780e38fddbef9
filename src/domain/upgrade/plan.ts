/** What an upgrade plan says once it was parsed: instants and ids, no file, no time zone. */

import type { ComponentName, Digest, GroupName, Instant, ServerId, UpgradeId } from '../names.ts';
import type { ProblemCode } from '../problem.ts';
import type { GateRule } from '../gate/gate.ts';

/** Half open: [from, until). */
export type Interval = { readonly from: Instant; readonly until: Instant };

/** `site` is D1's strict form: nothing enters the share either; `servers`: those being switched. */
export type HoldForm = 'site' | 'servers';

export type PlannedGroup = {
  readonly name: GroupName;
  readonly servers: readonly ServerId[];
  /** Its day: not before this instant (S3). */
  readonly from: Instant;
  /** Ready-made windows in which leases are given; empty: at any time. */
  readonly windows: readonly Interval[];
  readonly hold: HoldForm;
  /** Waits for a person even when the gate before it passed. */
  readonly approve: boolean;
  readonly gate: GateRule;
  /**
   * Upgraded by installers that people run on the servers themselves (L3): nothing is sent to them.
   * Absent: none of them.
   */
  readonly local?: 'all' | readonly ServerId[] | undefined;
};

export type UpgradePlan = {
  readonly upgrade: UpgradeId;
  readonly release: {
    readonly component: ComponentName;
    readonly version: string;
    readonly digest: Digest;
  };
  /** A `deployment` of chosen components to ticked servers (D9) has one group, no tier order. */
  readonly form: 'upgrade' | 'deployment';
  readonly groups: readonly PlannedGroup[];
  readonly agent: { readonly upgrade: boolean; readonly stop: boolean };
  readonly leaseSeconds: number;
  /** Time a switched server has to prove itself before it counts as vanished. */
  readonly proveSeconds: number;
  readonly inFlightMax: number;
  readonly holdMinutesMax: number;
  readonly stageMinutesMax: number;
  /** So long before its day a group begins to download; absent: not before. */
  readonly stageAheadMinutes?: number | undefined;
  /** So long does a group wait for installers; absent: a week. */
  readonly localMinutesMax?: number | undefined;
  /** Of the site's link to its servers, for the forecast of traffic (S4, R6). */
  readonly linkBitsPerSecond: number | null;
  /** What its downloads may take together; absent: no limit of its own. */
  readonly budgetBitsPerSecond?: number | undefined;
  readonly groupMinutesMax: number | null;
  /** Mixed versions are temporary (S7). */
  readonly mixedDaysMax: number;
  readonly precautionsRead: boolean;
  /** Unwise but allowed: codes that a person took upon themselves, with the reason. */
  readonly goAhead: readonly { readonly code: ProblemCode; readonly reason: string }[];
};

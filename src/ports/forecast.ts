/** Asked how an upgrade would go: time, bytes, work, before anything moves (S4, S7, R6). */

import type { Cause, Digest, GroupName, ServerId } from '#domain/names.ts';
import type { Result } from '#domain/result.ts';
import type { UpgradePlan } from '#domain/upgrade/plan.ts';
import type { Forecast } from '#protocol/console/forecast.ts';

/** How long something takes, in seconds: drawn from what was seen, or from a median and a spread. */
export type Spread =
  | { readonly from: 'samples'; readonly samples: readonly number[] }
  /** Log-normal; `p95` is the value that one of twenty exceeds. */
  | { readonly from: 'default'; readonly median: number; readonly p95: number };

/** How often something happens, from 0 to 1, and whether the fleet itself showed it. */
export type Share = { readonly from: 'history' | 'default'; readonly value: number };

/** How a fleet behaves: its own history where there is one, else stated defaults. */
export type Habits = {
  /** After the last byte: check and unpack. */
  readonly unpack: Spread;
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
  /** Bytes on the wire for each byte of an archive (headers, retries): 1.00 and some. */
  readonly bytesOverhead: Share;
};

/** What a server contributes: never more than a forecast needs, for fleets of a million. */
export type ForecastServer = {
  readonly server: ServerId;
  readonly archiveBytes: number;
  /** It runs the release already, or stands staged. */
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
  /** How the servers of a group come by the release (S6); the plan's own method by default. */
  readonly methods?: Readonly<Record<GroupName, Method>>;
  readonly withInformationServer: boolean;
  readonly releaseDigest: Digest;
  readonly habits: Habits;
  readonly runs: number;
  readonly seed: number;
};

/** S6: pushed over the link in groups, or an installer run by people at each server. */
export type Method =
  | { readonly by: 'deployment' }
  | { readonly by: 'local-installation'; readonly minutesEach: number; readonly people: number };

export type Forecaster = {
  /** `progress` is told how many runs are done. Aborting ends the work within a second. */
  forecast(
    request: ForecastRequest,
    how: { readonly progress: (runsDone: number) => void; readonly signal: AbortSignal },
  ): Promise<Result<Forecast>>;
};

/** What a control manager is told before it starts, parsed and complete. */

import type { Heartbeat } from '#domain/delivery/activity.ts';
import type { AfterDownload, DeploymentPlan } from '#domain/delivery/plan.ts';
import type { ComponentName, Instant, ServerId } from '#domain/names.ts';

/** Where sites stand that nobody put into a folder; a plan may name it like any other. */
export const folderOfNewSites = 'new';

export type Settings = {
  readonly name: string;
  readonly version: string;
  /** What it knows how to deliver: its level (S2). */
  readonly components: readonly ComponentName[];
  readonly afterDownload: AfterDownload;
  readonly activePlan: string;
  /** Seconds from one download to the next; 0: by hand only. */
  readonly pollSeconds: number;
  readonly folders: ReadonlyMap<string, readonly ServerId[]>;
  /** All plans, the built-in ones included, with the instants that come after `from`. */
  plansAt(from: Instant): readonly DeploymentPlan[];
  readonly heartbeat: Heartbeat;
};

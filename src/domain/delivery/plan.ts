/**
 * Deployment plans of a control manager: which folder of information servers gets a download, when.
 *
 * A delay counts from the end of the download; a time of day comes as ready-made instants, because
 * the domain knows no calendar. Each schedule counts by itself, and a folder without a schedule gets
 * nothing. Absent here: who stands in a folder, and what a hold keeps back (`due.ts`).
 */

import type { Instant } from '../names.ts';
import type { PlanRing } from '../ring/download-rollout.ts';

/** In a built-in plan: every folder, those made later included. */
export const everyFolder = '*';

export type Schedule =
  | { readonly form: 'delay'; readonly folder: string; readonly delayMinutes: number }
  | {
      readonly form: 'time-of-day';
      readonly folder: string;
      /** As people wrote it, such as 02:00; only shown. */
      readonly timeOfDay: string;
      /** Its coming instants, rising. */
      readonly instants: readonly Instant[];
    };

export type DeploymentPlan = {
  readonly name: string;
  readonly builtIn: boolean;
  readonly schedules: readonly Schedule[];
  /** One after the other, with a gate between; empty: each folder when its own time comes. */
  readonly rings: readonly PlanRing[];
};

const atOnceToAll: readonly Schedule[] = [{ form: 'delay', folder: everyFolder, delayMinutes: 0 }];

/** The default (mission: すべての製品に直ちに配信). */
export const deployToAllNow: DeploymentPlan = {
  name: 'deploy-to-all-now',
  builtIn: true,
  schedules: atOnceToAll,
  rings: [],
};

/** For the day on which nobody may wait for the active plan. A hold stops it like any other. */
export const outbreakPlan: DeploymentPlan = {
  name: 'outbreak',
  builtIn: true,
  schedules: atOnceToAll,
  rings: [],
};

export const builtInPlans: readonly DeploymentPlan[] = [deployToAllNow, outbreakPlan];

export const afterDownloads = ['nothing', 'at-once', 'by-plan', 'when-new'] as const;
export type AfterDownload = (typeof afterDownloads)[number];

/** A folder's share in a plan: not before `dueAt`. */
export type PlannedDeployment = {
  readonly plan: string;
  readonly folder: string;
  readonly dueAt: Instant;
};

const minuteMilliseconds = 60_000;

function dueAt(schedule: Schedule, finishedAt: Instant): Instant | undefined {
  if (schedule.form === 'delay') return finishedAt + schedule.delayMinutes * minuteMilliseconds;
  return schedule.instants.find((instant) => instant >= finishedAt);
}

/** What a plan makes of a download that ended at `finishedAt`. */
export function deploymentsBy(plan: DeploymentPlan, finishedAt: Instant): PlannedDeployment[] {
  return plan.schedules.flatMap((schedule) => {
    const due = dueAt(schedule, finishedAt);
    if (due === undefined) return [];
    return [{ plan: plan.name, folder: schedule.folder, dueAt: due }];
  });
}

/** The same folders without waiting: a person asked for it now. */
export function deploymentsNow(plan: DeploymentPlan, now: Instant): PlannedDeployment[] {
  const folders = new Set(plan.schedules.map((schedule) => schedule.folder));
  return [...folders].map((folder) => ({ plan: plan.name, folder, dueAt: now }));
}

/** What follows a download by itself. */
export function deploymentsAfter(options: {
  readonly afterDownload: AfterDownload;
  readonly activePlan: DeploymentPlan;
  readonly finishedAt: Instant;
  readonly foundNew: boolean;
}): PlannedDeployment[] {
  const { afterDownload, activePlan, finishedAt, foundNew } = options;
  switch (afterDownload) {
    case 'nothing':
      return [];
    case 'at-once':
      return deploymentsBy(deployToAllNow, finishedAt);
    case 'by-plan':
      return deploymentsBy(activePlan, finishedAt);
    case 'when-new':
      return foundNew ? deploymentsBy(activePlan, finishedAt) : [];
  }
}

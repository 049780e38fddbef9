/** What a simulated control manager is told before it starts, with everything unsaid at its default. */

import { heartbeatDefault } from '#domain/delivery/activity.ts';
import { contentComponents } from '#domain/delivery/content.ts';
import {
  builtInPlans,
  deployToAllNow,
  type DeploymentPlan,
  type Schedule,
} from '#domain/delivery/plan.ts';
import type { Instant } from '#domain/names.ts';
import type { Settings } from '#control-manager/settings.ts';

/** A plan as a settings file has it. Days are those of UTC. */
export type PlanGiven = {
  readonly name: string;
  readonly rings?: DeploymentPlan['rings'];
  readonly schedules: readonly (
    | { readonly folder: string; readonly delayMinutes: number }
    | { readonly folder: string; readonly minuteOfDay: number }
  )[];
};

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
/** Coming instants of a time of day that are made ready at a time. */
const instantsAhead = 3;

export function controlManagerSettings(
  given: Partial<Omit<Settings, 'plansAt'>> & { readonly plans?: readonly PlanGiven[] } = {},
): Settings {
  const { plans = [], ...said } = given;
  return {
    name: 'control-manager',
    version: '5.80',
    components: contentComponents.map(({ component }) => component),
    afterDownload: 'when-new',
    activePlan: deployToAllNow.name,
    pollSeconds: 600,
    folders: new Map(),
    heartbeat: heartbeatDefault,
    ...said,
    plansAt: (from) => [...builtInPlans, ...plans.map((plan) => planAt(plan, from))],
  };
}

function planAt({ name, schedules, rings = [] }: PlanGiven, from: Instant): DeploymentPlan {
  const scheduleAt = (one: PlanGiven['schedules'][number]): Schedule => {
    if ('delayMinutes' in one) return { form: 'delay', ...one };
    const { folder, minuteOfDay } = one;
    const today = Math.floor(from / dayMs) * dayMs + minuteOfDay * minuteMs;
    const first = today >= from ? today : today + dayMs;
    return {
      form: 'time-of-day',
      folder,
      timeOfDay: `${Math.floor(minuteOfDay / 60)}:${String(minuteOfDay % 60).padStart(2, '0')}`,
      instants: Array.from({ length: instantsAhead }, (_, day) => first + day * dayMs),
    };
  };
  return { name, builtIn: false, schedules: schedules.map(scheduleAt), rings };
}

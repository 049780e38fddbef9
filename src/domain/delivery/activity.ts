/**
 * Whether an agent is active, inactive or abnormal, from its heartbeat alone.
 *
 * Silence is never success: an agent that was stopped in good order is `inactive` at first, and
 * `abnormal` as soon as nothing was heard of it for too long, whatever the reason.
 */

import type { Instant } from '../names.ts';

export const activities = ['active', 'inactive', 'abnormal'] as const;
export type AgentActivity = (typeof activities)[number];

/** The limits that such products keep (mission, 'Control manager, as such products have it'). */
export const heartbeatLimits = {
  reportMinutesMin: 5,
  reportMinutesMax: 480,
  abnormalMinutesMin: 15,
  abnormalMinutesMax: 1_440,
  /** Abnormal only after that many reports are missing. */
  reportsMissingMin: 3,
} as const;

export type Heartbeat = { readonly reportMinutes: number; readonly abnormalMinutes: number };

export const heartbeatDefault: Heartbeat = { reportMinutes: 60, abnormalMinutes: 180 };

/** Which of the two figures is wrong and what it must be; null: both are right. */
export function heartbeatMistake(
  heartbeat: Heartbeat,
): { readonly field: keyof Heartbeat; readonly min: number; readonly max: number } | null {
  const { reportMinutes, abnormalMinutes } = heartbeat;
  const limits = heartbeatLimits;
  const within = (value: number, min: number, max: number): boolean => value >= min && value <= max;
  if (!within(reportMinutes, limits.reportMinutesMin, limits.reportMinutesMax)) {
    return { field: 'reportMinutes', min: limits.reportMinutesMin, max: limits.reportMinutesMax };
  }
  const min = Math.max(limits.abnormalMinutesMin, limits.reportsMissingMin * reportMinutes);
  if (within(abnormalMinutes, min, limits.abnormalMinutesMax)) return null;
  return { field: 'abnormalMinutes', min, max: limits.abnormalMinutesMax };
}

export function agentActivity(
  agent: { readonly connected: boolean; readonly lastSeen: Instant | null },
  heartbeat: Heartbeat,
  now: Instant,
): AgentActivity {
  if (agent.lastSeen === null) return 'inactive';
  const silence = now - agent.lastSeen;
  if (silence >= heartbeat.abnormalMinutes * 60_000) return 'abnormal';
  return agent.connected ? 'active' : 'inactive';
}

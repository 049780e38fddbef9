/**
 * When a tick can matter next, so that whoever has only virtual time need not tick every second.
 * Absent: servers' deadlines, which are the rows' own.
 */

import type { Instant } from '../names.ts';
import type { StepInput } from './event.ts';
import { plannedGroup } from './lease.ts';
import { localUntil, stagesFrom, stagesUntil } from './method.ts';
import type { PlannedGroup, UpgradePlan } from './plan.ts';
import type { UpgradeGroup } from './state.ts';
import { tickGroup } from './step-group.ts';

/**
 * `now`: a tick would change a row or ask for something. Later: until then none would, as long as
 * nothing else happens. null: none ever would.
 */
export function nextDueOf(input: StepInput, now: Instant): Instant | null {
  const { head, group, commands } = tickGroup(input, now);
  if (head !== input.head || group !== input.group || commands.length > 0) return now;
  if (input.head.state !== 'groups') return null;
  const points = turningPoints(input.plan, plannedGroup(input), input.group, now);
  const next = Math.min(...points.filter((instant) => instant > now));
  return next === Infinity ? null : next;
}

/** The instants with which a tick in the group's state compares the time. */
function turningPoints(
  plan: UpgradePlan,
  planned: PlannedGroup,
  group: UpgradeGroup,
  now: Instant,
): readonly Instant[] {
  switch (group.state) {
    case 'waiting':
      return [stagesFrom(plan, planned)];
    case 'staging':
      return [
        planned.from,
        stagesUntil(plan, planned, group),
        localUntil(plan, group),
        nextEdge(planned, now),
      ];
    case 'switching':
      return [(group.lockedAt ?? now) + plan.holdMinutesMax * 60_000, nextEdge(planned, now)];
    case 'settling':
      return [group.since + planned.gate.soakSeconds * 1_000, localUntil(plan, group)];
    default:
      return [];
  }
}

/** When a window opens or closes next; Infinity: none does. */
function nextEdge({ windows }: PlannedGroup, now: Instant): Instant {
  let next = Infinity;
  for (const { from, until } of windows) {
    if (from > now) next = Math.min(next, from);
    if (until > now) next = Math.min(next, until);
  }
  return next;
}

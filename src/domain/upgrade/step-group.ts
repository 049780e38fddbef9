/**
 * The group whose turn it is: wait for its day, stage, then the locked step (hold, check,
 * restore, switch), then soak and judge. Nothing here looks at a server, only at counters.
 */

import { judge } from '../gate/gate.ts';
import type { Instant } from '../names.ts';
import { problem, type Problem } from '../problem.ts';
import type { Command, HeadEvent, HeadStep, StepInput } from './event.ts';
import { becauseOfWindow, plannedGroup } from './lease.ts';
import { localUntil, stagesFrom, stagesUntil } from './method.ts';
import {
  endOfHolds,
  groupTo,
  headTo,
  leaveLockedStep,
  pause,
  record,
  same,
  versionOf,
} from './moves.ts';
import type { PlannedGroup } from './plan.ts';
import { inFlight, type GroupState, type UpgradeGroup } from './state.ts';

/** Restores tried within one locked step before a person is asked. */
const restoresMax = 2;

/** What must be under way in the group's state; every command may be repeated harmlessly. */
export function groupDuties(
  input: StepInput,
  group: UpgradeGroup,
  now: Instant,
): readonly Command[] {
  const { plan } = input;
  switch (group.state) {
    case 'staging':
      return [{ type: 'open-group', group: group.name, retry: false }];
    case 'holding':
      return [
        {
          type: 'place-hold',
          key: group.name,
          form: plannedGroup(input).hold,
          group: group.name,
          until: (group.lockedAt ?? now) + plan.holdMinutesMax * 60_000,
        },
      ];
    case 'checking':
      return [{ type: 'check-catalogue', lockedAt: group.lockedAt ?? now }];
    case 'restoring':
      return [{ type: 'restore-catalogue', lockedAt: group.lockedAt ?? now }];
    case 'switching':
      return nudges(input, group);
    default:
      return [];
  }
}

/** As many servers are asked to ask as there is room for; more would only be refused. */
function nudges({ plan, site }: StepInput, group: UpgradeGroup): readonly Command[] {
  // Whoever asked now would be refused, and asked again with the next tick.
  if (site.heldBy !== null || site.proving) return [];
  const room = Math.min(plan.inFlightMax - inFlight(group.counts), group.counts.staged);
  return room > 0 ? [{ type: 'nudge', group: group.name, count: room }] : [];
}

export function moveGroup(
  input: StepInput,
  from: GroupState,
  to: GroupState,
  now: Instant,
): HeadStep {
  if (input.group.state !== from || input.head.state !== 'groups') return same(input, []);
  const group = groupTo(input.group, to, now);
  return { head: input.head, group, commands: groupDuties(input, group, now) };
}

export function tickGroup(input: StepInput, now: Instant): HeadStep {
  const { head, group } = input;
  if (head.state === 'paused' || head.state === 'stopped') return leaveLockedStep(input, now);
  if (head.state !== 'groups') return same(input, []);
  switch (group.state) {
    case 'waiting':
      return openWhenDue(input, now);
    case 'staging':
      return lockWhenStaged(input, now);
    case 'switching':
      return tickSwitching(input, now);
    case 'settling':
      return settle(input, now);
    default:
      return same(input, []);
  }
}

function isSameProblem(left: Problem | null, right: Problem): boolean {
  if (left?.code !== right.code) return false;
  return Object.entries(right.with).every(([name, value]) => left.with[name] === value);
}

function waits(input: StepInput, because: Problem): HeadStep {
  // A reason that stands already changes nothing: no row is written for it each second.
  if (isSameProblem(input.group.because, because)) return same(input, []);
  return { head: input.head, group: { ...input.group, because }, commands: [] };
}

function beforeDay({ name, from }: PlannedGroup): Problem {
  return problem('GROUP_BEFORE_DAY', { group: name, from });
}

function openWhenDue(input: StepInput, now: Instant): HeadStep {
  const planned = plannedGroup(input);
  if (now < stagesFrom(input.plan, planned)) return waits(input, beforeDay(planned));
  if (planned.approve && !input.group.approved) {
    return waits(input, problem('GROUP_NOT_OPEN', { group: planned.name, state: 'approval' }));
  }
  const group = groupTo(input.group, 'staging', now, { openedAt: input.group.openedAt ?? now });
  return {
    head: input.head,
    group,
    commands: [record('group-staging', { group: group.name }), ...groupDuties(input, group, now)],
  };
}

function lockWhenStaged(input: StepInput, now: Instant): HeadStep {
  const { group, plan } = input;
  const { counts } = group;
  const pending = counts.staging + counts.waiting;
  if (pending > 0) {
    const isOver = now >= stagesUntil(plan, plannedGroup(input), group);
    const commands: Command[] = isOver ? [{ type: 'close-staging', group: group.name }] : [];
    return { ...waits(input, problem('STAGING', versionOf(input))), commands };
  }
  const planned = plannedGroup(input);
  // It staged ahead, and has all by now: nothing is held and nothing switches before its day.
  if (now < planned.from && inFlight(counts) === 0) return waits(input, beforeDay(planned));
  if (counts.staged + inFlight(counts) === 0) {
    return awaitInstallers(input, now) ?? closeSwitching(input, now);
  }
  const closed = becauseOfWindow(planned.windows, now);
  if (closed !== null && inFlight(counts) === 0) return waits(input, closed);
  const locked = groupTo(group, 'holding', now, { lockedAt: now, restores: 0 });
  return {
    head: input.head,
    group: locked,
    commands: [record('group-locked', { group: group.name }), ...groupDuties(input, locked, now)],
  };
}

/** null: none of its servers waits for an installer. */
function awaitInstallers(input: StepInput, now: Instant): HeadStep | null {
  const { group, plan } = input;
  if (group.counts.local === 0) return null;
  const isOver = now >= localUntil(plan, group);
  const commands: Command[] = isOver ? [{ type: 'close-staging', group: group.name }] : [];
  return { ...waits(input, problem('INSTALLER_AWAITED', versionOf(input))), commands };
}

export function checked(
  input: StepInput,
  { drifts, lockedAt }: Extract<HeadEvent, { type: 'checked' }>,
  now: Instant,
): HeadStep {
  const { group, head } = input;
  if (head.state !== 'groups' || group.state !== 'checking') return same(input, []);
  if (group.lockedAt !== lockedAt) return same(input, []);
  if (drifts === 0) {
    const open = groupTo(group, 'switching', now);
    return {
      head,
      group: open,
      commands: [
        record('catalogue-clean', { group: group.name }),
        record('group-open', { group: group.name }),
        ...groupDuties(input, open, now),
      ],
    };
  }
  if (group.restores >= restoresMax) {
    return pause(input, problem('RESTORE_NOT_ENOUGH', { group: group.name, count: drifts }), now);
  }
  const restoring = groupTo(group, 'restoring', now, { restores: group.restores + 1 });
  return {
    head,
    group: restoring,
    commands: [
      record('catalogue-drifted', { group: group.name, count: drifts }),
      ...groupDuties(input, restoring, now),
    ],
  };
}

/** No gate that still could pass is left: stop giving leases before more servers are harmed. */
function gateIsLost(input: StepInput): Problem | null {
  const planned = plannedGroup(input);
  const { gate, counts } = input.group;
  const undecided = counts.staged + inFlight(counts);
  const best = {
    ...gate,
    leased: gate.leased + counts.staged,
    healthy: gate.healthy + undecided,
  };
  const verdict = judge(planned.gate, best, planned.name);
  return verdict.verdict === 'fail' ? verdict.because : null;
}

function tickSwitching(input: StepInput, now: Instant): HeadStep {
  const { group, plan } = input;
  if (group.counts.staged + inFlight(group.counts) === 0) return closeSwitching(input, now);
  const lost = gateIsLost(input);
  if (lost !== null) return pause(input, lost, now);
  if (now >= (group.lockedAt ?? now) + plan.holdMinutesMax * 60_000) {
    const because = problem('HOLD_TIME_OVER', {
      group: group.name,
      minutesMax: plan.holdMinutesMax,
    });
    return pause(input, because, now);
  }
  const closed = becauseOfWindow(plannedGroup(input).windows, now);
  if (closed !== null && inFlight(group.counts) === 0) {
    const waiting = groupTo(group, 'staging', now, { because: closed, lockedAt: null });
    const head = { ...input.head, ownHoldSince: null, agentStopped: false };
    return { head, group: waiting, commands: endOfHolds(input) };
  }
  return same(input, groupDuties(input, group, now));
}

/** The last lease is closed: content may flow again; what follows needs no hold. */
function closeSwitching(input: StepInput, now: Instant): HeadStep {
  const settling = groupTo(input.group, 'settling', now, { lockedAt: null, closedAt: now });
  return {
    head: { ...input.head, ownHoldSince: null, agentStopped: false },
    group: settling,
    commands: [record('group-closed', { group: settling.name }), ...endOfHolds(input)],
  };
}

function settle(input: StepInput, now: Instant): HeadStep {
  const planned = plannedGroup(input);
  const { group } = input;
  const awaiting = awaitInstallers(input, now);
  if (awaiting !== null) return awaiting;
  if (now < group.since + planned.gate.soakSeconds * 1_000) return same(input, []);
  // One that was counted as vanished came back, and has its own time to prove itself.
  if (inFlight(group.counts) > 0) return same(input, []);
  const nothingToJudge = group.gate.leased === 0 && isWholeGroupUpgraded(group);
  const verdict = nothingToJudge
    ? ({ verdict: 'pass' } as const)
    : judge(planned.gate, group.gate, planned.name);
  if (verdict.verdict === 'pass') return passGroup(input, {}, now);
  if (verdict.verdict === 'fail') return pause(input, verdict.because, now);
  const waiting = groupTo(group, 'inconclusive', now, { because: verdict.because });
  return {
    head: input.head,
    group: waiting,
    commands: [record('gate-inconclusive', { group: group.name })],
  };
}

function isWholeGroupUpgraded({ counts }: UpgradeGroup): boolean {
  return Object.entries(counts).every(([state, count]) => state === 'upgraded' || count === 0);
}

export function passGroup(
  input: StepInput,
  detail: Readonly<Record<string, unknown>>,
  now: Instant,
  who?: string,
): HeadStep {
  const group = groupTo(input.group, 'passed', now);
  const commands: Command[] = [
    record('group-passed', { group: group.name, ...detail }, who),
    // Servers that were absent follow now.
    { type: 'nudge', group: group.name, count: input.plan.inFlightMax },
  ];
  const isLast = input.head.turn + 1 >= input.plan.groups.length;
  const head = isLast
    ? headTo(input.head, 'finished', { finishedAt: now })
    : { ...input.head, turn: input.head.turn + 1 };
  if (isLast) commands.push(record('upgrade-finished', versionOf(input)));
  return { head, group, commands };
}

/** The small moves that the head and its groups share: enter a state, pause, leave a lock. */

import type { Instant } from '../names.ts';
import type { Problem } from '../problem.ts';
import type { RecordKind } from '../record/kinds.ts';
import { invariant } from '../result.ts';
import type { Command, HeadStep, StepInput } from './event.ts';
import {
  groupSuccessors,
  headSuccessors,
  inFlight,
  lockedStates,
  mayFollow,
  type GroupState,
  type HeadState,
  type ResumableState,
  type UpgradeGroup,
  type UpgradeHead,
} from './state.ts';

export const ownHoldKey = 'information-server';

export function same(input: StepInput, commands: readonly Command[]): HeadStep {
  return { head: input.head, group: input.group, commands };
}

export function versionOf(input: StepInput): { version: string } {
  return { version: input.head.release.version };
}

export function isRunning(state: HeadState): boolean {
  return state !== 'paused' && state !== 'stopped' && state !== 'finished';
}

export function record(
  kind: RecordKind,
  detail: Readonly<Record<string, unknown>>,
  who?: string,
): Command {
  return { type: 'record', kind, server: null, detail, ...(who === undefined ? {} : { who }) };
}

export function headTo(
  head: UpgradeHead,
  state: HeadState,
  change: Partial<UpgradeHead>,
): UpgradeHead {
  invariant(mayFollow(headSuccessors, head.state, state), `upgrade: ${head.state} -> ${state}`);
  return { ...head, because: null, resumeTo: null, ...change, state };
}

export function groupTo(
  group: UpgradeGroup,
  state: GroupState,
  now: Instant,
  change: Partial<UpgradeGroup> = {},
): UpgradeGroup {
  invariant(mayFollow(groupSuccessors, group.state, state), `group: ${group.state} -> ${state}`);
  return { ...group, because: null, ...change, state, since: now };
}

export function endOfHolds(input: StepInput): readonly Command[] {
  const commands: Command[] = [{ type: 'release-hold', key: input.group.name }];
  if (input.head.ownHoldSince !== null) commands.push({ type: 'release-hold', key: ownHoldKey });
  // D10: the agent runs again after the first group; one that a person stopped stays stopped.
  if (input.head.agentStopped) {
    commands.push({ type: 'want-agent', wanted: 'running' }, record('agent-started', {}));
  }
  return commands;
}

/** An information server that runs less than the release, for whatever reason, goes first (D2). */
function resumableOf(state: HeadState, because: Problem): ResumableState {
  const isOwn = state === 'self-switching' || because.code === 'INFORMATION_SERVER_BEHIND';
  if (isOwn) return 'self-staging';
  invariant(state !== 'paused' && state !== 'stopped' && state !== 'finished', 'resumable');
  return state;
}

/** A person's pause carries his name in its reason. */
function personOf(because: Problem): string | undefined {
  return because.code === 'PAUSED_BY_PERSON' ? String(because.with['who']) : undefined;
}

export function pause(input: StepInput, because: Problem, now: Instant): HeadStep {
  const head = headTo(input.head, 'paused', {
    because,
    resumeTo: resumableOf(input.head.state, because),
  });
  const paused = { ...input, head };
  const step = leaveLockedStep(paused, now);
  return {
    ...step,
    commands: [
      record('upgrade-paused', { because: because.code }, personOf(because)),
      ...step.commands,
    ],
  };
}

/**
 * Paused or stopped: leases in flight end by themselves, then the hold goes. The information
 * server's own hold goes at once, since nothing of it is in flight any more.
 */
export function leaveLockedStep(input: StepInput, now: Instant): HeadStep {
  const { head, group } = input;
  const isLocked = lockedStates.includes(group.state);
  if (isLocked && inFlight(group.counts) > 0) return same(input, []);
  const commands: Command[] = [];
  if (isLocked || head.ownHoldSince !== null) commands.push(...endOfHolds(input));
  const next = stateAfterLock(input);
  const isHolding = head.ownHoldSince !== null || head.agentStopped;
  return {
    head: isHolding ? { ...head, ownHoldSince: null, agentStopped: false } : head,
    group:
      next === null ? group : groupTo(group, next, now, { because: head.because, lockedAt: null }),
    commands,
  };
}

function stateAfterLock({ head, group }: StepInput): GroupState | null {
  const isEnded = group.state === 'passed' || group.state === 'stopped';
  if (head.state === 'stopped') return isEnded ? null : 'stopped';
  if (head.because?.code === 'GATE_FAILED') {
    return group.state === 'switching' || group.state === 'settling' ? 'failed' : null;
  }
  return lockedStates.includes(group.state) ? 'staging' : null;
}
